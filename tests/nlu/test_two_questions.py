"""Two questions in one message, asked of a running bot with the real model."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from tests.nlu.live import ActionServer, Bot

_numbers = count(1)


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    actions = ActionServer()
    bot = Bot(tmp_path_factory.mktemp("bot"), actions)
    bot.start()
    yield bot
    bot.stop()
    actions.close()


@pytest.fixture
def conversation(bot: Bot) -> str:
    bot.actions.asked.clear()
    return f"two-{next(_numbers)}"


@pytest.mark.parametrize(
    ("text", "articles"),
    [
        ("怎么提前还款 另外征信多久更新", ["repay_early_settle", "credit_after_settle"]),
        ("提前还款怎么操作？征信多久更新？", ["repay_early_settle", "credit_after_settle"]),
        ("我想注销账户，还有，会员费能退吗", ["acct_cancel", "fee_membership_bundle"]),
        ("验证码收不到怎么办 另外我想改还款日", ["login_code_missing", "repay_due_date_change"]),
    ],
)
def test_both_questions_are_answered_in_order(bot: Bot, conversation: str, text: str, articles: list[str]) -> None:
    status, answer = bot.turn(conversation, "m1", text)

    assert status == 200
    assert [reply.get("article") for reply in answer["replies"]] == articles
    assert (answer["nlu"]["article"], answer["nlu"]["also"]) == (articles[0], articles[1:])
    assert answer["nlu"]["decision"] == "answer"
    assert answer["actions"] == ["utter_faq"]


@pytest.mark.parametrize(
    ("text", "article"),
    [
        ("我上个月没还款，会上征信吗", "overdue_report_rule"),
        ("我逾期了三天 会不会上征信", "overdue_report_rule"),
        ("审核不通过是什么原因，我征信没问题啊", "acct_reject_reason"),
        ("我还有三期没还，可以提前还吗", "repay_early_settle"),
        ("你好，请问提前还款怎么操作？", "repay_early_settle"),
        ("提前还款要手续费吗，为什么这么贵", "repay_early_fee"),
    ],
)
def test_one_question_in_two_clauses_gets_one_answer(bot: Bot, conversation: str, text: str, article: str) -> None:
    status, answer = bot.turn(conversation, "m1", text)

    assert status == 200
    assert len(answer["replies"]) == 1
    assert answer["nlu"]["candidates"][0]["article"] == article
    assert answer["nlu"]["also"] == []


def test_a_second_question_that_is_less_clear_is_offered(bot: Bot, conversation: str) -> None:
    status, answer = bot.turn(conversation, "m1", "忘记密码了怎么办？还有验证码也收不到")

    assert status == 200
    first, second = answer["replies"]
    assert first["article"] == "login_forgot_password"
    assert second["response"] == "utter_also"
    *offered, person = second["buttons"]
    assert offered[0]["payload"] == {"intent": "faq", "entities": {"article": "login_code_missing"}}
    assert 1 <= len(offered) <= 3
    assert person["payload"] == {"intent": "request_human"}

    status, answer = bot.turn(conversation, "m2", offered[0]["title"], payload=offered[0]["payload"])

    assert [reply["article"] for reply in answer["replies"]] == ["login_code_missing"]


def test_a_complaint_in_two_parts_has_neither_part_lost(bot: Bot, conversation: str) -> None:
    _, answer = bot.turn(conversation, "m1", "利息太高了还有你们催收打我同事")

    shown = {reply.get("article") for reply in answer["replies"]}
    buttons = [button["payload"] for reply in answer["replies"] for button in reply.get("buttons", [])]
    shown |= {payload.get("entities", {}).get("article") for payload in buttons}
    assert "collect_workplace" in shown
    assert shown & {"fee_daily_interest", "fee_price_diff"}


def test_a_question_beside_small_talk_about_the_world_is_answered(bot: Bot, conversation: str) -> None:
    assert bot.responses(conversation, "m1", "怎么提前还款 另外天气怎么样") == ["utter_faq/repay_early_settle"]


def test_two_answers_are_given_again_and_the_conversation_goes_on(bot: Bot, conversation: str) -> None:
    first = bot.turn(conversation, "m1", "怎么提前还款 另外征信多久更新")

    assert bot.turn(conversation, "m1", "怎么提前还款 另外征信多久更新") == first
    assert bot.responses(conversation, "m2", "谢谢") == ["utter_thanks"]
    assert bot.turn(conversation, "m1", "怎么提前还款 另外征信多久更新")[1]["replies"] == first[1]["replies"]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("怎么提前还款 另外我刚被骗了五千块", "utter_stop_loss"),
        ("征信多久更新 还有我真的不想活了", "utter_crisis"),
        ("怎么提前还款 另外转人工", "utter_handing_over"),
    ],
)
def test_what_is_urgent_is_never_second(bot: Bot, conversation: str, text: str, first: str) -> None:
    assert bot.responses(conversation, "m1", text) == [first]


def test_a_story_inside_a_form_is_not_taken_apart(bot: Bot, conversation: str) -> None:
    bot.responses(conversation, "m1", "我要投诉")

    bot.turn(conversation, "m2", "你们利息太高了还有催收打我同事")

    assert bot.actions.asked == ["action_open_complaint"]

"""Messages that go on about the answer before, in conversations with a running bot and the real model."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from tests.nlu.live import ActionServer, Bot

PERSON = {"title": "转人工", "payload": {"intent": "request_human"}}
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
    return f"follow-{next(_numbers)}"


def titles(reply: dict) -> list[str]:
    *suggested, last = reply["buttons"]
    assert last == PERSON
    return [button["title"] for button in suggested]


def test_a_continued_question_is_read_with_the_answer_before(bot: Bot, conversation: str) -> None:
    assert bot.responses(conversation, "alone", "那手续费呢") != ["utter_faq/repay_early_fee"]
    bot.responses(conversation, "m1", "提前还款怎么操作")

    assert bot.responses(conversation, "m2", "那手续费呢？") == ["utter_faq/repay_early_fee"]


def test_the_article_of_a_pressed_button_is_remembered_too(bot: Bot, conversation: str) -> None:
    payload = {"intent": "faq", "entities": {"article": "repay_early_settle"}}
    bot.turn(conversation, "m1", "提前还款怎么操作", payload=payload)

    assert bot.responses(conversation, "m2", "那手续费呢？") == ["utter_faq/repay_early_fee"]


@pytest.mark.parametrize("text", ["要多久", "要多少钱", "需要什么材料", "然后呢", "为什么", "在哪里看"])
@pytest.mark.parametrize("question", ["怎么注销账户", "怎么开结清证明", "提前还款怎么操作"])
def test_what_says_nothing_by_itself_stays_near_the_answer(
    bot: Bot, conversation: str, question: str, text: str
) -> None:
    before = bot.turn(conversation, "m1", question)[1]["nlu"]

    status, answer = bot.turn(conversation, "m2", text)

    assert status == 200
    assert (answer["nlu"]["decision"], answer["nlu"]["topic"]) == ("clarify", before["topic"])
    suggested = titles(answer["replies"][0])
    assert 1 <= len(suggested) == len(set(suggested)) <= 3
    assert before["article"] not in {candidate["article"] for candidate in answer["nlu"]["candidates"]}


def test_without_an_answer_before_nothing_is_guessed(bot: Bot, conversation: str) -> None:
    assert bot.turn(conversation, "m1", "要多少钱")[1]["nlu"]["decision"] in {"fallback", "clarify"}


@pytest.mark.parametrize("text", ["还是不行", "没用", "试过了", "我试了好几次都不行", "按你说的做了还是没用"])
def test_no_use_after_an_answer_offers_a_person(bot: Bot, conversation: str, text: str) -> None:
    bot.responses(conversation, "m1", "提前还款怎么操作")

    status, answer = bot.turn(conversation, "m2", text)

    assert status == 200
    assert [reply["response"] for reply in answer["replies"]] == ["utter_offer_person"]
    assert answer["nlu"]["intent"]["name"] == "not_helpful"
    assert answer["replies"][0]["buttons"][0]["payload"]["intent"] == "request_human"


@pytest.mark.parametrize(
    ("text", "response"),
    [
        ("怎么注销账户", "utter_faq/acct_cancel"),
        ("征信多久更新", "utter_faq/credit_after_settle"),
        ("谢谢", "utter_thanks"),
        ("我要投诉", "utter_ask_complaint_detail"),
        ("转人工", "utter_handing_over"),
        ("我被骗了", "utter_stop_loss"),
        ("我不想活了", "utter_crisis"),
    ],
)
def test_what_is_clear_by_itself_is_no_follow_up(bot: Bot, conversation: str, text: str, response: str) -> None:
    bot.responses(conversation, "m1", "提前还款怎么操作")

    assert bot.responses(conversation, "m2", text)[0] == response


def test_what_is_not_our_matter_is_no_follow_up(bot: Bot, conversation: str) -> None:
    bot.responses(conversation, "m1", "提前还款怎么操作")

    assert bot.turn(conversation, "m2", "今天天气怎么样")[1]["nlu"]["decision"] == "fallback"


def test_after_three_other_messages_the_answer_is_forgotten(bot: Bot, conversation: str) -> None:
    alone = bot.turn(f"{conversation}-alone", "m1", "要多久")[1]["nlu"]["candidates"]
    bot.responses(conversation, "m1", "提前还款怎么操作")
    for number in range(3):
        bot.responses(conversation, f"thanks-{number}", "谢谢")

    assert bot.turn(conversation, "m2", "要多久")[1]["nlu"]["candidates"] == alone


def test_close_candidates_become_buttons_with_titles_of_their_own(bot: Bot, conversation: str) -> None:
    texts = [
        "额度的问题",
        "卡的事情",
        "合同和利息",
        "短信是怎么回事",
        "扣款的问题",
        "那个证明",
        "还款的事",
        "征信的问题",
    ]
    answers = [bot.turn(f"{conversation}-{number}", "m1", text)[1] for number, text in enumerate(texts)]
    asked_back = [answer["replies"][0] for answer in answers if answer["nlu"]["decision"] == "clarify"]

    assert asked_back
    for reply in asked_back:
        suggested = titles(reply)
        assert 1 <= len(suggested) == len(set(suggested)) <= 3


def test_what_is_not_understood_is_asked_about_once_then_a_person_is_offered(bot: Bot, conversation: str) -> None:
    assert bot.responses(conversation, "m1", "咕噜咕噜呱唧") == ["utter_ask_rephrase"]
    assert bot.responses(conversation, "m2", "叽里呱啦噼啪") == ["utter_offer_person"]


def test_a_follow_up_after_a_miss_still_finds_the_answer_before(bot: Bot, conversation: str) -> None:
    bot.responses(conversation, "m1", "提前还款怎么操作")
    bot.responses(conversation, "m2", "咕噜咕噜呱唧")

    assert bot.responses(conversation, "m3", "那手续费呢？") == ["utter_faq/repay_early_fee"]

"""The gateway's channel on a running bot with the real model (docs/protocol.md, section 4)."""

from __future__ import annotations

import json
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
def conversation() -> str:
    return f"conversation-{next(_numbers)}"


@pytest.fixture(autouse=True)
def working_actions(bot: Bot) -> None:
    bot.actions.status = 200
    bot.actions.asked.clear()


def test_a_question_is_answered_with_its_article(bot: Bot, conversation: str) -> None:
    status, answer = bot.turn(conversation, "m1", "提前还款怎么操作")

    assert status == 200
    assert [reply["article"] for reply in answer["replies"]] == ["repay_early_settle"]
    assert answer["nlu"]["decision"] == "answer"
    assert bot.actions.asked == []


def test_a_victim_hears_stop_first_in_the_same_turn(bot: Bot, conversation: str) -> None:
    status, answer = bot.turn(conversation, "m1", "我被骗了，刚给对方转了5000块")

    assert status == 200
    first = answer["replies"][0]
    assert first["response"] == "utter_stop_loss"
    assert "110" in first["text"]
    assert next(step["call"] for step in first["custom"]["steps"] if "call" in step) == "110"
    assert answer["nlu"]["scam"]["level"] == "P0"
    assert answer["nlu"]["scam"]["amount"] == 500_000
    assert bot.actions.asked == ["action_report_scam"]


def test_a_failing_action_is_an_error_that_keeps_what_was_said(bot: Bot, conversation: str) -> None:
    bot.actions.status = 500

    status, answer = bot.turn(conversation, "m1", "我被骗了，刚给对方转了5000块")

    assert status == 500
    assert answer["error"]["code"] == "action_failed"
    assert answer["replies"][0]["response"] == "utter_stop_loss"
    assert answer["nlu"]["intent"]["name"] == "report_scam"


def test_the_same_message_gets_the_same_answer_also_after_a_restart(bot: Bot, conversation: str) -> None:
    first = bot.turn(conversation, "m1", "转人工")
    again = bot.turn(conversation, "m1", "转人工")
    assert again == first
    assert bot.actions.asked == ["action_hand_over"]

    bot.stop()
    bot.start()

    assert bot.turn(conversation, "m1", "转人工") == first
    assert bot.actions.asked == ["action_hand_over"]


@pytest.mark.parametrize("text", ["/restart", '/request_human{"x":1}', "/faq", "／request_human", " /crisis"])
def test_typed_text_is_never_control(bot: Bot, conversation: str, text: str) -> None:
    status, answer = bot.turn(conversation, "m1", text)

    assert status == 200
    assert answer["replies"] != []
    assert answer["nlu"]["intent"]["name"] in {"nlu_fallback", "out_of_scope", "clarify", "faq"}
    assert bot.actions.asked == []


@pytest.mark.parametrize(
    "text",
    [
        "😀😀",
        "？？？",
        "。",
        "\u200b",
        "\x07\x00",
        "a" * 4000,
        "啊" * 4000,
        "<script>alert(1)</script>",
        "\n\n",
        "𠀀𠀁",
    ],
    ids=["emoji", "marks", "stop", "zero width", "control", "letters", "one sign", "markup", "lines", "rare signs"],
)
def test_odd_text_gets_a_sensible_answer(bot: Bot, conversation: str, text: str) -> None:
    status, answer = bot.turn(conversation, "m1", text)

    assert status == 200
    assert answer["replies"] != []


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"\xff\xfe", b'{"conversation": 1, "message_id": "m", "text": "x"}', b'{"text": "x"}'],
    ids=["empty", "cut", "list", "not UTF-8", "number for text", "no conversation"],
)
def test_a_request_of_another_form_is_refused(bot: Bot, body: bytes) -> None:
    status, answer = bot.call("POST", "/webhooks/gateway/turn", body)

    assert status == 400
    assert answer["error"]["code"]


@pytest.mark.parametrize("token", [None, "", "wrong"], ids=["none", "empty", "wrong"])
def test_nobody_without_the_token_is_heard(bot: Bot, token: str | None) -> None:
    body = json.dumps({"conversation": "c", "message_id": "m", "text": "你好"}).encode()

    assert bot.call("POST", "/webhooks/gateway/turn", body, token=token)[0] == 401


def test_a_pressed_button_says_its_article(bot: Bot, conversation: str) -> None:
    status, answer = bot.turn(
        conversation, "m1", "提前还款怎么操作", payload={"intent": "faq", "entities": {"article": "repay_early_settle"}}
    )

    assert status == 200
    assert answer["replies"][0]["article"] == "repay_early_settle"


def test_a_parse_touches_no_conversation(bot: Bot) -> None:
    status, answer = bot.call("POST", "/webhooks/gateway/parse", json.dumps({"text": "有人叫我共享屏幕转账"}).encode())

    assert status == 200
    assert set(answer) == {"nlu"}


def test_two_misses_in_a_row_offer_a_person(bot: Bot, conversation: str) -> None:
    first = bot.responses(conversation, "m1", "今天天气怎么样")
    second = bot.responses(conversation, "m2", "给我推荐一部电影")

    assert first == ["utter_out_of_scope"]
    assert second == ["utter_offer_person"]


def test_an_answer_between_two_misses_starts_the_count_again(bot: Bot, conversation: str) -> None:
    bot.responses(conversation, "m1", "今天天气怎么样")
    bot.responses(conversation, "m2", "提前还款怎么操作")

    assert bot.responses(conversation, "m3", "给我推荐一部电影") == ["utter_out_of_scope"]


def test_a_complaint_is_asked_about_once_and_registered(bot: Bot, conversation: str) -> None:
    assert bot.responses(conversation, "m1", "我要投诉") == ["utter_ask_complaint_detail"]

    status, _ = bot.turn(conversation, "m2", "昨天催收打电话骂了我一个多小时，我要你们给个说法")

    assert bot.actions.asked == ["action_open_complaint"]
    # The stub answers nothing, which the channel reports instead of an empty answer.
    assert status == 500


@pytest.mark.parametrize("form", ["我要投诉", "我想协商还款"])
def test_a_victim_is_heard_inside_a_form(bot: Bot, conversation: str, form: str) -> None:
    bot.turn(conversation, "m1", form)

    assert bot.responses(conversation, "m2", "等等我刚被骗了 钱已经转过去了")[0] == "utter_stop_loss"
    assert bot.actions.asked == ["action_report_scam"]


@pytest.mark.parametrize(
    "text",
    [
        "转人工",
        "人工",
        "人工客服",
        "我要找真人",
        "别跟机器人说了 换人",
        "叫个活人来",
        "接人工",
        "给我转接客服人员",
        "能不能换个人跟我说",
        "真人呢",
        "我不想跟机器人聊",
        "麻烦帮我接一下人工谢谢",
        "人工人工人工",
        "转接人工服务",
        "有没有人啊",
        "找你们客服",
        "需要人工服务",
        "rengong",
        "转人工客服",
        "你解决不了 转人工",
        "请帮我转人工坐席",
        "要人工",
        "人工在线吗",
        "我想和工作人员说话",
        "喊你们的人来",
        "轉人工",
        "请转人工台",
        "给老子转人工",
        "客服人员在不在",
        "我要人工服务！！！",
    ],
)
def test_any_wording_of_a_person_please_reaches_the_queue(bot: Bot, conversation: str, text: str) -> None:
    assert bot.responses(conversation, "m1", text)[0] == "utter_handing_over"
    assert bot.actions.asked == ["action_hand_over"]


@pytest.mark.parametrize(
    "text",
    [
        "你们是不是骗人的 利息这么高",
        "扣款扣了两次 跟诈骗一样",
        "转账还款怎么没到账",
        "银行卡被银行风控了还不了款",
        "怎么防止被骗",
        "我朋友之前被骗过",
        "骗你的 开玩笑",
        "气死我了 扣这么多钱",
        "累死了 客服怎么还没人",
    ],
)
def test_hard_negatives_raise_no_alarm(bot: Bot, text: str) -> None:
    _, answer = bot.call("POST", "/webhooks/gateway/parse", json.dumps({"text": text}).encode())

    scam = answer["nlu"]["scam"]
    assert scam is None or scam["level"] in {"P2", "P3"}
    assert answer["nlu"]["crisis"] is None


def test_the_log_holds_no_message_text(bot: Bot, conversation: str) -> None:
    secret = "这句话谁也不许写进日志四二七"
    bot.turn(conversation, "m1", secret)

    assert "四二七" not in bot.log.read_text(encoding="utf-8", errors="replace")

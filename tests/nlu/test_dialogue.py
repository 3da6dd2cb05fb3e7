"""Whole conversations with a running bot and the real model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from bot.knowledge import load_articles
from bot.nlu.normalise import normalise
from tests.nlu.live import ActionServer, Bot

ROOT = Path(__file__).resolve().parents[2]
# None of them stands in the training data: a test sees to that.
UNSEEN_PERSONS = [
    "帮忙转一下人工好吗", "我找你们的真人", "叫一个人工过来", "麻烦给接个活人", "能安排个真人跟我聊吗", "我就要人工别的不要", "请立即为我转接人工坐席人员",
    "你给我换成真人", "老子要跟真人说", "别扯了 转人工吧快点", "我耳朵不好 给我找个人工", "可不可以呼叫人工啊", "想跟真人客服沟通一下", "能直接联系真人吗",
    "人工客服唔该快啲", "同我揾个真人倾", "俺想找真人唠两句", "整个人工过来", "转到人工那边去", "我不想再跟机器人说了", "机器人你解决不了 让人来",
    "拒绝机器人 我要人", "转接真人!!", "人呢 我要真人 不要你", "真人客服在吗 急", "轉接人工客服好嗎", "把我转给人工", "替我叫人工", "我要求人工介入 现在", "这个要人工才能弄 帮我接",
    "请你让专员联系我", "让你们经理给我回电",
    "我要找客服", "能帮我转一下人工吗", "请转人工坐席", "麻烦转接一下人工客服谢谢", "可以让人工来处理吗", "叫个活人来", "让你们主管联系我", "我要找你们负责人",
    "赶快给我接人工客服", "我需要人工帮助", "请安排人工", "人工在吗", "人工客服在不在", "不想跟你说 找人来", "要求人工服务", "我爸不会用 找个真人", "老人听不懂 转人工",
    "我是聋人 请转人工文字客服", "残疾人 需要人工帮助", "请人工联系我", "机器人答非所问 转人工", "给我接通客服经理", "揾人工", "唔该搵个真人客服", "幫我轉人工",
    "我想人工咨询", "联系人工客服", "不要智能客服 要人工客服",
]  # fmt: skip
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
    bot.actions.status = 200
    bot.actions.asked.clear()
    return f"dialogue-{next(_numbers)}"


def test_the_unseen_wordings_are_unseen() -> None:
    learned = {normalise(q) for article in load_articles(ROOT / "knowledge") for q in article.questions}
    for path in (ROOT / "data" / "nlu").glob("*.yml"):
        learned |= {
            normalise(line[6:]) for line in path.read_text(encoding="utf-8").splitlines() if line[:6] == "    - "
        }

    assert not learned & {normalise(text) for text in [*UNSEEN_PERSONS, *UNSEEN_ANGER]}


@pytest.mark.parametrize("text", UNSEEN_PERSONS)
def test_a_person_is_reached_in_words_nobody_taught(bot: Bot, conversation: str, text: str) -> None:
    assert bot.responses(conversation, "m1", text) == ["utter_handing_over"]
    assert bot.actions.asked == ["action_hand_over"]


# The bot answers standard questions itself, however they are put.
STANDARD = [
    "提前还款怎么操作",
    "还款日是几号",
    "怎么查征信",
    "年化利率是多少",
    "身份证过期了怎么更新",
    "怎么修改绑定手机号",
]
UNSEEN_ANGER = ["我很生气", "我火大得很", "太让人失望了", "黑心公司", "你们就是吃人的", "你们还要不要脸"]


@pytest.mark.parametrize("text", UNSEEN_ANGER)
def test_anger_leads_to_a_person_at_once(bot: Bot, conversation: str, text: str) -> None:
    assert bot.responses(conversation, "m1", text) == ["utter_angry"]
    assert bot.actions.asked == ["action_hand_over"]


@pytest.mark.parametrize("text", STANDARD)
def test_a_standard_question_is_not_pushed_to_people(bot: Bot, conversation: str, text: str) -> None:
    status, answer = bot.turn(conversation, "m1", text)

    assert (status, answer["nlu"]["decision"], bot.actions.asked) == (200, "answer", [])


def test_whoever_is_not_helped_three_times_reaches_a_person(bot: Bot, conversation: str) -> None:
    said = [
        bot.responses(conversation, f"m{number}", text)
        for number, text in enumerate(["今天天气怎么样", "推荐一部电影", "红烧肉怎么做"])
    ]

    assert said == [["utter_out_of_scope"], ["utter_offer_person"], ["utter_missed_again"]]
    assert bot.actions.asked == ["action_hand_over"]


@pytest.mark.parametrize(
    ("text", "response", "asked"),
    [("好的", "utter_handing_over", ["action_hand_over"]), ("没用", "utter_missed_again", ["action_hand_over"]), ("不用", "utter_what_next", [])],
    ids=["yes", "still no help", "no"],
)  # fmt: skip
def test_the_offer_of_a_person_can_be_answered_in_words(
    bot: Bot, conversation: str, text: str, response: str, asked: list[str]
) -> None:
    bot.responses(conversation, "m1", "没解决")

    assert bot.responses(conversation, "m2", text) == [response]
    assert bot.actions.asked == asked


def test_a_question_inside_a_form_is_answered_and_the_form_goes_on(bot: Bot, conversation: str) -> None:
    bot.responses(conversation, "m1", "我要投诉")

    status, answer = bot.turn(conversation, "m2", "提前还款怎么操作？")

    assert status == 200
    assert [reply["response"] for reply in answer["replies"]] == [
        "utter_faq/repay_early_settle",
        "utter_ask_complaint_detail",
    ]
    assert answer["state"]["active_loop"] == "complaint_form"


@pytest.mark.parametrize(
    "story",
    ["催收天天打我单位电话骂我 同事都知道了", "你们多扣了我三百块会员费 我根本没同意", "凭什么给我妈打电话 她七十岁了"],
)
def test_a_story_inside_a_form_is_kept_though_it_sounds_like_an_article(
    bot: Bot, conversation: str, story: str
) -> None:
    bot.responses(conversation, "m1", "我要投诉")

    bot.turn(conversation, "m2", story)

    assert bot.actions.asked == ["action_open_complaint"]


@pytest.mark.parametrize("text", ["取消", "算了", "我不想投诉了", "不弄了"])
def test_a_form_can_be_left(bot: Bot, conversation: str, text: str) -> None:
    bot.responses(conversation, "m1", "我要投诉")

    status, answer = bot.turn(conversation, "m2", text)

    assert (status, answer["replies"][0]["response"]) == (200, "utter_stopped")
    assert answer["state"]["active_loop"] is None


def test_danger_to_life_is_answered_inside_a_form(bot: Bot, conversation: str) -> None:
    bot.responses(conversation, "m1", "我想协商还款")

    status, answer = bot.turn(conversation, "m2", "还不上了 我真的不想活了")

    assert status == 200
    assert answer["replies"][0]["response"] == "utter_crisis"
    assert "12356" in answer["replies"][0]["text"]
    assert answer["nlu"]["crisis"] == "C2"
    assert answer["state"]["active_loop"] is None
    assert bot.actions.asked == ["action_report_crisis"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("我被骗了，刚给对方转了5000块", "不要再转账"),
        ("我把验证码告诉他了", "挂失"),
        ("名下莫名多了一笔贷款 不是我借的", "不要急着还"),
        ("他有我的视频 说不给钱就发给我通讯录", "停止付款"),
    ],
    ids=["paid", "information given", "loan in my name", "threatened"],
)
def test_the_first_words_fit_the_state_of_the_victim(bot: Bot, conversation: str, text: str, words: str) -> None:
    status, answer = bot.turn(conversation, "m1", text)

    assert status == 200
    first = answer["replies"][0]
    assert words in first["text"]
    assert first["custom"]["kind"] == "stop_loss"
    assert {"id", "title", "detail"} <= first["custom"]["steps"][0].keys()


def test_a_doubtful_question_offers_articles_and_a_person(bot: Bot, conversation: str) -> None:
    texts = [
        "这个月还不上了怎么办",
        "额度的问题",
        "卡的事情",
        "合同和利息",
        "利息和费用的事",
        "短信是怎么回事",
        "扣款的问题",
    ]
    answers = [bot.turn(f"{conversation}-{number}", "m1", text)[1] for number, text in enumerate(texts)]
    reply = next(a["replies"][0] for a in answers if a["nlu"]["decision"] == "clarify")

    assert reply["response"] == "utter_clarify"
    *suggested, last = reply["buttons"]
    assert 1 <= len(suggested) <= 3
    assert last == {"title": "转人工", "payload": {"intent": "request_human"}}

    status, answer = bot.turn(f"{conversation}-pressed", "m1", suggested[0]["title"], payload=suggested[0]["payload"])

    assert status == 200
    assert answer["replies"]


def test_the_offer_of_a_person_says_why_when_pressed(bot: Bot, conversation: str) -> None:
    bot.responses(conversation, "m1", "没解决")
    _, answer = bot.turn(conversation, "m1", "没解决")
    offer = answer["replies"][0]["buttons"][0]

    status, pressed = bot.turn(conversation, "m2", offer["title"], payload=offer["payload"])

    assert offer["payload"] == {"intent": "request_human", "entities": {"reason": "repeated_miss"}}
    assert status == 200
    assert ("reason", "repeated_miss") in {(e["entity"], e["value"]) for e in pressed["nlu"]["entities"]}
    assert bot.actions.asked == ["action_hand_over"]


@pytest.mark.parametrize(
    "payload",
    [{"intent": "no_such_intent"}, {"intent": "faq"}, {"intent": "faq", "entities": {"article": "nowhere"}}, {"intent": 1}, {"intent": "greet", "entities": {"x": []}}],
    ids=["intent", "no article", "unknown article", "number", "list"],
)  # fmt: skip
def test_a_payload_which_the_model_does_not_know_is_refused(bot: Bot, conversation: str, payload: dict) -> None:
    status, answer = bot.turn(conversation, "m1", "按钮", payload=payload)

    assert (status, answer["error"]["code"][:8]) == (400, "payload_")


def test_ten_thousand_characters_are_too_many(bot: Bot, conversation: str) -> None:
    status, answer = bot.turn(conversation, "m1", "还" * 10_000)

    assert (status, answer["error"]["code"]) == (400, "text_too_long")


def test_the_same_message_sent_at_once_is_answered_once(bot: Bot, conversation: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: bot.turn(conversation, "m1", "转人工"), range(8)))

    assert all(answer == answers[0] for answer in answers)
    assert bot.actions.asked == ["action_hand_over"]


def test_a_failed_turn_is_taken_anew_when_asked_again(bot: Bot, conversation: str) -> None:
    bot.actions.status = 500
    assert bot.turn(conversation, "m1", "转人工")[0] == 500

    bot.actions.status = 200

    assert bot.responses(conversation, "m1", "转人工") == ["utter_handing_over"]


@pytest.mark.parametrize(
    "body",
    [b'{"conversation":"c","message_id":"m","text":"\\ud800"}', b'{"conversation":"c","message_id":"m","text":7}', b'{"conversation":"c","message_id":"","text":"x"}', b'{"conversation":"c","message_id":"m","text":"x","metadata":[]}', b"[" * 100_000],
    ids=["half a pair", "number", "no id", "metadata", "deep"],
)  # fmt: skip
def test_odd_json_is_refused(bot: Bot, body: bytes) -> None:
    status, answer = bot.call("POST", "/webhooks/gateway/turn", body)

    assert status == 400
    assert answer["error"]["message"]


def test_metadata_reaches_the_conversation_and_changes_nothing(bot: Bot, conversation: str) -> None:
    status, answer = bot.turn(conversation, "m1", "你好", metadata={"channel": "web"})

    assert status == 200
    assert json.dumps(answer, ensure_ascii=False).count("web") == 0

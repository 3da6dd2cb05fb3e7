"""Danger and loss with a running bot and the real model: what is said first, and that nothing comes before it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from bot.nlu.normalise import normalise
from bot.triage import load_states
from tests.nlu.live import ActionServer, Bot

ROOT = Path(__file__).resolve().parents[2]
STATES = load_states(ROOT / "texts" / "triage.yml")
# Each state the cue detector names today, in words that are not in the training data.
TOLD = {
    "in_progress": "我还在跟客服共享屏幕 手机自己在动",
    "threatened": "他录了我的裸照 说不给两万就发给我单位同事",
    "about_to_pay": "专员催我马上把钱转到安全账户里",
    "loan_untouched": "贷款刚到账 还没转给那个客服",
    "paid": "被骗了 半小时前刚打过去八千块",
    "information_given": "六位数验证码我念给对方了",
    "loan_in_my_name": "查征信发现名下多了一笔贷款 完全不是我借的",
}
VOICES = [
    "天塌了 积蓄全打给骗子了", "刚才给人家转完三千 人就把我拉黑了", "我娘叫骗子骗去两万", "我奶奶刚把存折的钱汇给诈骗的了", "就是那个我把钱打给他以后呢他就消失了联系不上了",
    "畀人呃咗成五万蚊", "本人于今日十一时被骗走一万六千元 请求协助", "俺老伴让人骗走好几千", "被片了两千 救救我", "刷单垫进去四千六提不出来 上当了",
]  # fmt: skip
DESPAIR = [
    "我是真的不想活下去了", "想一死了之", "药已经准备好了 今晚就去死", "我就站在楼顶上", "我妈刚刚说她不想活了", "俺真活不下去了", "唔想活落去喇", "欠了这么多 我只想自杀",
]  # fmt: skip
# They share words with the above.
ORDINARY = [
    "还款的钱转过去了还没到账", "我转了两次钱 多还了一期", "会员费扣了我六百 退我", "客服联系不上", "催收威胁我要上门", "我走了 下次再说", "手机没了 换手机怎么登录",
    "我爸去世了 贷款怎么办", "对不起 这个月晚点还", "累了 不想说了", "有人让我刷单 靠谱吗", "消失的额度怎么恢复",
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


@pytest.fixture(scope="module")
def lonely_bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    """A bot whose action server is not there at all."""
    actions = ActionServer()
    actions.close()
    bot = Bot(tmp_path_factory.mktemp("lonely"), actions)
    bot.start()
    yield bot
    bot.stop()


@pytest.fixture
def conversation(bot: Bot) -> str:
    bot.actions.status = 200
    bot.actions.asked.clear()
    return f"urgent-{next(_numbers)}"


def test_the_wordings_are_unseen() -> None:
    learned = {
        normalise(line[6:])
        for name in ("report_scam", "crisis")
        for line in (ROOT / "data/nlu" / f"{name}.yml").read_text("utf-8").splitlines()
    }

    assert not learned & {normalise(text) for text in (*TOLD.values(), *VOICES, *DESPAIR)}


@pytest.mark.parametrize("state", TOLD)
def test_the_first_words_are_those_of_the_table(bot: Bot, conversation: str, state: str) -> None:
    status, answer = bot.turn(conversation, "m1", TOLD[state])

    assert status == 200
    first = answer["replies"][0]
    assert first["response"] == "utter_stop_loss"
    assert first["text"] == STATES[state]["first"]
    assert first["custom"] == {"kind": "stop_loss", "state": state, "steps": STATES[state]["steps"]}


@pytest.mark.parametrize("text", VOICES)
def test_a_victim_is_understood_in_every_voice(bot: Bot, conversation: str, text: str) -> None:
    assert bot.responses(conversation, "m1", text)[0] == "utter_stop_loss"
    assert bot.actions.asked == ["action_report_scam"]


@pytest.mark.parametrize("text", DESPAIR)
def test_danger_is_understood_in_every_voice(bot: Bot, conversation: str, text: str) -> None:
    assert bot.responses(conversation, "m1", text)[0] == "utter_crisis"
    assert bot.actions.asked == ["action_report_crisis"]


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_matters_raise_no_alarm(bot: Bot, conversation: str, text: str) -> None:
    assert not {"utter_stop_loss", "utter_crisis"} & set(bot.responses(conversation, "m1", text))


@pytest.mark.parametrize(
    "text", ["钱全被骗子骗走了 我不想活了", "刚转给骗子十万 我站在楼顶了", "他说不给钱就把我裸照发给通讯录 我想死"]
)
def test_danger_to_life_outranks_the_scam(bot: Bot, conversation: str, text: str) -> None:
    status, answer = bot.turn(conversation, "m1", text)

    assert (status, answer["nlu"]["scam"]["level"]) == (200, "P0")
    assert [reply["response"] for reply in answer["replies"]] == ["utter_crisis"]
    assert bot.actions.asked == ["action_report_crisis"]


def test_a_graver_state_is_answered_with_its_own_words(bot: Bot, conversation: str) -> None:
    bot.turn(conversation, "m1", TOLD["paid"])

    _, answer = bot.turn(conversation, "m2", TOLD["in_progress"])

    assert answer["replies"][0]["text"] == STATES["in_progress"]["first"]


@pytest.mark.parametrize(
    ("form", "story"),
    [
        ("我要投诉", "催收天天打我单位电话骂我 同事都知道了"),
        ("我想协商还款", "上个月公司倒闭了，我没有收入，想先缓三个月"),
    ],
    ids=["complaint", "negotiation"],
)
@pytest.mark.parametrize(
    ("text", "response", "action"),
    [(VOICES[0], "utter_stop_loss", "action_report_scam"), (DESPAIR[0], "utter_crisis", "action_report_crisis")],
    ids=["loss", "danger"],
)
@pytest.mark.parametrize("ended", [False, True], ids=["inside", "just after"])
def test_urgent_words_come_through_a_form(
    bot: Bot, conversation: str, form: str, story: str, text: str, response: str, action: str, ended: bool
) -> None:
    bot.turn(conversation, "m1", form)
    if ended:
        bot.turn(conversation, "m2", story)
    bot.actions.asked.clear()

    status, answer = bot.turn(conversation, "m3", text)

    assert (status, answer["replies"][0]["response"]) == (200, response)
    assert answer["state"]["active_loop"] is None
    assert bot.actions.asked == [action]


@pytest.mark.parametrize(
    ("text", "words"), [(TOLD["paid"], STATES["paid"]["first"]), (DESPAIR[0], "12356")], ids=["loss", "danger"]
)
def test_the_words_need_no_action_server(lonely_bot: Bot, text: str, words: str) -> None:
    status, answer = lonely_bot.turn(f"lonely-{next(_numbers)}", "m1", text)

    assert (status, answer["error"]["code"]) == (500, "action_failed")
    assert words in answer["replies"][0]["text"]

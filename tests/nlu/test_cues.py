"""Scams, gray offers and danger, as people tell of them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.cue_rules import CueRules
from bot.nlu.normalise import normalise
from tests.nlu.lexicon import level, read, rules, scam


@pytest.mark.parametrize(
    "text",
    [
        "我被骗了，刚给对方转了5000块",
        "钱已经打过去了 现在联系不上",
        "刚转出去两万发现不对劲 救命",
        "刷单垫了一万六 导师把我踢了",
        "解冻金交了八千还让我继续交",
        "我妈刚给骗子汇了三万",
        "他让我现在把钱转到安全账户",
        "正在跟客服共享屏幕 手机自己在动",
        "警察不让我挂电话 让我去银行",
        "贷款到账了还没转给他",
        "手机被他们远程控制了",
        "刚给供货商打了2.4万 现在都联系不上",
        "刚把三万转进他们的安全账户 心里发毛",
        "他有我的视频 说不给钱就发给我通讯录",
        "付款之后对方把我拉黑了",
    ],
)
def test_what_happens_now_or_just_happened_is_p0(text: str) -> None:
    assert level(text) == "P0"


@pytest.mark.parametrize(
    "text", ["前天被骗了三万五", "上个月投资被骗了十二万", "3天前给骗子转了两千", "我把验证码告诉他了", "名下莫名多了一笔贷款 不是我借的"]
)  # fmt: skip
def test_an_earlier_loss_or_a_leak_is_p1(text: str) -> None:
    assert level(text) == "P1"


@pytest.mark.parametrize(
    "text", ["是不是骗子", "客服让我下载会议软件共享屏幕 靠谱吗", "有人加我微信说能退息 是真的吗", "差点被骗了", "说我涉嫌洗钱要验资"]
)  # fmt: skip
def test_doubt_is_p2(text: str) -> None:
    assert level(text) == "P2"


@pytest.mark.parametrize("text", ["怎么防止被骗", "有哪些常见的骗局", "我朋友之前被骗过"])
def test_wanting_to_learn_is_p3(text: str) -> None:
    assert level(text) == "P3"


@pytest.mark.parametrize(
    "text",
    [
        "你们是不是骗人的", "坑人的利息", "你们这利息就是诈骗", "扣款扣了两次像诈骗一样", "转账还款没到账", "我已经还款了怎么还没到账", "转人工",
        "银行卡被银行风控了", "骗你的 开玩笑", "我没被骗", "如果被骗了怎么办", "儿子拿我手机借了钱", "验证码收不到", "密码忘了", "优惠券没发给我",
        "催收打了我八次电话", "提前还款要手续费吗", "被你们平台坑了", "征信报告是什么意思",
    ],
)  # fmt: skip
def test_hard_negatives_mean_nothing(text: str) -> None:
    assert level(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "被骗走的八千还能追回来吗",
        "去年让人骗了两万 现在还能要回来不",
        "网上叫人骗了四千多 分两回转的",
        "我是在网上被骗的 三千块",
        "我从抖音上让人骗了五百",
        "怎么把骗我的钱拿回来",
    ],
)
def test_who_wants_the_money_back_is_a_victim(text: str) -> None:
    assert level(text) in {"P0", "P1"}


def test_sum_lost_to_some_firm_is_doubt() -> None:
    assert level("被一个装修公司骗了八千多怎么办") == "P2"


@pytest.mark.parametrize(
    "text",
    [
        "被骗的钱已经追回了 什么时候发给我",
        "感情上被他骗了 这样领证合法吗",
        "卡一直在我手上 钱被人转走了怎么追回",
        "被你们公司骗了三千利息",
    ],
)
def test_settled_matters_law_and_card_theft_are_no_swindle(text: str) -> None:
    assert level(text) is None


@pytest.mark.parametrize("text", ["我在网上看到有人被骗了", "在抖音听说别人被骗了好几万"])
def test_news_of_others_is_a_lesson(text: str) -> None:
    assert level(text) == "P3"


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("我站在楼顶了", "C3"), ("安眠药已经买好了", "C3"), ("今晚就跳下去", "C3"), ("不想活了", "C2"), ("活不下去了", "C2"), ("我想死", "C2"),
        ("再也不打扰你们了 照顾好我孩子", "C2"), ("我老公说他不想活了", "C2"), ("我崩溃了", "C1"), ("活着真没意思", "C1"), ("催收叫我去死", "C1"),
    ],
)  # fmt: skip
def test_danger_to_life_is_graded(text: str, danger: str) -> None:
    assert rules().crisis(normalise(text)) == danger


@pytest.mark.parametrize(
    "text", ["气死了", "累死", "笑死我了", "急死我了", "死活不给办", "跳楼价", "卡死了", "app崩溃了", "想死你了", "人死了贷款怎么办", "我不会自杀的", "你去死吧"]
)  # fmt: skip
def test_sayings_are_no_danger(text: str) -> None:
    assert rules().crisis(normalise(text)) is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("征信修复靠谱吗 交两千", "credit_repair"), ("反催收公司收我百分之十", "agency_rights"), ("跑分一天三百能做吗", "money_mule"),
        ("让我背债给我三十万", "debt_carrier"), ("帮我套现手续费多少", "cash_out"), ("找人代办信用卡靠谱吗", "loan_agent"), ("中介教我开假病历", "forged_documents"),
    ],
)  # fmt: skip
def test_offers_that_harm_are_named(text: str, kind: str) -> None:
    gray = rules().gray(normalise(text))

    assert gray is not None
    assert gray["type"] == kind


def test_sum_time_kind_and_places_are_told() -> None:
    text = "昨晚刷单垫了5w提不出来了"

    told = scam(text)

    assert told is not None
    assert (told["amount"], told["when"], told["type"], told["state"]) == (5_000_000, "昨晚", "brushing_rebate", "paid")
    assert {text[span["start"] : span["end"]] for span in told["spans"]} >= {"昨晚", "5w", "刷单"}


@pytest.mark.parametrize(
    "text", ["转人工", "帮我接个真人", "我要人工客服", "换个人来跟我说", "别跟机器人聊了", "让你们客服给我回电", "rg", "唔该揾真人"]
)  # fmt: skip
def test_asking_for_a_person_is_noticed(text: str) -> None:
    assert rules().asks_for_person(normalise(text))


@pytest.mark.parametrize(
    "text", ["不用转人工", "人工客服几点上班", "客服说可以减免", "假客服让我转账", "人工审核要多久", "投诉客服态度差", "让人骗了"]
)  # fmt: skip
def test_mentioning_a_person_is_not_asking_for_one(text: str) -> None:
    assert not rules().asks_for_person(normalise(text))


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("被骗转账钱了吗没我他让正在现在死"))))
def test_any_text_gives_something_that_is_json(text: str) -> None:
    normalised = normalise(text)

    found = [scam(text), rules().gray(normalised), rules().crisis(normalised)]

    assert json.loads(json.dumps(found)) == found


def test_a_verdict_on_unknown_evidence_is_refused() -> None:
    cues = read("cues.yml")
    cues["verdicts"] = [{"name": "odd", "all": ["no_such_evidence"], "level": "P0", "state": "paid", "score": 1}]

    with pytest.raises(ValueError, match="no_such_evidence"):
        CueRules(cues, read("amounts.yml"))

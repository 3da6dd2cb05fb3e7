"""Rules and learned scores together, fitted on a handful of texts and on the repository's own."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from bot.nlu import cue_examples
from bot.nlu.cue_examples import BrokenCuesError, CueExample
from bot.nlu.cues import CueDetector
from bot.nlu.normalise import normalise
from bot.nlu.scam_detector import ScamDetector
from bot.nlu.scam_model import ScamModel
from tests.nlu.lexicon import LEXICON, read, rules

LEVELS = dict.fromkeys(("paid", "in_progress", "someone_else", "about_to_pay", "loan_untouched", "threatened"), "P0")
LEVELS |= dict.fromkeys(("paid_earlier", "information_given", "loan_in_my_name", "account_lent"), "P1")
LEVELS |= {"contacted": "P2", "asking": "P2"}


@cache
def detector() -> ScamDetector:
    """Learned from data/cues alone, without the articles' questions."""
    fitted = ScamDetector(rules(), None, LEVELS, CueDetector.get_default_config())
    examples = cue_examples.read(LEXICON.parent / "cues")
    fitted.learn(examples, [1.0] * len(examples))
    return fitted


@pytest.mark.parametrize(
    "text",
    [
        "做了三个任务返了几十块 后面说要连做四单才能一起结 我又垫了六千",
        "网上办贷款 说我卡号少填一位 要先交一万验证 交完又说流水不够",
        "客服让我把屏幕给他看着 一步一步教我把钱转到理赔的账户里",
        "她说跟着她买那个币稳赚 我投了四万现在一分钱都出不来",
        "我爸在家接了个电话 说自己是警察 现在关着门谁也不让进",
        "【通知】您的医保卡今日停用 请速点击 http://xx.xx/xx 办理激活",
        "你好我是房东 号码换了你记一下 房租直接打到我老婆的卡 6217xxxxxxxxxxxx 李某",
    ],
)
def test_stories_and_pasted_texts_without_a_single_rule_word_are_noticed(text: str) -> None:
    found = detector().detect(normalise(text))

    assert found is not None
    assert found["level"] in {"P0", "P1", "P2"}


@pytest.mark.parametrize(
    "text",
    [
        "我还完款了怎么还显示逾期", "利息太高了你们就是抢钱", "提前结清要手续费吗", "朋友借我两万一直不还能起诉他吗",
        "公司拖了三个月工资 可以去哪里告", "您尾号1234的卡于10日消费58元", "周末一起去爬山吧 车我来开", "怎么才能不被骗",
    ],
)  # fmt: skip
def test_other_matters_are_not_mistaken(text: str) -> None:
    found = detector().detect(normalise(text))

    assert found is None or found["level"] == "P3"


def test_who_lent_out_a_card_is_told_apart_though_no_rule_knows_it() -> None:
    found = detector().detect(normalise("同乡说借我的卡走一下账 一天给三百 现在卡被外地公安冻结了"))

    assert found is not None
    assert (found["level"], found["state"]) == ("P1", "account_lent")


def test_an_advert_of_the_gray_industry_is_marked() -> None:
    found = detector()
    gray = found.gray(*found.look(normalise("专业债务优化 网贷信用卡停息挂账 个性化分期 不成功不收费 加微信详谈")))

    assert gray is not None
    assert gray["type"] == "agency_rights"


def test_no_text_and_no_model_is_no_scam() -> None:
    untrained = ScamDetector(rules(), None, LEVELS, CueDetector.get_default_config())

    assert detector().detect("") is None
    assert untrained.detect(normalise("我想提前还款")) is None


def test_a_model_says_the_same_after_it_was_kept(tmp_path: Path) -> None:
    model = detector().model
    assert model is not None
    model.save(tmp_path)
    text = normalise("刚给导师转了八千 现在他不回我")
    flags = rules().flags(rules().look(text))

    kept, fresh = ScamModel.load(tmp_path).look(text, flags), model.look(text, flags)

    assert (kept.state, kept.scam_type, kept.gray_type) == (fresh.state, fresh.scam_type, fresh.gray_type)
    assert kept.told == pytest.approx(fresh.told, abs=0.05)


def test_the_flags_have_one_name_each() -> None:
    names = rules().flag_names

    assert len(names) == len(rules().flags(rules().look("我被骗了")))
    assert rules().flags(rules().look(normalise("我被骗了")))[names.index("loss")] == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("texts: []", "not a list"),
        ("- {state: paid}", "group 1: needs texts and state"),
        ("- {texts: [a]}", "group 1: needs texts and state"),
        ("- {state: null, texts: ['']}", "is no text"),
        ("- {state: null, texts: [5]}", "is no text"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / "a.yml").write_text(content, encoding="utf-8")

    with pytest.raises(BrokenCuesError, match=reason):
        cue_examples.read(tmp_path)


def test_a_text_counts_once(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text("- {state: paid, type: fake_loan, voice: scammer, texts: [转 账, 转 账]}")

    assert cue_examples.read(tmp_path) == [CueExample("转 账", "paid", "fake_loan", is_pasted=True)]


def test_every_state_of_the_examples_stands_in_the_table_of_words() -> None:
    known = set(read("../../texts/triage.yml")["states"])

    assert {e.state for e in cue_examples.read(LEXICON.parent / "cues") if e.state} <= known

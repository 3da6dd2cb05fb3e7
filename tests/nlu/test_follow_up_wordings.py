"""Which messages go on about the answer before, by their wording alone."""

from __future__ import annotations

import pytest

from bot.nlu.follow_ups import FollowUps, Kind
from bot.nlu.normalise import normalise
from tests.nlu.lexicon import read


def follow_ups() -> FollowUps:
    return FollowUps(read("followups.yml"))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *[
            (text, Kind.BARE)
            for text in ("要多少钱", "要多久", "需要什么材料", "那要多久啊？", "在哪里看", "收费吗", "怎么申请")
        ],
        *[(text, Kind.EMPTY) for text in ("然后呢", "为什么", "那怎么办", "可以吗", "什么意思", "说详细点")],
        *[(text, Kind.CONTINUED) for text in ("那逾期了呢？", "如果已经还清了", "那手续费呢")],
        *[(text, Kind.SHORT) for text in ("提前还款怎么操作", "你好", "好的", "嗯", "可以", "额度", "？？？")],
        *[
            (text, Kind.UNHELPFUL)
            for text in ("还是不行", "没用", "试过了", "我试了好几次都不行", "按你说的做了还是不行", "没解决")
        ],
        *[
            (text, None)
            for text in ("", "我想把剩下的钱一次性全部还掉应该怎么操作", "那我上个月在你们平台借的那笔钱呢")
        ],
    ],
)
def test_the_wording_tells_how_much_a_message_depends_on_the_one_before(text: str, kind: Kind | None) -> None:
    assert follow_ups().kind(normalise(text)) is kind


@pytest.mark.parametrize(
    ("title", "text", "composed"),
    [
        ("提前还款怎么操作", "那要多少钱？", "提前还款 要多少钱"),
        ("提前还款怎么操作", "那逾期了呢？", "提前还款 逾期"),
        ("怎么投诉", "要多久", "投诉 要多久"),
        ("转人工", "然后呢", "转人工 然后呢"),
    ],
)
def test_a_follow_up_becomes_a_question_that_needs_no_context(title: str, text: str, composed: str) -> None:
    assert follow_ups().composed(title, normalise(text)) == composed

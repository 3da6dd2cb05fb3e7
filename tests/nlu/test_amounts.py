"""Sums and times as customers write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.amounts import AmountReader
from bot.nlu.moments import MomentReader
from tests.nlu.lexicon import read

amounts = AmountReader(read("amounts.yml"))
moments = MomentReader(read("amounts.yml"), amounts)


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("5000块", 5000), ("三万五", 35_000), ("5w", 50_000), ("2千", 2000), ("3.5万", 35_000), ("一万二", 12_000),
        ("1万2千", 12_000), ("5万3", 53_000), ("6千8", 6800), ("两千三", 2300), ("三千零五", 3005), ("十二万", 120_000),
        ("两万三千五", 23_500), ("转了二十万", 200_000), ("5k", 5000), ("八百块", 800), ("一百二十块", 120), ("转了2300", 2300),
        ("99.5元", 99.5), ("先转3000又转两万", 20_000),
    ],
)  # fmt: skip
def test_a_sum_is_read_in_fen(text: str, yuan: float) -> None:
    found = amounts.largest(text)

    assert found is not None
    assert found.fen == round(yuan * 100)


@pytest.mark.parametrize(
    "text", ["110", "打96110", "3天了", "24小时内", "十几万", "第2次", "2个人", "12期", "2026年", "没有数字", "零"]
)
def test_other_numbers_are_no_sums(text: str) -> None:
    assert amounts.largest(text) is None


@given(st.text(alphabet="0123456789.零一二两三十百千万亿半元块kw年几", max_size=30))
def test_no_numeral_is_too_odd_to_read(text: str) -> None:
    found = amounts.largest(text)

    assert found is None or (found.fen >= 0 and 0 <= found.start < found.end <= len(text))


@pytest.mark.parametrize(
    ("text", "is_recent"),
    [("刚刚转的", True), ("今天上午", True), ("昨晚", True), ("两个小时前", True), ("十分钟了", True), ("前天", False), ("3天前", False), ("上个月", False), ("一周前", False), ("去年", False)],
)  # fmt: skip
def test_a_time_is_within_a_day_or_earlier(text: str, is_recent: bool) -> None:
    moment = moments.latest(text)

    assert moment is not None
    assert (moment.hours <= 24) is is_recent

"""What customers name: sums, times, banks, tails of accounts, telephones, addresses, apps and meetings."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.detail_rules import MOST_OF_A_KIND, Detail, DetailRules
from bot.nlu.details import CHINA, DetailReader
from bot.nlu.normalise import normalise_with_offsets
from bot.nlu.normalizer import Normalizer
from tests.nlu.lexicon import read

# A Sunday, at two in the afternoon.
NOW = datetime(2026, 11, 22, 14, 0, tzinfo=CHINA)
MOMENTS = st.integers(0, 10**6).map(lambda minutes: NOW + timedelta(minutes=minutes))


@cache
def rules() -> DetailRules:
    return DetailRules(read("details.yml"), read("amounts.yml"))


def find(text: str, now: datetime = NOW) -> list[Detail]:
    return rules().find(normalise_with_offsets(text), text, now)


def named(text: str) -> list[tuple[str, str | int]]:
    return [(detail.entity, detail.value) for detail in find(text)]


def hours(text: str, now: datetime = NOW) -> list[float | None]:
    return [detail.hours_ago for detail in find(text, now) if detail.entity == "when"]


def test_a_story_is_read_in_its_order() -> None:
    text = "昨晚十点用工行卡尾号1234转了三万五，他电话138 0000 0000，让我下载瞩目会议，会议号123-456-789，网址www.example.com/a"

    assert named(text) == [
        ("when", "昨晚十点"), ("bank", "中国工商银行"), ("account_tail", "1234"), ("amount", 3_500_000), ("phone", "13800000000"),
        ("app", "瞩目"), ("meeting_id", "123456789"), ("url", "www.example.com/a"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("先转5000又转两万", [("amount", 500_000), ("amount", 2_000_000)]),
        ("用建行转的", [("bank", "中国建设银行")]), ("ICBC的卡", [("bank", "中国工商银行")]), ("微信转账给他", [("bank", "微信支付")]),
        ("卡后四位是 5678", [("account_tail", "5678")]), ("1234结尾的卡", [("account_tail", "1234")]), ("[银行卡尾号1234]", [("account_tail", "1234")]),
        ("+86 138-0000-0000", [("phone", "8613800000000")]), ("400-000-0000打来的", [("phone", "4000000000")]), ("95000000打来的", [("phone", "95000000")]),
        ("0085200000000打来的", [("phone", "0085200000000")]), ("给13800000000转了2000", [("phone", "13800000000"), ("amount", 200_000)]),
        ("点了https://h5.example.top/abc?x=1。然后", [("url", "https://h5.example.top/abc?x=1")]), ("打开WWW.Example.com看", [("url", "WWW.Example.com")]),
        ("下载了一个叫“安逸助手”的APP", [("app", "安逸助手")]), ("让我下载小鹏金融app", [("app", "小鹏金融")]), ("一个叫金条客服的软件", [("app", "金条客服")]),
        ("用ToDesk远程", [("app", "ToDesk")]), ("在腾讯會議裡", [("app", "腾讯会议")]), ("会议号是12345678901", [("meeting_id", "12345678901")]),
    ],
)  # fmt: skip
def test_details_are_read(text: str, found: list[tuple[str, str | int]]) -> None:
    assert named(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "提前还款怎么操作", "其中行为不端", "成交行情", "平安无事", "手机尾号1234", "身份证后四位1234", "下载了他发的软件", "叫什么软件", "加我微信", "现在怎么办",
        "打96110", "打110报警", "一点都不好", "3号线", "13月40号", "25点", "2026年2月30日", "会议号1234", "3.14", "工单XB20261122-ABC234", "向日葵花",
    ],
)  # fmt: skip
def test_what_only_looks_like_a_detail_is_none(text: str) -> None:
    assert find(text) == []


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("昨晚十点", 16), ("今天下午3点40", 0), ("今早八点半", 5.5), ("今天10点", 4), ("前天", 38), ("昨天", 14), ("昨天3点", 23), ("上周三", 254), ("上周三晚上8点", 258),
        ("周五", 38), ("11月20日 15:30", 46.5), ("2026-11-20 10:05", 51.92), ("十一月二十号晚上十点一刻", 39.75), ("20号", 38), ("凌晨两点", 12),
        ("昨晚两点", 12), ("昨天半夜十二点", 14), ("中午十一点半", 2.5), ("晚上8点", 18), ("2:30", 11.5), ("3天前", 72), ("两个小时前", 2), ("刚刚", 0.25),
    ],
)  # fmt: skip
def test_hours_ago_are_reckoned_from_the_local_time(text: str, ago: float) -> None:
    assert hours(f"{text}转的") == [ago]


def test_a_day_to_pay_on_is_no_time_ago() -> None:
    assert hours("12月1日要还款") == []


@given(MOMENTS, st.integers(0, 48 * 60))
def test_date_and_time_are_read_to_the_minute(now: datetime, minutes: int) -> None:
    at = now - timedelta(minutes=minutes)

    assert hours(f"{at:%Y年%m月%d日%H:%M}转的", now) == [round(minutes / 60, 2)]


@given(
    MOMENTS,
    st.sampled_from(["昨晚", "昨天下午", "前天早上", "今天凌晨", "周三", "晚上"]),
    st.integers(1, 12),
)
def test_a_clock_within_a_day_stays_within_that_day(now: datetime, day: str, hour: int) -> None:
    (ago,) = hours(f"{day}{hour}点", now)

    assert ago is not None
    assert 0 <= ago <= 8 * 24


ODD = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from(
            "昨今前天晚上周三月日号点半一刻:：-/.0123456789万块元转尾号会议叫下载app“”工行http://www.com+ "
        ),
    )
)


@given(ODD, MOMENTS)
def test_any_text_gives_spans_within_it(text: str, now: datetime) -> None:
    found = find(text, now)

    assert all(0 <= detail.start < detail.end <= len(text) for detail in found)
    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(detail.hours_ago is None or detail.hours_ago >= 0 for detail in found)


def test_no_more_than_so_many_of_a_kind() -> None:
    found = find("转了500块 " * 100 + "13800000000 " * 50)

    assert {kind: sum(d.entity == kind for d in found) for kind in ("amount", "phone")} == {
        "amount": MOST_OF_A_KIND,
        "phone": MOST_OF_A_KIND,
    }


def test_entities_count_in_what_was_typed() -> None:
    text = "😭 我 被 騙 了 昨晚10點轉了5000塊到www.example.com"
    message = Message({TEXT: text})
    Normalizer().process([message])

    reader = DetailReader({}, None, None, {"details": read("details.yml"), "amounts": read("amounts.yml")})
    reader.process([message])

    entities = message.get(ENTITIES)
    assert [text[e["start"] : e["end"]] for e in entities] == ["昨晚10點", "5000塊", "www.example.com"]
    assert [e["value"] for e in entities] == ["昨晚10点", 500_000, "www.example.com"]
    assert ["hours_ago" in e for e in entities] == [True, False, False]

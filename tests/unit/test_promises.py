"""The table of promises: which durations it names, and what is refused."""

import copy
from typing import Any

import pytest
import yaml

from helpdesk.cases.model import Priority
from helpdesk.clocks.model import ClockKind
from helpdesk.clocks.policy import _FILE, promises, read_promises

WRITTEN: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))


def changed(kind: str, **fields: object) -> dict[str, Any]:
    loaded = copy.deepcopy(WRITTEN)
    loaded[kind] |= fields
    return loaded


@pytest.mark.parametrize(
    ("kind", "days", "source"),
    [
        (ClockKind.COMPLAINT, (15, 30, 60), "消费投诉处理管理办法"),
        (ClockKind.CREDIT_OBJECTION, (20,), "征信业管理条例第二十五条"),
        (ClockKind.REVIEW, (30,), "核查"),
    ],
    ids=["complaint", "credit objection", "review"],
)
def test_statutory_periods_name_their_source(kind: ClockKind, days: tuple[int, ...], source: str):
    promise = promises()[kind]

    assert promise.days == days
    assert source in promise.source
    assert not promise.waits_for_customer


@pytest.mark.parametrize("kind", [ClockKind.FIRST_REPLY, ClockKind.NEXT_REPLY])
def test_replies_are_promised_sooner_the_more_pressing_they_are(kind: ClockKind):
    working = [promises()[kind].working[priority.value] for priority in Priority]

    assert working == sorted(set(working))


def test_every_kind_must_be_promised():
    loaded = copy.deepcopy(WRITTEN)
    del loaded["review"]

    with pytest.raises(ValueError, match="review"):
        read_promises(loaded)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("complaint", {"days": []}),
        ("complaint", {"days": [30, 15]}),
        ("complaint", {"days": [15, 15]}),
        ("complaint", {"warn_days": [15]}),
        ("complaint", {"warn_days": [0]}),
        ("complaint", {"working_minutes": {"urgent": 5}}),
        ("first_reply", {"days": [1]}),
        ("first_reply", {"working_minutes": {"urgent": 5}}),
        ("first_reply", {"warn_minutes": {"urgent": 5, "high": 5, "normal": 10}}),
        ("first_reply", {"warn_minutes": {"urgent": 0, "high": 5, "normal": 10}}),
    ],
)
def test_impossible_promise_is_refused(kind: str, fields: dict[str, object]):
    with pytest.raises(ValueError, match=kind):
        read_promises(changed(kind, **fields))


def test_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="parcel"):
        read_promises(WRITTEN | {"parcel": WRITTEN["review"]})

"""The hash chain of a case's timeline: any changed byte is found."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from helpdesk.cases.model import CaseEvent
from helpdesk.cases.timeline import GENESIS, event_hash, first_broken

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def make_event(seq: int, previous_hash: str, **fields: Any) -> CaseEvent:
    event = CaseEvent(
        **{
            "case_id": "case-1",
            "seq": seq,
            "kind": "extended",
            "actor": "bot",
            "details": {"said": [f"第{seq}句"], "amount": 500_000},
            "at": AT + timedelta(minutes=seq),
            "previous_hash": previous_hash,
            "hash": "",
        }
        | fields
    )
    event.hash = event_hash(event)
    return event


@pytest.fixture
def timeline() -> list[CaseEvent]:
    events: list[CaseEvent] = []
    for seq in range(1, 5):
        events.append(make_event(seq, events[-1].hash if events else GENESIS))
    return events


def test_an_untouched_timeline_is_whole(timeline: list[CaseEvent]):
    assert first_broken(timeline) is None


def test_an_empty_timeline_is_whole():
    assert first_broken([]) is None


@pytest.mark.parametrize("place", range(4), ids=["first", "second", "third", "last"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("case_id", "case-2"),
        ("seq", 9),
        ("kind", "closed"),
        ("actor", "agent:1"),
        ("details", {"said": ["第1句。"], "amount": 500_000}),
        ("at", AT),
        ("previous_hash", "f" * 64),
        ("hash", "f" * 64),
    ],
    ids=["case", "seq", "kind", "actor", "details", "time", "previous hash", "hash"],
)
def test_a_changed_field_is_found_where_it_is(timeline: list[CaseEvent], place: int, name: str, value: object):
    setattr(timeline[place], name, value)

    assert first_broken(timeline) is timeline[place]


@pytest.mark.parametrize("place", range(3), ids=["first", "second", "third"])
def test_a_missing_event_is_found(timeline: list[CaseEvent], place: int):
    del timeline[place]

    assert first_broken(timeline) is timeline[place]


def test_swapped_events_are_found(timeline: list[CaseEvent]):
    timeline[1], timeline[2] = timeline[2], timeline[1]

    assert first_broken(timeline) is timeline[1]


def test_an_event_that_was_forged_with_its_own_hash_breaks_the_next_one(timeline: list[CaseEvent]):
    timeline[1] = make_event(2, timeline[0].hash, details={"said": ["别的话"]})

    assert first_broken(timeline) is timeline[2]


def test_the_order_of_names_in_the_details_does_not_matter():
    one = make_event(1, GENESIS, details={"a": 1, "b": 2})
    other = make_event(1, GENESIS, details={"b": 2, "a": 1})

    assert one.hash == other.hash

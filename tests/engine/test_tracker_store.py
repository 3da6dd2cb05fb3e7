"""Conversations as they are kept: whole, in order, and as cheap to read after a year as on the first day."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.engine.checkpoint import KEPT_MESSAGES, place_to_cut, summary
from bot.engine.tracker_store import MOST_EVENTS, DurableTrackerStore

DOMAIN = Domain.from_yaml("""
intents: [a]
slots:
  colour: {type: text, influence_conversation: false, mappings: [{type: custom}]}
  count: {type: float, influence_conversation: false, mappings: [{type: custom}]}
forms:
  some_form: {required_slots: [colour]}
responses:
  utter_a: [{text: a}]
""")


def a_turn(number: int, *, slot: str | None = None, loop: str | None = "unchanged") -> list[Event]:
    events: list[Event] = [UserUttered(f"message {number}", {"name": "a"}, message_id=str(number))]
    if slot is not None:
        events.append(SlotSet("colour", slot))
    if loop != "unchanged":
        events.append(ActiveLoop(loop))
    return [*events, ActionExecuted("utter_a"), BotUttered("a"), ActionExecuted("action_listen")]


BEGIN: list[Event] = [ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")]


async def take_turns(store: DurableTrackerStore, turns: list[list[Event]], sender: str = "one") -> list[int]:
    """Take turns as the channel does; return how many events each had to read."""
    lengths = []
    for events in turns:
        tracker = await store.get_or_create_tracker(sender, append_action_listen=False)
        lengths.append(len(tracker.events))
        tracker.update_with_events((BEGIN if not tracker.events else []) + events, DOMAIN)
        await store.save(tracker)
    return lengths


def texts(tracker: DialogueStateTracker) -> list[str]:
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


def test_reading_does_not_grow_with_the_conversation(tmp_path: Path) -> None:
    store = DurableTrackerStore(DOMAIN, db=str(tmp_path / "t.db"))
    turns = [a_turn(number, slot="red" if number == 3 else None) for number in range(200)]

    lengths = asyncio.run(take_turns(store, turns))
    tracker = asyncio.run(store.retrieve("one"))
    whole = asyncio.run(store.retrieve_full_tracker("one"))

    assert max(lengths) <= MOST_EVENTS + 10
    assert tracker.get_slot("colour") == "red"
    assert texts(tracker)[-KEPT_MESSAGES:] == [f"message {number}" for number in range(195, 200)]
    assert texts(whole) == [f"message {number}" for number in range(200)]


def test_an_open_form_is_never_cut(tmp_path: Path) -> None:
    store = DurableTrackerStore(DOMAIN, db=str(tmp_path / "t.db"))
    turns = [a_turn(0, loop="some_form"), *(a_turn(number) for number in range(1, 40))]

    asyncio.run(take_turns(store, turns))
    tracker = asyncio.run(store.retrieve("one"))

    assert tracker.active_loop_name == "some_form"
    assert len(texts(tracker)) == 40


@given(
    st.lists(
        st.tuples(
            st.sampled_from([None, None, "red", "blue"]), st.sampled_from(["unchanged", "unchanged", None, "some_form"])
        ),
        min_size=KEPT_MESSAGES + 1,
        max_size=40,
    )
)
@examples(max_examples=60, deadline=None)
def test_a_summary_leaves_the_conversation_as_it_was(turns: list[tuple[str | None, str | None]]) -> None:
    events = list(BEGIN)
    for number, (slot, loop) in enumerate(turns):
        events += a_turn(number, slot=slot, loop=loop)
    place = place_to_cut(events)
    if place is None:
        return

    whole = DialogueStateTracker.from_events("one", events, slots=DOMAIN.slots, domain=DOMAIN)
    cut = [*summary(events[:place], "one", DOMAIN), *events[place:]]
    short = DialogueStateTracker.from_events("one", cut, slots=DOMAIN.slots, domain=DOMAIN)

    assert isinstance(events[place], UserUttered)
    assert texts(short) == texts(whole)[-len(texts(short)) :]
    assert len(texts(short)) >= KEPT_MESSAGES
    assert short.current_slot_values() == whole.current_slot_values()
    assert short.active_loop_name == whole.active_loop_name
    assert short.latest_action_name == whole.latest_action_name


def test_rasas_own_store_reads_what_ours_wrote(tmp_path: Path) -> None:
    path = str(tmp_path / "t.db")
    asyncio.run(take_turns(DurableTrackerStore(DOMAIN, db=path), [a_turn(n, slot="blue") for n in range(30)]))

    tracker = asyncio.run(SQLTrackerStore(DOMAIN, db=path).retrieve("one"))

    assert texts(tracker) == [f"message {number}" for number in range(30)]


def test_a_conversation_that_rasa_stored_is_read_on(tmp_path: Path) -> None:
    path = str(tmp_path / "t.db")
    old = SQLTrackerStore(DOMAIN, db=path)
    tracker = asyncio.run(old.get_or_create_tracker("one", append_action_listen=False))
    tracker.update_with_events(BEGIN + a_turn(0, slot="red"), DOMAIN)
    asyncio.run(old.save(tracker))

    store = DurableTrackerStore(DOMAIN, db=path)
    asyncio.run(take_turns(store, [a_turn(1)]))

    read = asyncio.run(store.retrieve("one"))
    assert (texts(read), read.get_slot("colour")) == (["message 0", "message 1"], "red")


def test_nothing_is_stored_before_the_first_whole_turn(tmp_path: Path) -> None:
    store = DurableTrackerStore(DOMAIN, db=str(tmp_path / "t.db"))

    asyncio.run(store.get_or_create_tracker("one", append_action_listen=False))

    assert asyncio.run(store.retrieve("one")) is None


def test_a_row_that_cannot_be_read_is_an_error_and_not_a_new_conversation(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    store = DurableTrackerStore(DOMAIN, db=str(path))
    asyncio.run(take_turns(store, [a_turn(0), a_turn(1)]))
    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE events SET data = '{cut' WHERE id = 5"))

    with pytest.raises(ValueError, match="Expecting"):
        asyncio.run(store.retrieve("one"))


def test_a_locked_database_is_an_error_without_the_customers_words(tmp_path: Path) -> None:
    path = str(tmp_path / "t.db")
    store = DurableTrackerStore(DOMAIN, db=path)
    asyncio.run(take_turns(store, [a_turn(0)]))
    with store.engine.begin() as connection:
        connection.execute(sa.text("PRAGMA busy_timeout=50"))
    other = sa.create_engine(f"sqlite:///{path}").connect()
    other.execute(sa.text("BEGIN IMMEDIATE"))

    with pytest.raises(sa.exc.OperationalError) as error:
        asyncio.run(take_turns(store, [a_turn(1)]))

    assert "message 1" not in str(error.value)

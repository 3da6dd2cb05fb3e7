"""Where Rasa keeps conversations: its SQL store, made fit for one process with many short turns."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import FailSafeTrackerStore, SQLTrackerStore, TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import INTENT_NAME_KEY
from sqlalchemy.pool import QueuePool, StaticPool

from bot.engine.checkpoint import place_to_cut, summary

MEMORY = ":memory:"
BUSY_TIMEOUT_MILLISECONDS = 5000
# A conversation with more events than that is summed up: reading and predicting cost as much as they are long.
MOST_EVENTS = 60


class Checkpoint(SQLTrackerStore.Base):  # type: ignore[misc]  # SQLAlchemy 1.4 is not typed
    """What a conversation had come to at one of its events; those before it are kept, but no longer read."""

    __tablename__ = "checkpoints"

    sender_id = sa.Column(sa.String(255), primary_key=True)
    event_id = sa.Column(sa.Integer, nullable=False)
    # The summing-up events as JSON.
    data = sa.Column(sa.Text, nullable=False)


_EVENTS = SQLTrackerStore.SQLEvent.__table__
_CHECKPOINTS = Checkpoint.__table__
_TAIL = sa.Index("ix_events_sender_id_id", _EVENTS.c.sender_id, _EVENTS.c.id)
_OF_SENDER = _EVENTS.c.sender_id == sa.bindparam("sender")
_CHECKPOINT = sa.select(_CHECKPOINTS.c.event_id, _CHECKPOINTS.c.data).where(
    _CHECKPOINTS.c.sender_id == sa.bindparam("sender")
)
_ROWS = (
    sa.select(_EVENTS.c.type_name, _EVENTS.c.data)
    .where(_OF_SENDER, _EVENTS.c.id > sa.bindparam("after"))
    .order_by(_EVENTS.c.id)
)
_BEFORE = sa.select(_EVENTS.c.id).where(_OF_SENDER).order_by(_EVENTS.c.id.desc()).offset(sa.bindparam("kept")).limit(1)
_INSERT = sa.insert(_EVENTS)
# The statements above are run by the event loop's thread alone.
_ANY_THREAD = {"check_same_thread": False}


class DurableTrackerStore(SQLTrackerStore):
    """Rasa's SQL store: a write-ahead log on SQLite, a bounded tail, and no customers' words in its errors.

    The cost of a turn does not depend on how long the conversation has been going on: what is older than the last few
    turns is summed up now and then, at a moment when no form is open. All events stay in the table.
    """

    def __init__(self, domain: Domain | None = None, db: str = "rasa.db", **kwargs: Any) -> None:
        """Create the folder of an SQLite file as well; Rasa would retry forever without it."""
        if kwargs.get("dialect", "sqlite") == "sqlite" and db != MEMORY:
            Path(db).parent.mkdir(parents=True, exist_ok=True)
        super().__init__(domain, db=db, **kwargs)
        # SQLAlchemy quotes the bound values, which are whole messages, in every error text.
        self.engine.hide_parameters = True
        if self.engine.dialect.name == "sqlite":
            self._keep_connections()
        _TAIL.create(self.engine, checkfirst=True)

    def _keep_connections(self) -> None:
        """Open a connection once, not for every use; closing the last one also empties the log into the file."""
        url = self.engine.url
        self.engine.dispose()
        # One connection is one database in memory.
        pool = StaticPool if url.database in {None, "", MEMORY} else QueuePool
        self.engine = sa.create_engine(url, poolclass=pool, hide_parameters=True, connect_args=_ANY_THREAD)
        sa.event.listen(self.engine, "connect", _set_pragmas)
        self.Base.metadata.create_all(self.engine)
        self.sessionmaker = sa.orm.session.sessionmaker(bind=self.engine)

    async def create_tracker(self, sender_id: str, append_action_listen: bool = True) -> DialogueStateTracker:
        """Begin a conversation; Rasa would store it at once, we store it with its first whole turn."""
        tracker = self.init_tracker(sender_id)
        if append_action_listen:
            tracker.update(ActionExecuted(ACTION_LISTEN_NAME))
        tracker.stored_events = 0
        return tracker

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Read the last session of a conversation, from its checkpoint on.

        Raises:
            ValueError: A row cannot be read; an empty conversation instead would forget what the customer said.
        """
        if self.domain is None:
            return None
        with self.engine.connect() as connection:
            checkpoint = connection.execute(_CHECKPOINT, {"sender": sender_id}).first()
            after = checkpoint.event_id if checkpoint else 0
            rows = connection.execute(_ROWS, {"sender": sender_id, "after": after}).all()
        begun = [place for place, row in enumerate(rows) if row.type_name == SessionStarted.type_name]
        if begun:
            # As Rasa reads a session: from its start on.
            rows = rows[begun[-1] :]
        summed = json.loads(checkpoint.data) if checkpoint and not begun else []
        events = summed + [json.loads(row.data) for row in rows]
        if not events:
            return None
        tracker = DialogueStateTracker.from_dict(sender_id, events, self.domain.slots)
        tracker.stored_events = len(tracker.events)
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store what is new, and sum up a conversation that has become long."""
        stored = getattr(tracker, "stored_events", None)
        if stored is None:
            # Of no conversation that was read here; Rasa counts rows.
            await super().save(tracker)
        else:
            await self.stream_events(tracker)
            rows = [_row(tracker.sender_id, event) for event in islice(tracker.events, stored, None)]
            if rows:
                with self.engine.begin() as connection:
                    connection.execute(_INSERT, rows)
        tracker.stored_events = len(tracker.events)
        if len(tracker.events) > MOST_EVENTS:
            self._sum_up(tracker)

    def _sum_up(self, tracker: DialogueStateTracker) -> None:
        events: Sequence[Event] = list(tracker.events)
        place = place_to_cut(events)
        if place is None or self.domain is None:
            return
        summed = [event.as_dict() for event in summary(events[:place], tracker.sender_id, self.domain)]
        if len(summed) >= place:
            # Nothing would be gained.
            return
        with self.engine.begin() as connection:
            # The rows of a conversation are in the order of its events, so the cut is counted from the end.
            last = connection.execute(_BEFORE, {"sender": tracker.sender_id, "kept": len(events) - place}).scalar()
            if last is not None:
                values = {"sender_id": tracker.sender_id, "event_id": last, "data": json.dumps(summed)}
                connection.execute(sa.delete(_CHECKPOINTS).where(_CHECKPOINTS.c.sender_id == tracker.sender_id))
                connection.execute(sa.insert(_CHECKPOINTS), values)


def _row(sender_id: str, event: Event) -> dict[str, Any]:
    data = event.as_dict()
    return {
        "sender_id": sender_id,
        "type_name": event.type_name,
        "timestamp": data.get("timestamp"),
        "intent_name": data.get("parse_data", {}).get("intent", {}).get(INTENT_NAME_KEY),
        "action_name": data.get("name"),
        "data": json.dumps(data),
    }


def _set_pragmas(connection: Any, _: Any) -> None:
    """Let readers and the writer work at once, and wait for a lock instead of failing."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MILLISECONDS}")


def without_fallback(store: TrackerStore) -> TrackerStore:
    """Give the store itself instead of Rasa's fail-safe wrapper.

    The wrapper answers a database error with an empty conversation and keeps writes in memory. Here an
    error has to surface: the gateway then retries, or hands over to a person.
    """
    while isinstance(store, FailSafeTrackerStore):
        store = store._tracker_store
    return store

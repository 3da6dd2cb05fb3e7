"""Where Rasa keeps conversations: its SQL store, made fit for one process with many short turns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import FailSafeTrackerStore, SQLTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from sqlalchemy.engine import Engine

MEMORY = ":memory:"
BUSY_TIMEOUT_MILLISECONDS = 5000


class DurableTrackerStore(SQLTrackerStore):
    """Rasa's SQL store with a write-ahead log on SQLite, and without customers' words in its errors."""

    def __init__(self, domain: Domain | None = None, db: str = "rasa.db", **kwargs: Any) -> None:
        """Create the folder of an SQLite file as well; Rasa would retry forever without it."""
        if kwargs.get("dialect", "sqlite") == "sqlite" and db != MEMORY:
            Path(db).parent.mkdir(parents=True, exist_ok=True)
        super().__init__(domain, db=db, **kwargs)
        # SQLAlchemy quotes the bound values, which are whole messages, in every error text.
        self.engine.hide_parameters = True
        if self.engine.dialect.name == "sqlite":
            _use_write_ahead_log(self.engine)


def _use_write_ahead_log(engine: Engine) -> None:
    """Let readers and the writer work at once, and wait for a lock instead of failing."""

    def set_pragmas(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MILLISECONDS}")

    sa.event.listen(engine, "connect", set_pragmas)
    # The connections opened so far, for creating the tables, have not seen the pragmas.
    engine.dispose()


def without_fallback(store: TrackerStore) -> TrackerStore:
    """Give the store itself instead of Rasa's fail-safe wrapper.

    The wrapper answers a database error with an empty conversation and keeps writes in memory. Here an
    error has to surface: the gateway then retries, or hands over to a person.
    """
    while isinstance(store, FailSafeTrackerStore):
        store = store._tracker_store
    return store

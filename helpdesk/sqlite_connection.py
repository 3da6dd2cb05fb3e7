"""SQLite connections that do not change threads for every step.

aiosqlite runs each step of a statement (cursor, execute, fetch, close) in a thread of the connection's own. Statements
of ours take some ten microseconds; changing to the thread and back takes as long on a quiet machine and a hundred times
as long on a busy one, while the only writing connection is held. SQLAlchemy always fetches everything at once, so a
statement can be done in one go, and a brief one without any thread.
"""

import sqlite3
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from aiosqlite import Connection, Cursor

# Waits for other processes' transactions, for seconds if it must.
_MAY_WAIT = "BEGIN IMMEDIATE"


class _WholeCursor(Cursor):
    """A cursor that has fetched everything when `execute` returns."""

    _conn: "SqliteConnection"
    _rows: list[Any]

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> Cursor:
        """Run a statement and fetch what it found."""
        run = partial(self._run, sql, () if parameters is None else parameters)
        if self._conn.is_brief and sql != _MAY_WAIT:
            run()
        else:
            await self._conn.in_thread(run)
        return self

    def _run(self, sql: str, parameters: Any) -> None:
        self._cursor.execute(sql, parameters)
        self._rows = [] if self._cursor.description is None else self._cursor.fetchall()

    async def fetchall(self) -> Iterable[Any]:
        """Return what `execute` has fetched."""
        return self._rows

    async def close(self) -> None:
        """Close the cursor; nothing is left to be read, so this waits for nobody."""
        self._cursor.close()


class SqliteConnection(Connection):
    """A connection with such cursors.

    Where it `is_brief`, statements run in the event loop's own thread. What may have to wait (for a lock, for the disk)
    never does.
    """

    def __init__(self, connector: Callable[[], sqlite3.Connection], *, is_brief: bool) -> None:
        """Connect by `connector` when it is awaited."""
        super().__init__(connector, iter_chunk_size=64)
        self.is_brief = is_brief
        # An open connection must not keep a finished process alive.
        self._thread.daemon = True

    async def in_thread(self, run: Callable[[], None]) -> None:
        """Run something in the connection's own thread."""
        await self._execute(run)  # type: ignore[no-untyped-call]  # aiosqlite says nothing of it

    async def rollback(self) -> None:
        """Undo the transaction, or end one that has only read."""
        if self.is_brief:
            self._conn.rollback()
        else:
            await super().rollback()

    def cursor(self) -> Cursor:  # type: ignore[override]  # both can be awaited and entered, which is all that is done
        """Return a new cursor."""
        return _WholeCursor(self, self._conn.cursor())


def connector(*, is_brief: bool) -> Callable[..., SqliteConnection]:
    """Return what SQLAlchemy makes its connections with.

    Their objects are used by one coroutine at a time, but not always in the thread that made them: SQLite is made for
    that.
    """

    def connect(database: str, **options: Any) -> SqliteConnection:
        options["check_same_thread"] = False
        return SqliteConnection(lambda: sqlite3.connect(database, **options), is_brief=is_brief)

    return connect

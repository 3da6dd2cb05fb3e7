"""Database access: the declarative base, UTC times and transactions on SQLite or PostgreSQL."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, DateTime, Dialect, Enum, MetaData, String, TypeDecorator, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass

from helpdesk import sqlite_connection
from helpdesk.identifiers import ID_LENGTH

# Named constraints: Alembic can only change what has a name.
_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# A writer waits this long for another process's transaction; ours take milliseconds.
_SQLITE_BUSY_MILLISECONDS = 15_000

_TRIES = 3
# PostgreSQL: serialisation failure, deadlock.
_TRY_AGAIN = {"40001", "40P01"}

# Its debugging lines quote the parameters of every statement.
logging.getLogger("aiosqlite").setLevel(logging.INFO)

Json = dict[str, Any]


class UtcDateTime(TypeDecorator[datetime]):
    """UTC in, UTC out; SQLite would otherwise give naive times back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times and convert the others to UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a naive datetime cannot be stored"
            raise ValueError(message)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Mark what comes back as UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def id_column() -> String:
    """Return the column type of an identifier."""
    return String(ID_LENGTH)


def choice_column(choices: type[Any]) -> Enum:
    """Return a column type that stores the values of `choices` as text with a check constraint."""
    return Enum(
        choices,
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
        name=f"{choices.__name__.lower()}_known",
    )


class Base(MappedAsDataclass, DeclarativeBase, kw_only=True, eq=False):
    """Base of all tables: typed constructors, compared by identity."""

    metadata = MetaData(naming_convention=_NAMING)
    type_annotation_map: ClassVar = {datetime: UtcDateTime, dict[str, Any]: JSON, list[dict[str, object]]: JSON}


def is_sqlite(url: str) -> bool:
    """Return whether a database address names SQLite."""
    return make_url(url).get_backend_name() == "sqlite"


def _engine(url: str, *, begin: str, is_brief: bool = False, **options: Any) -> AsyncEngine:
    # An error's text would otherwise quote the parameters, and so what customers write, into the log.
    if not is_sqlite(url):
        return create_async_engine(url, hide_parameters=True, **options)
    connect_args = {"async_creator_fn": sqlite_connection.connector(is_brief=is_brief)}
    engine = create_async_engine(url, hide_parameters=True, connect_args=connect_args, **options)

    @event.listens_for(engine.sync_engine, "connect")
    def _configure(connection: Any, _record: object) -> None:
        # The driver's own transaction handling would begin too late and in the wrong mode.
        connection.isolation_level = None
        cursor = connection.cursor()
        # FULL: an acknowledged message must survive a power cut, not only a killed process.
        for pragma in (
            f"busy_timeout = {_SQLITE_BUSY_MILLISECONDS}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


class Database:
    """Opens transactions; the entry points own them, services only take the session."""

    def __init__(self, url: str) -> None:
        """Connect lazily to `url` (`sqlite+aiosqlite:///…` or `postgresql+psycopg://…`)."""
        self.url = url
        if is_sqlite(url):
            # One writing connection a process and IMMEDIATE transactions: writers queue up instead of failing when a
            # reading transaction tries to become a writing one.
            self._writer = _engine(
                url, begin="BEGIN IMMEDIATE", is_brief=True, pool_size=1, max_overflow=0, pool_timeout=30
            )
            self._reader = _engine(url, begin="BEGIN", pool_size=5, max_overflow=5)
            self._glancer = _engine(url, begin="BEGIN", is_brief=True, pool_size=5, max_overflow=5)
        else:
            self._writer = _engine(url, begin="", pool_size=10, max_overflow=10, pool_pre_ping=True)
            self._reader = self._glancer = self._writer
        self._writing = async_sessionmaker(self._writer, expire_on_commit=False)
        self._reading = async_sessionmaker(self._reader, expire_on_commit=False)
        self._glancing = async_sessionmaker(self._glancer, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Yield a session that commits on a clean exit and rolls back on an exception."""
        async with self._writing() as session, session.begin():
            yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """Yield a session for reading; nothing done with it is saved."""
        async with self._reading() as session:
            yield session

    @asynccontextmanager
    async def glancing(self) -> AsyncIterator[AsyncSession]:
        """Yield a session for reading a few rows by their keys, as is done for every message.

        On SQLite nothing else goes on meanwhile: searches and reports are for `reading`.
        """
        async with self._glancing() as session:
            yield session

    async def retrying[T](self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """Run `work` in a transaction, again from the start when another one got in its way.

        For work that only touches the database: a unique row that somebody else has just written is found by the next
        try.

        Raises:
            IntegrityError, OperationalError: The last try failed too.
        """
        for _ in range(_TRIES - 1):
            try:
                async with self.transaction() as session:
                    return await work(session)
            except IntegrityError:
                continue
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", None) not in _TRY_AGAIN:
                    raise
        async with self.transaction() as session:
            return await work(session)

    async def close(self) -> None:
        """Give all connections back."""
        await self._writer.dispose()
        if self._reader is not self._writer:
            await self._reader.dispose()
            await self._glancer.dispose()

    @property
    def engine(self) -> AsyncEngine:
        """The writing engine, for migrations and tests."""
        return self._writer

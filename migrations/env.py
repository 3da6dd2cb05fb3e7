"""Runs migrations on the database that the settings name, or on the one that a caller passes in."""

import asyncio

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from helpdesk.database import UtcDateTime
from helpdesk.settings import Settings
from helpdesk.tables import is_described, metadata


def _url() -> str:
    return str(context.config.attributes.get("url") or Settings.load().database_url)


def _render_item(kind: str, item: object, _context: object) -> str | bool:
    # A migration must keep working when our own types have changed.
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def _migrate(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        # Set once, here: the switch needs the file for itself, and the first processes all open it at the same moment.
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=metadata,
        # SQLite changes a table only by copying it.
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        include_name=is_described,
        render_item=_render_item,
    )
    with context.begin_transaction():
        context.run_migrations()


async def _run() -> None:
    engine = create_async_engine(_url())
    async with engine.connect() as connection:
        await connection.run_sync(_migrate)
        await connection.commit()
    await engine.dispose()


asyncio.run(_run())

"""Migrations: an empty database becomes what the models say, and goes back."""

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import create_async_engine

from helpdesk.tables import is_described, metadata
from tests import databases


async def looked_at(url: str, look):
    """Return what `look` finds on a synchronous connection."""
    engine = create_async_engine(url)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(look)
    finally:
        await engine.dispose()


def differences(connection: Connection) -> list[object]:
    opts = {"compare_type": True, "include_name": is_described}
    return compare_metadata(MigrationContext.configure(connection, opts=opts), metadata)


def check_constraints(connection: Connection) -> dict[tuple[str, str], str]:
    inspector = inspect(connection)
    return {
        (table, str(check["name"])): check["sqltext"]
        for table in metadata.tables
        for check in inspector.get_check_constraints(table)
    }


def table_names(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


async def test_upgrading_an_empty_database_gives_what_the_models_say(empty_database_url: str):
    databases.upgrade(empty_database_url)

    assert await looked_at(empty_database_url, differences) == []


async def test_migrations_create_every_check_constraint_of_the_models(empty_database_url: str):
    engine = create_async_engine(empty_database_url)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        wanted = await connection.run_sync(check_constraints)
        await connection.run_sync(metadata.drop_all)
    await engine.dispose()

    databases.upgrade(empty_database_url)

    assert wanted
    assert await looked_at(empty_database_url, check_constraints) == wanted


async def test_upgrading_twice_changes_nothing(database_url: str):
    databases.upgrade(database_url)

    assert await looked_at(database_url, differences) == []


async def test_downgrading_leaves_no_table_behind(database_url: str):
    databases.downgrade(database_url, "base")

    assert await looked_at(database_url, table_names) == {"alembic_version"}


async def test_a_downgraded_database_can_be_upgraded_again(database_url: str):
    databases.downgrade(database_url, "base")

    databases.upgrade(database_url)

    assert await looked_at(database_url, differences) == []

"""The desk of tests/properties on PostgreSQL, where what happens at once really does."""

from pathlib import Path

from tests.databases import PostgresServer
from tests.properties.test_desk import play

# Each one costs a database; SQLite's run has more.
_EXAMPLES = 4


def test_desk_stays_whole_whatever_happens_on_postgresql(postgres_server: PostgresServer, tmp_path: Path):
    used: list[str] = []

    def new_database() -> str:
        used.append(postgres_server.create_database())
        return used[-1]

    try:
        play(new_database, tmp_path, examples=_EXAMPLES)
    finally:
        for url in used:
            postgres_server.drop_database(url)

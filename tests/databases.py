"""Databases for tests: a migrated template of each kind, copied afresh for every test."""

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
_TEMPLATE = "xiaobao_template"
_START_SECONDS = 30
_STOP_SECONDS = 30
_PRIVATE = {"listen_addresses": ""}
# Nothing has to survive the test session.
_SERVER_OPTIONS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", **_PRIVATE}


def sqlite_url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


def upgrade(url: str, revision: str = "head") -> None:
    """Apply the migrations; in a thread, for they run an event loop of their own."""
    _alembic(command.upgrade, url, revision)


def downgrade(url: str, revision: str) -> None:
    """Undo the migrations down to `revision`."""
    _alembic(command.downgrade, url, revision)


def _alembic(run: Callable[[Config, str], None], url: str, revision: str) -> None:
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["url"] = url
    with ThreadPoolExecutor(1) as pool:
        pool.submit(run, config, revision).result()


def migrated_sqlite(path: Path) -> Path:
    """Create a migrated SQLite file to copy from."""
    upgrade(sqlite_url(path))
    return path


class PostgresServer:
    """A server of our own, from Debian's binaries, on a Unix socket in a temporary directory."""

    def __init__(self, binaries: Path, *, is_durable: bool = False) -> None:
        """Create the cluster, start it and migrate the template; a durable one writes as in production."""
        self._binaries = binaries
        # PostgreSQL refuses to run as root.
        self._user = "postgres" if os.geteuid() == 0 else None
        # Not below pytest's own directory: that is closed to others, and a socket's path must be short.
        self._folder = Path(tempfile.mkdtemp(prefix="xb-pg-"))
        if self._user is not None:
            shutil.chown(self._folder, self._user)
        self._names = (f"test_{number}" for number in itertools.count(1))
        self._keeper = self._start_keeper()
        self._run("initdb", "--no-sync", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C")
        settings = {**(_PRIVATE if is_durable else _SERVER_OPTIONS), "unix_socket_directories": str(self._folder)}
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        self._run(
            "pg_ctl", "start", "--wait", f"--timeout={_START_SECONDS}", f"--log={self._folder}/log", "-o", options
        )
        try:
            self._admin = psycopg.connect(f"host={self._folder} user=postgres dbname=postgres", autocommit=True)
            self._admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(_TEMPLATE)))
            upgrade(self._url(_TEMPLATE))
        except BaseException:
            self.stop()
            raise

    def create_database(self, *, migrated: bool = True) -> str:
        """Return the address of a new database."""
        name, template = next(self._names), _TEMPLATE if migrated else "template0"
        # On a busy machine several times as fast as the default.
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        self._admin.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return self._url(name)

    def drop_database(self, url: str) -> None:
        """Drop a database, with whatever is still connected to it."""
        name = url.partition("@/")[2].partition("?")[0]
        self._admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    @property
    def pid(self) -> int:
        """The server's first process, whose children do the work."""
        return int((self._folder / "data" / "postmaster.pid").read_text(encoding="utf-8").split()[0])

    def stop(self) -> None:
        """Stop at once and remove everything."""
        if hasattr(self, "_admin"):
            self._admin.close()
        self._keeper.communicate(timeout=_STOP_SECONDS)

    def _start_keeper(self) -> subprocess.Popen[bytes]:
        """Return a process that cleans up once we close its input, or once we are gone, however that came."""
        script = 'read -r _; "$1/pg_ctl" stop --silent --mode=immediate --pgdata="$2/data" 2>&-; rm -rf "$2"'
        return subprocess.Popen(
            ["/bin/sh", "-c", script, "keeper", self._binaries, self._folder],
            user=self._user,
            cwd="/",
            stdin=subprocess.PIPE,
            # Ctrl-C at the terminal is for the tests, not for who cleans up after them.
            start_new_session=True,
        )

    def _url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self._folder}"

    def _run(self, program: str, *arguments: str) -> None:
        command_line = [self._binaries / program, f"--pgdata={self._folder}/data", *arguments]
        done = subprocess.run(
            command_line, user=self._user, cwd=self._folder, capture_output=True, text=True, timeout=60
        )
        if done.returncode != 0:
            raise RuntimeError(f"{program} failed: {done.stdout}{done.stderr}")


def start_postgres(*, is_durable: bool = False) -> PostgresServer:
    """Start a server; without PostgreSQL that is a failure in CI and a skip elsewhere."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    found = installed[-1] if installed else shutil.which("initdb")
    if found is None:
        reason = "PostgreSQL is not installed (apt-get install postgresql)"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    return PostgresServer(Path(found).parent, is_durable=is_durable)

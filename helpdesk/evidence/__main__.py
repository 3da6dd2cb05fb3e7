"""Export a case from the command line: `python -m helpdesk.evidence CASE_NUMBER [--output DIR] [--reason TEXT]`."""

import argparse
import asyncio
import getpass
import os
import sys
from pathlib import Path

from helpdesk.database import Database
from helpdesk.errors import CaseNotFoundError
from helpdesk.evidence import store
from helpdesk.evidence.model import Pack
from helpdesk.evidence.service import export_case
from helpdesk.files.storage import FolderStorage, Storage
from helpdesk.settings import Settings
from helpdesk.texts import text

_ACTOR_MOST = 64


async def export(database: Database, storage: Storage, number: str, *, by: str, reason: str) -> Pack:
    """Export a case and note it.

    Raises:
        CaseNotFoundError: There is none with this number.
    """
    async with database.transaction() as session:
        case = await store.lock_case(session, number)
        return await export_case(session, case, by=by, reason=reason, storage=storage)


def save(pack: Pack, folder: Path) -> Path:
    """Write a pack into a folder, readable to its owner only: it names a victim.

    Raises:
        FileExistsError: The file is there already.
    """
    path = folder / pack.file_name
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "wb") as opened:
        opened.write(pack.content)
    return path


def _operator() -> str:
    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        # A container's user may have a number only.
        name = str(os.getuid())
    return f"operator:{name}"[:_ACTOR_MOST]


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m helpdesk.evidence", description=__doc__)
    parser.add_argument("number", metavar="CASE_NUMBER")
    parser.add_argument("--output", metavar="DIR", type=Path, default=Path(), help="an existing folder (default: here)")
    parser.add_argument(
        "--reason", metavar="TEXT", default=text("evidence", "command_reason"), help="why, for the audit"
    )
    parsed = parser.parse_args(arguments)
    if not parsed.output.is_dir():
        parser.error(f"--output: {parsed.output} is not a folder")
    if not parsed.reason.strip():
        parser.error("--reason: empty")
    return parsed


async def main(arguments: list[str], database: Database, storage: Storage) -> int:
    """Run the command; return its exit code."""
    asked = _parse(arguments)
    try:
        pack = await export(database, storage, asked.number, by=_operator(), reason=asked.reason.strip())
    except CaseNotFoundError:
        sys.stderr.write(f"{text('errors', 'case_not_found')}\n")
        return 1
    try:
        path = save(pack, asked.output)
    except OSError as error:
        # The export stays on the case's timeline: it took place, though nobody has got it.
        sys.stderr.write(f"{text('evidence', 'command_not_written', problem=error)}\n")
        return 1
    sys.stdout.write(f"{text('evidence', 'command_written', path=path)}\n")
    sys.stdout.write(f"{text('evidence', 'command_digests', head=pack.head, digest=pack.manifest_sha256)}\n")
    return 0


async def _run() -> int:
    settings = Settings.load()
    database = Database(settings.database_url)
    try:
        return await main(sys.argv[1:], database, FolderStorage(settings.files_dir))
    finally:
        await database.close()


if __name__ == "__main__":
    sys.exit(asyncio.run(_run()))

"""Check the audit trail: `python -m helpdesk.audit` ends with 0 only if no row was changed, removed or added."""

import asyncio
import sys

from helpdesk.audit.verify import verify
from helpdesk.database import Database
from helpdesk.settings import Settings
from helpdesk.texts import text


async def main(database: Database) -> int:
    """Run the check, print what it finds and return the exit code."""
    async with database.reading() as session:
        verdict = await verify(session)
    found = "audit_whole" if verdict.broken_at is None else "audit_broken"
    sys.stdout.write(
        f"{text('audit', found, entries=verdict.entries, head=verdict.head, place=verdict.broken_at or 0)}\n"
    )
    return 0 if verdict.broken_at is None else 1


async def _run() -> int:
    database = Database(Settings.load().database_url)
    try:
        return await main(database)
    finally:
        await database.close()


if __name__ == "__main__":
    sys.exit(asyncio.run(_run()))

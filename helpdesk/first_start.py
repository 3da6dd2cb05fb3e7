"""What only the first start does: `python -m helpdesk.first_start` creates the first administrator."""

import asyncio
import sys

from helpdesk import audit
from helpdesk.agents import passwords, service
from helpdesk.agents.model import Role
from helpdesk.database import Database
from helpdesk.settings import Settings
from helpdesk.texts import text

USERNAME = "admin"


async def create_first_administrator(database: Database) -> str | None:
    """Create an administrator where nobody is registered; return the one-time password, shown only here."""
    password = passwords.one_time_password()
    password_hash = passwords.hash_password(password)
    async with database.transaction() as session:
        if await service.has_agents(session):
            return None
        agent = await service.add_agent(
            session,
            username=USERNAME,
            name=text("desk", "first_administrator"),
            role=Role.ADMINISTRATOR,
            password_hash=password_hash,
        )
        audit.record(session, actor="system", action="first_administrator", subject=f"agent:{agent.id}")
    return password


async def _main() -> None:
    database = Database(Settings.load().database_url)
    try:
        password = await create_first_administrator(database)
    finally:
        await database.close()
    if password is not None:
        sys.stdout.write(f"{text('desk', 'first_password', username=USERNAME, password=password)}\n")


if __name__ == "__main__":
    asyncio.run(_main())

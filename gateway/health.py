"""Whether the process lives, and whether it can do its work."""

from aiohttp import web
from sqlalchemy import text as sql
from sqlalchemy.exc import SQLAlchemyError

from gateway.keys import BOT, DATABASE


async def healthz(_request: web.Request) -> web.Response:
    """GET /healthz: the process answers."""
    return web.json_response({"status": "ok"})


async def readyz(request: web.Request) -> web.Response:
    """GET /readyz: the database and the bot answer too; without the bot, customers still reach people."""
    try:
        async with request.app[DATABASE].reading() as session:
            await session.execute(sql("SELECT 1"))
        database = True
    except SQLAlchemyError:
        database = False
    bot = await request.app[BOT].is_ready()
    status = 200 if database and bot else 503
    return web.json_response({"database": database, "bot": bot}, status=status)

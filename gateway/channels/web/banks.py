"""The banks' and payment apps' official numbers, public: a victim chooses one and dials."""

from functools import cache
from pathlib import Path

import yaml
from aiohttp import web

from helpdesk.database import Json

_FILE = Path(__file__).resolve().parents[3] / "texts" / "triage.yml"
_SHOWN = ("id", "title", "call", "note")


@cache
def _banks() -> list[Json]:
    loaded = yaml.safe_load(_FILE.read_text(encoding="utf-8"))["banks"]
    return [{name: bank[name] for name in _SHOWN} for bank in loaded]


async def get_banks(_request: web.Request) -> web.Response:
    """GET /banks."""
    return web.json_response({"banks": _banks()})


def routes() -> list[web.RouteDef]:
    """Return the route on banks."""
    return [web.get("/api/v1/banks", get_banks, allow_head=False)]

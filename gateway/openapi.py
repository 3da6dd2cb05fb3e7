"""The description of the customer API, served from a file beside this one."""

import json
from functools import cache
from pathlib import Path

import yaml
from aiohttp import web

_FILE = Path(__file__).with_name("openapi.yml")


@cache
def _description() -> str:
    return json.dumps(yaml.safe_load(_FILE.read_text(encoding="utf-8")), ensure_ascii=False)


async def get_openapi(_request: web.Request) -> web.Response:
    """GET /api/v1/openapi.json."""
    return web.Response(text=_description(), content_type="application/json")

"""A stand-in for the bot as a process: `python -m tests.load.bot --port 5005`; answers every question after 15 ms."""

import argparse
import asyncio
import hmac
import os
from typing import Any

from aiohttp import web

from tests.factories import make_nlu

# What the real bot takes for a turn, in the median.
_TURN_SECONDS = 0.015

Json = dict[str, Any]


def _check(request: web.Request) -> None:
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {os.environ['BOT_TOKEN']}".encode()):
        raise web.HTTPUnauthorized


async def turn(request: web.Request) -> web.Response:
    """Answer with the question: the same message gets the same answer, also from a process that was started anew."""
    _check(request)
    asked: Json = await request.json()
    await asyncio.sleep(_TURN_SECONDS)
    reply = {"response": "utter_scripted", "text": f"答：{asked['text']}"}
    return web.json_response({"replies": [reply], "nlu": make_nlu(), "state": {"active_loop": None, "slots": {}}})


async def parse(request: web.Request) -> web.Response:
    """Notice nothing."""
    _check(request)
    await asyncio.sleep(_TURN_SECONDS)
    return web.json_response({"nlu": make_nlu()})


async def ready(request: web.Request) -> web.Response:
    _check(request)
    return web.json_response({"model": "stand-in.tar.gz"})


def main() -> None:
    """Listen on loopback until stopped."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    app = web.Application()
    app.add_routes(
        [
            web.post("/webhooks/gateway/turn", turn),
            web.post("/webhooks/gateway/parse", parse),
            web.get("/webhooks/gateway/ready", ready),
        ]
    )
    web.run_app(app, host="127.0.0.1", port=parser.parse_args().port, access_log=None, print=None)


if __name__ == "__main__":
    main()

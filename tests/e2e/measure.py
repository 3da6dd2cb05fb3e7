"""Latency figures on three real processes: `python -m tests.e2e.measure`; prints a table, asserts nothing."""

import asyncio
import re
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp

from tests.e2e.stack import Stack

_ROUNDS = 100
_QUESTIONS = ["提前还款怎么操作", "逾期几天会上征信", "怎么查征信报告", "你好", "还款方式有哪些"]
_PASSWORD = "a password for measuring"


class _Customer:
    """A customer on the socket."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http, self._url = http, url

    async def join(self) -> None:
        async with self._http.post(f"{self._url}/api/v1/sessions") as answer:
            token = (await answer.json())["session"]
        self.socket = await self._http.ws_connect(f"{self._url}/api/v1/socket")
        await self.socket.send_json({"t": "auth", "v": 1, "token": token, "last_seq": 0})

    async def say(self, text: str) -> None:
        await self.socket.send_json({"t": "msg", "cid": secrets.token_hex(8), "text": text})

    async def wait_for(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        while True:
            frame: dict[str, Any] = await self.socket.receive_json(timeout=30)
            if wanted(frame):
                return frame


def _from(sender: str) -> Callable[[dict[str, Any]], bool]:
    return lambda frame: frame["t"] == "msg" and frame["sender"] == sender


async def _bot_replies(http: aiohttp.ClientSession, url: str) -> list[float]:
    took = []
    for number in range(_ROUNDS):
        if number % len(_QUESTIONS) == 0:
            # The limit on messages is for one customer; ten questions each stay below it.
            customer = _Customer(http, url)
            await customer.join()
        began = time.perf_counter()
        await customer.say(_QUESTIONS[number % len(_QUESTIONS)])
        await customer.wait_for(_from("bot"))
        took.append(time.perf_counter() - began)
    return took


async def _agent_replies(http: aiohttp.ClientSession, url: str, one_time: str) -> tuple[list[float], list[float]]:
    desk = f"{url}/desk/api"
    csrf = await _sign_in(http, desk, one_time)
    await http.post(f"{desk}/password", json={"current": one_time, "new": _PASSWORD}, headers=csrf)
    customer = _Customer(http, url)
    await customer.join()
    await customer.say("转人工")
    state = await customer.wait_for(lambda frame: frame["t"] == "state" and frame["owner"] == "queued")
    conversation = state["conv"]
    await http.post(f"{desk}/conversations/{conversation}/claim", headers=csrf)
    socket = await http.ws_connect(f"{url}/desk/socket", headers={"Origin": url})
    await socket.send_json({"t": "open", "conv": conversation, "after": 0})
    to_customer, to_agent = [], []
    for number in range(_ROUNDS):
        began = time.perf_counter()
        fields = {"client_id": f"a{number}", "text": f"回复{number}"}
        await http.post(f"{desk}/conversations/{conversation}/messages", json=fields, headers=csrf)
        await customer.wait_for(_from("agent"))
        to_customer.append(time.perf_counter() - began)
        began = time.perf_counter()
        text = f"补充{number}"
        await customer.say(text)
        while True:
            frame = await socket.receive_json(timeout=30)
            if frame["t"] == "msg" and frame["text"] == text:
                break
        to_agent.append(time.perf_counter() - began)
        await asyncio.sleep(0.55)
    return to_customer, to_agent


async def _sign_in(http: aiohttp.ClientSession, desk: str, password: str) -> dict[str, str]:
    async with http.post(f"{desk}/login", json={"username": "admin", "password": password}) as answer:
        return {"X-CSRF-Token": (await answer.json())["csrf"]}


def _line(name: str, seconds: list[float]) -> str:
    ordered = sorted(seconds)
    p50, p95 = statistics.median(ordered), ordered[int(0.95 * len(ordered))]
    return f"{name:<42} n={len(ordered):<4} p50 {p50 * 1000:7.1f} ms   p95 {p95 * 1000:7.1f} ms"


async def _measure(stack: Stack, one_time: str) -> None:
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        bot = await _bot_replies(http, stack.url)
        to_customer, to_agent = await _agent_replies(http, stack.url, one_time)
    for name, seconds in (
        ("customer's message to bot's reply", bot),
        ("agent's reply to customer's screen", to_customer),
        ("customer's message to agent's screen", to_agent),
    ):
        sys.stdout.write(_line(name, seconds) + "\n")


def main() -> None:
    """Start the stack, measure, stop it."""
    with tempfile.TemporaryDirectory() as folder:
        stack = Stack(Path(folder))
        printed = stack.prepare()
        found = re.search(r"\s(\S+)（", printed)
        if found is None:
            sys.exit(printed)
        try:
            stack.start()
            asyncio.run(_measure(stack, found[1]))
        finally:
            stack.stop()


if __name__ == "__main__":
    main()

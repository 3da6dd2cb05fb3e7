"""A customer of the host app of whom the bot suspects something, for the tests of the desk's calls on flags."""

import time
from typing import Any

import jwt

from tests.factories import make_nlu
from tests.fakes import FakeBot, says
from tests.integration.gateway.clients import AgentClient, Customer
from tests.integration.gateway.conftest import Gateway

HOST_APP_SECRET = "a secret of the host app, long enough for HS512 as well, 64 bytes or more"
WORDS = "我想做征信修复"
REASON = "核对过聊天记录"
Json = dict[str, Any]


def gray(kind: str = "credit_repair") -> Json:
    return {"type": kind, "spans": [{"start": 3, "end": 7, "label": kind}], "score": 0.8}


async def host_customer(gateway: Gateway, subject: str = "user-7", name: str = "王小明") -> Customer:
    """Return a customer whom the host app has signed in."""
    now = int(time.time())
    claims = {"sub": subject, "name": name, "aud": "xiaobao", "iat": now, "exp": now + 300}
    return await gateway.customer(token=jwt.encode(claims, HOST_APP_SECRET, algorithm="HS256"))


async def arouse_suspicion(customer: Customer, bot: FakeBot, text: str = WORDS, cue: Json | None = None) -> None:
    """Say something that the bot flags, and wait for its answer."""
    bot.on(text, says("没有这种业务。", nlu=make_nlu(gray=cue or gray())))
    after = max((message["seq"] for message in await customer.transcript()), default=0)
    await customer.say(text)
    await customer.hear("没有这种业务", after=after)


async def only_flag(agent: AgentClient) -> Json:
    [flag] = (await agent.get("/flags"))["flags"]
    return dict(flag)


async def confirm(agent: AgentClient, flag: Json, role: str = "victim") -> Json:
    return dict((await agent.do(f"/flags/{flag['id']}/confirm", {"role": role, "note": REASON}))["flag"])

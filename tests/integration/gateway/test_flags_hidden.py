"""A flagged customer's app is told nothing of it: every customer call answers as it would without a flag."""

import re
from typing import Any

import pytest
from aiohttp import web

from gateway.channels.web import api
from helpdesk.agents.model import Role
from helpdesk.texts import titles
from tests.fake_host import SECRET
from tests.fakes import FakeBot, says
from tests.integration.gateway.clients import AgentClient, Customer
from tests.integration.gateway.conftest import Gateway, Settle, StartGateway
from tests.integration.gateway.flag_scenes import (
    HOST_APP_SECRET,
    Json,
    arouse_suspicion,
    confirm,
    gray,
    host_customer,
    only_flag,
)

SENTENCE = "有人说能帮我办，可以吗"
NOTE = "内部研判意见"
# What only somebody who knows of the flag could say. The type's own name is a word that articles use, too.
TELLING = re.compile(r"gray|suspect|flag|疑似|疑点|嫌疑|研判|风险提示|credit_repair\b|operator|跑分嫌疑")
# Different for any two customers, as Python shows it.
OWN = re.compile(
    r"[0-9a-f]{40}|XB\d{8}-\w{6}|\d{4}-\d\d-\d\dT[\d:.+]+|'session': '[^']+'|'(?:position|ahead)': \d+|第 \d+ 位"
    # Who they are to the host, hidden but for the end.
    r"|\*{4}er-\d"
)


@pytest.fixture
async def gateway(start_gateway: StartGateway) -> Gateway:
    # Nobody listens there: what is sent stays in the outbox.
    notice = {"NOTICE_URL": "http://127.0.0.1:9/hook", "NOTICE_SECRET": SECRET}
    return await start_gateway(HOST_APP_SECRET=HOST_APP_SECRET, **notice)


@pytest.fixture
async def boss(gateway: Gateway) -> AgentClient:
    return await gateway.agent("boss", Role.SUPERVISOR, name="主管")


async def through_everything(gateway: Gateway, boss: AgentClient, flagged: Customer, bot: FakeBot) -> Json:
    """Have a customer confirmed as an operator, notified and appealed; return the flag."""
    await arouse_suspicion(flagged, bot, SENTENCE)
    flag = await only_flag(boss)
    await confirm(boss, flag, "operator")
    await boss.do(f"/flags/{flag['id']}/notice")
    await boss.do(f"/flags/{flag['id']}/appeal", {"note": NOTE})
    return flag


def walk() -> list[tuple[str, str, Any]]:
    """Return a call for every route of the customer API."""
    bodies: dict[tuple[str, str], Any] = {
        ("POST", "/sessions"): {},
        ("POST", "/messages"): {"client_id": "walk-1", "text": "进度怎么样了"},
        ("POST", "/ratings"): {"conversation": "{conversation}", "score": 5},
        ("POST", "/checklist"): {"message": "{message}", "step": "stop", "done": True},
    }
    queries = {"/articles": "?q=费用", "/checklist": "?conversation={conversation}"}
    calls = []
    for route in api.routes():
        assert isinstance(route, web.RouteDef)
        path = route.path.removeprefix("/api/v1")
        shown = re.sub(r"\{id:.*\}", "repay_early", path)
        query = queries.get(path, "") if route.method == "GET" else ""
        calls.append((route.method, shown + query, bodies.get((route.method, path))))
    return calls


async def answers(customer: Customer, settled: Settle) -> list[str]:
    """Return what the customer API says to one customer, call by call."""
    message = (await customer.transcript())[0]["id"]
    heard = []
    for method, path, body in walk():
        own = {"{conversation}": customer.conversation, "{message}": message}
        path = path.replace("{conversation}", customer.conversation)
        if body is not None:
            body = {name: own.get(value, value) if isinstance(value, str) else value for name, value in body.items()}
        response = await customer.call(method, path, body)
        # The bot's answer belongs to what the next call shows.
        await settled()
        # Read and shown again: on the wire every Chinese character is an escape that no search would find.
        heard.append(f"{method} {path.replace(customer.conversation, '')} {response.status} {await response.json()}")
    return heard


def plain(said: str) -> str:
    return OWN.sub("…", said)


async def test_every_customer_call_answers_a_flagged_customer_as_any_other(
    gateway: Gateway, boss: AgentClient, bot: FakeBot, settled: Settle
) -> None:
    flagged, other = await host_customer(gateway), await host_customer(gateway, "user-8")
    flag = await through_everything(gateway, boss, flagged, bot)
    bot.on(SENTENCE, says("没有这种业务。"))
    await other.say(SENTENCE)
    await other.hear("没有这种业务")

    told, untold = await answers(flagged, settled), await answers(other, settled)
    told += [str(await flagged.transcript())]
    untold += [str(await other.transcript())]

    assert len(told) == len(api.routes()) + 1
    assert [plain(one) for one in told] == [plain(one) for one in untold]
    heard = "\n".join(told)
    assert TELLING.findall(heard) == []
    assert not any(word in heard for word in (flag["id"], NOTE, *titles("gray").values()))


async def test_customer_socket_tells_a_flagged_customer_nothing(
    gateway: Gateway, boss: AgentClient, bot: FakeBot
) -> None:
    flagged = await host_customer(gateway)
    socket = await flagged.connect()
    flag = await through_everything(gateway, boss, flagged, bot)

    await socket.send(t="sync", conv=flagged.conversation, after=0)
    await socket.next("batch")
    await socket.quiet()

    heard = str(socket.seen)
    assert "没有这种业务" in heard
    assert TELLING.findall(heard) == []
    assert flag["id"] not in heard
    assert NOTE not in heard


async def test_queue_and_card_show_a_flagged_customer_as_any_other(
    gateway: Gateway, boss: AgentClient, bot: FakeBot
) -> None:
    before, flagged, after = [await host_customer(gateway, f"user-{n}", "王小明") for n in (1, 2, 3)]
    await through_everything(gateway, boss, flagged, bot)
    for other in (before, after):
        bot.on(SENTENCE, says("没有这种业务。"))
        await other.say(SENTENCE)
        await other.hear("没有这种业务")
    for one in (before, flagged, after):
        await one.post("/handoff")

    entries = (await boss.get("/queue"))["entries"]
    details = [await boss.claim(entry["conversation"]) for entry in entries]

    assert [entry["conversation"] for entry in entries] == [one.conversation for one in (before, flagged, after)]
    assert len({plain(str(entry)) for entry in entries}) == 1
    assert len({plain(str(detail)) for detail in details}) == 1


def test_a_telling_answer_would_be_noticed() -> None:
    assert TELLING.search(str({"gray": gray()}))
    assert TELLING.search("您的疑点已确认")

"""Flags at the desk: read with their evidence, decided with a note, refused to whom they do not concern."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select

from helpdesk.agents.model import Role
from helpdesk.audit import AuditEntry
from helpdesk.database import Database
from helpdesk.gray import store
from tests.fake_host import SECRET, FakeHost, answers
from tests.fakes import FakeBot
from tests.integration.gateway.clients import AgentClient, Customer, error_code, eventually
from tests.integration.gateway.conftest import Gateway, StartGateway
from tests.integration.gateway.flag_scenes import (
    HOST_APP_SECRET,
    REASON,
    WORDS,
    Json,
    arouse_suspicion,
    confirm,
    gray,
    host_customer,
    only_flag,
)

UNKNOWN = "f" * 40


@pytest.fixture
async def host() -> AsyncIterator[FakeHost]:
    host = FakeHost()
    host.scripts = [answers({})]
    await host.start()
    yield host
    await host.stop()


@pytest.fixture
async def gateway(start_gateway: StartGateway, host: FakeHost) -> Gateway:
    return await start_gateway(HOST_APP_SECRET=HOST_APP_SECRET, NOTICE_URL=host.url, NOTICE_SECRET=SECRET)


@pytest.fixture
async def customer(gateway: Gateway, bot: FakeBot) -> Customer:
    customer = await host_customer(gateway)
    await arouse_suspicion(customer, bot)
    return customer


@pytest.fixture
async def boss(gateway: Gateway, customer: Customer) -> AgentClient:
    return await gateway.agent("boss", Role.SUPERVISOR, name="主管")


@pytest.fixture
async def auditor(gateway: Gateway, customer: Customer) -> AgentClient:
    return await gateway.agent("auditor", Role.COMPLIANCE, name="合规")


@pytest.fixture
async def flag(boss: AgentClient) -> Json:
    return await only_flag(boss)


async def audited(database: Database, action: str) -> list[AuditEntry]:
    async with database.reading() as session:
        found = await session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.at))
        return list(found.all())


async def act(agent: AgentClient, flag: Json, step: str, **fields: Any) -> tuple[int, Any]:
    """Post a step; return the status with the flag, or with the code of the refusal."""
    response = await agent.post(f"/flags/{flag['id']}/{step}", fields)
    if response.status == 200:
        return 200, (await response.json())["flag"]
    return response.status, await error_code(response)


async def test_list_tells_what_is_suspected_of_whom(boss: AgentClient, customer: Customer) -> None:
    listed = await boss.get("/flags")

    [flag] = listed["flags"]
    assert (flag["type"], flag["type_text"]) == ("credit_repair", "征信修复")
    assert (flag["state"], flag["state_text"], flag["role"]) == ("suspected", "疑似，待核实", "unknown")
    assert (flag["customer"]["id"], flag["conversation"]) == (customer.id, customer.conversation)
    assert (flag["evidence_count"], flag["appeal_open"], flag["decided_at"]) == (1, False, None)
    assert listed["counts"] == {"suspected": 1, "confirmed": 0, "cleared": 0}
    assert (listed["page"], listed["pages"]) == (1, 1)


async def test_list_is_narrowed_by_state_and_type(
    boss: AgentClient, flag: Json, customer: Customer, bot: FakeBot
) -> None:
    await confirm(boss, flag)
    await arouse_suspicion(customer, bot, "有人叫我去跑分", gray("money_mule"))

    async def types(query: str) -> list[str]:
        return [one["type"] for one in (await boss.get(f"/flags?{query}"))["flags"]]

    assert await types("") == ["money_mule", "credit_repair"]
    assert await types("state=confirmed") == ["credit_repair"]
    assert await types("type=money_mule&state=suspected") == ["money_mule"]
    assert await types("type=money_mule&state=confirmed") == []
    assert (await boss.get("/flags?state=cleared"))["counts"] == {"suspected": 1, "confirmed": 1, "cleared": 0}


async def test_list_has_pages(
    boss: AgentClient, customer: Customer, bot: FakeBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "PAGE", 1)
    await arouse_suspicion(customer, bot, "有人叫我去跑分", gray("money_mule"))

    first, second, third = [await boss.get(f"/flags?page={page}") for page in (1, 2, 3)]

    assert [one["type"] for one in first["flags"] + second["flags"]] == ["money_mule", "credit_repair"]
    assert (first["pages"], third["flags"]) == (2, [])


@pytest.mark.parametrize("query", ["state=gone", "state=SUSPECTED", "page=0", "page=x", "page=-1", f"type={'x' * 33}"])
async def test_odd_query_is_refused(boss: AgentClient, query: str) -> None:
    response = await boss.call("GET", f"/flags?{query}")

    assert (response.status, await error_code(response)) == (422, "field_invalid")


async def test_flag_is_shown_with_its_evidence_and_history(boss: AgentClient, flag: Json) -> None:
    shown = (await boss.get(f"/flags/{flag['id']}"))["flag"]

    [one] = shown["evidence"]
    [span] = one["spans"]
    assert one["excerpt"] == WORDS
    assert one["excerpt"][span["start"] : span["end"]] == "征信修复"
    assert span["label_text"] == "征信修复"
    assert [(step["kind"], step["by"]) for step in shown["history"]] == [("raised", None)]
    assert shown["history"][0]["kind_text"] == "发现疑点"
    assert (shown["appeals"], shown["notices"], shown["note"], shown["decided_by"]) == ([], [], None, None)
    assert shown["notice_text"].startswith("风险提示：")


async def test_excerpt_of_a_long_message_holds_the_marked_words(
    boss: AgentClient, customer: Customer, bot: FakeBot
) -> None:
    cue = gray("money_mule") | {"spans": [{"start": 900, "end": 902, "label": "money_mule"}]}
    await arouse_suspicion(customer, bot, "长" * 900 + "跑分" + "长" * 900, cue)
    listed = await boss.get("/flags?type=money_mule")

    [one] = (await boss.get(f"/flags/{listed['flags'][0]['id']}"))["flag"]["evidence"]

    [span] = one["spans"]
    assert len(one["excerpt"]) == 200
    assert one["excerpt"][span["start"] : span["end"]] == "跑分"


async def test_whole_way_from_suspicion_to_a_dismissed_and_a_granted_appeal(
    boss: AgentClient, auditor: AgentClient, flag: Json
) -> None:
    confirmed = await confirm(boss, flag, "operator")
    assert (confirmed["state"], confirmed["role"], confirmed["note"]) == ("confirmed", "operator", REASON)
    assert confirmed["decided_by"] == {"id": boss.id, "name": "主管"}

    status, appealed = await act(auditor, flag, "appeal", note="客户说只是问问")
    assert (status, appealed["appeal_open"], appealed["state"]) == (200, True, "confirmed")

    assert await act(boss, flag, "appeal/decide", outcome="granted", note="再看") == (403, "own_decision")
    status, kept = await act(auditor, flag, "appeal/decide", outcome="dismissed", note="证据充分")
    assert (status, kept["state"], kept["appeal_open"]) == (200, "confirmed", False)

    await act(boss, flag, "appeal", note="客户补充了材料")
    status, cleared = await act(auditor, flag, "appeal/decide", outcome="granted", note="确系误会")
    assert (status, cleared["state"], cleared["role"], cleared["note"]) == (200, "cleared", "unknown", "确系误会")
    assert [(one["outcome"], one["decided_by"]["name"]) for one in cleared["appeals"]] == [
        ("dismissed", "合规"),
        ("granted", "合规"),
    ]
    kinds = [step["kind"] for step in cleared["history"]]
    assert kinds == ["raised", "confirmed", "appealed", "appeal_dismissed", "appealed", "appeal_granted"]


@pytest.mark.parametrize("note", [None, "", "  \n", 7, "长" * 501], ids=["none", "empty", "blank", "number", "long"])
async def test_step_without_a_proper_note_is_refused(boss: AgentClient, flag: Json, note: object) -> None:
    fields: Json = {"role": "victim", "outcome": "granted"} | ({} if note is None else {"note": note})

    for step in ("confirm", "clear"):
        assert await act(boss, flag, step, **fields) == (422, "field_invalid")
    await confirm(boss, flag)
    for step in ("appeal", "appeal/decide"):
        assert await act(boss, flag, step, **fields) == (422, "field_invalid")

    assert (await only_flag(boss))["appeal_open"] is False


@pytest.mark.parametrize("role", [None, "", "unknown", "culprit", ["victim"]])
async def test_confirmation_needs_a_role(boss: AgentClient, flag: Json, role: object) -> None:
    assert await act(boss, flag, "confirm", role=role, note=REASON) == (422, "field_invalid")

    assert (await only_flag(boss))["state"] == "suspected"


@pytest.mark.parametrize("outcome", [None, "", "upheld"])
async def test_appeal_ends_one_way_or_the_other(
    boss: AgentClient, auditor: AgentClient, flag: Json, outcome: object
) -> None:
    await confirm(boss, flag)
    await act(boss, flag, "appeal", note="客户不同意")

    assert await act(auditor, flag, "appeal/decide", outcome=outcome, note="复核") == (422, "field_invalid")

    assert (await only_flag(boss))["appeal_open"] is True


async def test_steps_out_of_turn_are_refused(boss: AgentClient, auditor: AgentClient, flag: Json) -> None:
    assert await act(boss, flag, "appeal", note="早了") == (409, "flag_state_wrong")
    assert await act(boss, flag, "notice") == (409, "flag_state_wrong")
    assert await act(boss, flag, "appeal/decide", outcome="granted", note="早了") == (409, "appeal_not_open")
    await confirm(boss, flag)
    assert await act(boss, flag, "confirm", role="victim", note="又一次") == (409, "flag_state_wrong")
    await act(boss, flag, "appeal", note="客户不同意")
    assert await act(boss, flag, "appeal", note="又一次") == (409, "appeal_open")
    assert await act(boss, flag, "clear", note="自己收回") == (409, "appeal_open")
    assert await act(boss, flag, "notice") == (409, "appeal_open")
    await act(auditor, flag, "appeal/decide", outcome="granted", note="误会")
    assert await act(boss, flag, "clear", note="又一次") == (409, "flag_state_wrong")


@pytest.mark.parametrize("step", ["", "/confirm", "/clear", "/appeal", "/appeal/decide", "/notice"])
@pytest.mark.parametrize("flag_id", [UNKNOWN, "x"])
async def test_unknown_flag_is_not_found(boss: AgentClient, flag_id: str, step: str) -> None:
    fields = {"role": "victim", "outcome": "granted", "note": REASON}

    response = await boss.call("POST" if step else "GET", f"/flags/{flag_id}{step}", fields if step else None)

    assert (response.status, await error_code(response)) == (404, "flag_not_found")


async def test_page_is_offered_just_what_would_succeed(boss: AgentClient, auditor: AgentClient, flag: Json) -> None:
    fields = {"role": "victim", "outcome": "dismissed", "note": REASON}
    offers = []

    async def offered(agent: AgentClient) -> list[str]:
        return sorted((await agent.get(f"/flags/{flag['id']}"))["flag"]["may"])

    offers.append((await offered(boss), await offered(auditor)))
    assert (await act(boss, flag, "confirm", **fields))[0] == 200
    offers.append((await offered(boss), await offered(auditor)))
    assert (await act(boss, flag, "notice"))[0] == 200
    offers.append((await offered(boss), await offered(auditor)))
    assert (await act(boss, flag, "appeal", **fields))[0] == 200
    offers.append((await offered(boss), await offered(auditor)))
    assert (await act(auditor, flag, "appeal/decide", **fields))[0] == 200
    assert (await act(boss, flag, "clear", **fields))[0] == 200
    offers.append((await offered(boss), await offered(auditor)))

    assert offers == [
        (["clear", "confirm"], ["clear", "confirm"]),
        (["appeal", "clear", "notice"], ["appeal", "clear", "notice"]),
        (["appeal", "clear"], ["appeal", "clear"]),
        ([], ["decide_appeal"]),
        ([], []),
    ]


async def test_notice_reaches_the_notice_service_and_the_desk_sees_it_sent(
    boss: AgentClient, flag: Json, host: FakeHost
) -> None:
    confirmed = await confirm(boss, flag)

    status, shown = await act(boss, flag, "notice")

    assert status == 200
    assert [(one["template"], one["version"]) for one in shown["notices"]] == [("risk_credit_repair", 1)]
    sent = await eventually(
        lambda: boss.get(f"/flags/{flag['id']}"), lambda seen: seen["flag"]["notices"][0]["state"] == "sent"
    )
    [received] = host.received
    assert (received["event"], received["customer"], received["text"]) == (
        "risk_notice",
        "user-7",
        confirmed["notice_text"],
    )
    assert sent["flag"]["notices"][0]["sent_at"] is not None
    assert await act(boss, flag, "notice") == (409, "notice_sent_already")
    assert len(host.received) == 1


async def test_without_a_notice_service_no_notice_is_used_up(
    start_gateway: StartGateway, bot: FakeBot, host: FakeHost
) -> None:
    gateway = await start_gateway(HOST_APP_SECRET=HOST_APP_SECRET)
    customer = await host_customer(gateway)
    await arouse_suspicion(customer, bot)
    boss = await gateway.agent("boss", Role.SUPERVISOR, name="主管")
    flag = await only_flag(boss)

    confirmed = await confirm(boss, flag)

    assert "notice" not in confirmed["may"]
    assert await act(boss, flag, "notice") == (409, "notice_not_configured")
    assert (await boss.get(f"/flags/{flag['id']}"))["flag"]["notices"] == []


async def test_reading_is_in_the_audit_trail(
    boss: AgentClient, auditor: AgentClient, flag: Json, database: Database
) -> None:
    await auditor.get(f"/flags/{flag['id']}")

    [read] = await audited(database, "read_flag")
    [listed] = await audited(database, "read_flags")
    assert (read.actor, read.subject) == (f"agent:{auditor.id}", f"flag:{flag['id']}")
    assert (listed.actor, listed.details["flags"]) == (f"agent:{boss.id}", [flag["id"]])
    assert "王小明" not in str([read.details, listed.details])

"""The audit trail at the desk: what is read and done is in it, who may look, and that looking is in it as well."""

import csv
import io
from typing import Any

import pytest
from sqlalchemy import select

from helpdesk import clock
from helpdesk.agents.model import Role
from helpdesk.audit import AuditEntry
from helpdesk.audit.verify import verify
from helpdesk.database import Database
from tests.integration.gateway.clients import AgentClient, Customer, error_code
from tests.integration.gateway.conftest import PASSWORD, SQLITE_ONLY, Gateway

pytestmark = SQLITE_ONLY


@pytest.fixture
async def watcher(gateway: Gateway) -> AgentClient:
    return await gateway.agent("heg", Role.COMPLIANCE, name="合规员")


async def found(watcher: AgentClient, query: str = "") -> list[dict[str, Any]]:
    return list((await watcher.get(f"/audit{query}"))["entries"])


async def test_what_is_read_and_done_is_shown_newest_first_in_words(
    watcher: AgentClient, lin: AgentClient, served: Customer
) -> None:
    await lin.get(f"/conversations/{served.conversation}/messages")
    await lin.reply(served.conversation, "您好，我来帮您。")
    await lin.do(f"/conversations/{served.conversation}/close", {"resolution": "resolved"})

    entries = await found(watcher, f"?subject=conversation:{served.conversation}")

    assert [entry["action"] for entry in entries] == ["close", "reply", "read_messages", "claim"]
    assert {entry["actor"] for entry in entries} == {f"agent:{lin.id}"}
    assert {entry["actor_name"] for entry in entries} == {"林一"}
    assert entries[0]["action_text"] == "结束会话"
    assert entries[0]["details"] == {"resolution": "resolved"}
    assert "您好" not in str(entries)


@pytest.mark.parametrize(
    ("path", "action"),
    [
        ("/unanswered", "read_unanswered"),
        ("/unanswered.csv", "export_unanswered"),
        ("/outbox", "read_outbox"),
        ("/flags", "read_flags"),
        ("/flags/export.csv", "export_flags"),
        ("/audit", "read_audit"),
        ("/audit.csv", "export_audit"),
    ],
)
async def test_reading_of_a_list_is_recorded(gateway: Gateway, database: Database, path: str, action: str) -> None:
    root = await gateway.agent("root", Role.ADMINISTRATOR, name="管理员")

    assert (await root.call("GET", path)).status == 200

    async with database.reading() as session:
        actions = list(await session.scalars(select(AuditEntry.action).where(AuditEntry.actor == f"agent:{root.id}")))
    assert actions.count(action) == 1


async def test_filters_narrow_it_down(watcher: AgentClient, lin: AgentClient, served: Customer) -> None:
    today = clock.local(clock.now()).date().isoformat()

    by_actor = await found(watcher, f"?actor=agent:{lin.id}")
    by_action = await found(watcher, "?action=sign_in")
    by_day = await found(watcher, f"?from={today}&to={today}&action=claim")
    before = await found(watcher, "?to=2020-01-01")

    assert {entry["action"] for entry in by_actor} == {"sign_in", "claim"}
    assert len(by_action) == 2
    assert [entry["action"] for entry in by_day] == ["claim"]
    assert before == []


@pytest.mark.parametrize("query", ["?from=today", "?to=2026-13-01", "?before=x", f"?subject={'x' * 97}"])
async def test_filter_of_a_wrong_form_is_refused(watcher: AgentClient, query: str) -> None:
    response = await watcher.call("GET", f"/audit{query}")

    assert (response.status, await error_code(response)) == (422, "field_invalid")


async def test_pages_follow_each_other_without_gap(watcher: AgentClient) -> None:
    for _ in range(60):
        await watcher.call("PUT", "/me/availability", {"available": False})

    first = await watcher.get("/audit?action=set_availability")
    second = await watcher.get(f"/audit?action=set_availability&before={first['entries'][-1]['seq']}")

    places = [entry["seq"] for entry in first["entries"] + second["entries"]]
    assert (first["more"], second["more"]) == (True, False)
    assert len(places) == len(set(places)) == 60
    assert places == sorted(places, reverse=True)


async def test_spreadsheet_holds_the_hashes_and_no_formula(
    watcher: AgentClient, gateway: Gateway, database: Database
) -> None:
    await gateway.agent("evil", name="=cmd()")

    response = await watcher.call("GET", "/audit.csv")

    rows = list(csv.DictReader(io.StringIO((await response.text()).removeprefix("\ufeff"))))
    assert response.headers["Content-Disposition"] == 'attachment; filename="audit.csv"'
    async with database.reading() as session:
        entries = {entry.seq: entry for entry in await session.scalars(select(AuditEntry))}
    assert all(row["hash"] == entries[int(row["seq"])].hash for row in rows)
    assert "'=cmd()" in {row["name"] for row in rows}


async def test_everything_hangs_together_in_one_chain(
    watcher: AgentClient, lin: AgentClient, served: Customer, database: Database
) -> None:
    await lin.sign_in("wrong")
    await lin.sign_in(PASSWORD)
    await lin.post("/logout")
    await found(watcher)

    async with database.reading() as session:
        verdict = await verify(session)

    assert verdict.broken_at is None
    assert verdict.entries >= 6

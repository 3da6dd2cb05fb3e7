"""One click at the desk: who gets a case's evidence pack, what it costs them, and what stays on record."""

import pytest
from aiohttp import web
from sqlalchemy import func, select

from gateway.app import init_app
from gateway.desk import evidence
from helpdesk.agents.model import Role
from helpdesk.audit import AuditEntry
from helpdesk.cases.model import Case, CaseEvent
from helpdesk.database import Database
from helpdesk.settings import Settings
from tests.evidence import files_of, problems
from tests.integration.gateway.clients import AgentClient, Customer, error_code
from tests.integration.gateway.conftest import Gateway

OVERSEERS = {Role.SUPERVISOR, Role.COMPLIANCE, Role.ADMINISTRATOR}
BODY = {"reason": "公安调取"}


@pytest.fixture(autouse=True)
def _routed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the application the route, wherever `init_app` does not yet."""

    def init_with_evidence(settings: Settings) -> web.Application:
        app = init_app(settings)
        [route] = evidence.routes()
        if all(route.path != one.canonical for one in app.router.resources()):
            app.add_routes([route])
        return app

    monkeypatch.setattr("tests.integration.gateway.conftest.init_app", init_with_evidence)


@pytest.fixture
async def number(customer: Customer, database: Database) -> str:
    """Return the number of the case that a handoff opens."""
    await customer.say("我被骗了")
    await customer.post("/handoff")
    async with database.reading() as session:
        return (await session.scalars(select(Case.number))).one()


async def exports(database: Database) -> int:
    """Return how many exports are on record, in the audit trail and on the timeline."""
    async with database.reading() as session:
        audited = await session.scalar(
            select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "export_evidence")
        )
        told = await session.scalar(
            select(func.count()).select_from(CaseEvent).where(CaseEvent.kind == "evidence_exported")
        )
    assert audited == told
    return audited or 0


@pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
async def test_only_overseers_export_a_case_of_no_concern(
    gateway: Gateway, number: str, database: Database, role: Role
) -> None:
    person = await gateway.agent("somebody", role, name="某人")

    response = await person.post(f"/cases/{number}/evidence", BODY)

    allowed = role in OVERSEERS
    assert response.status == (200 if allowed else 404)
    assert await exports(database) == int(allowed)


async def test_agent_exports_the_case_they_serve_until_they_give_it_back(
    number: str, customer: Customer, lin: AgentClient, gateway: Gateway
) -> None:
    other = await gateway.agent("wu", name="吴二")
    await lin.claim(customer.conversation)

    served = [(await who.post(f"/cases/{number}/evidence", BODY)).status for who in (lin, other)]
    await lin.do(f"/conversations/{customer.conversation}/requeue", {})
    later = await lin.post(f"/cases/{number}/evidence", BODY)

    assert served == [200, 404]
    assert (later.status, await error_code(later)) == (404, "case_not_found")


@pytest.fixture
async def boss(gateway: Gateway) -> AgentClient:
    return await gateway.agent("boss", Role.SUPERVISOR, name="主管")


async def test_download_is_a_pack_that_passes(boss: AgentClient, number: str, tmp_path) -> None:
    response = await boss.post(f"/cases/{number}/evidence", BODY)
    content = await response.read()

    (tmp_path / "p.zip").write_bytes(content)
    assert problems(tmp_path / "p.zip") == set()
    assert "我被骗了" in files_of(content)["transcript.json"].decode()
    assert response.content_type == "application/zip"
    assert response.headers["Content-Disposition"].startswith(f'attachment; filename="evidence-{number}-')
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_who_and_why_are_audited(boss: AgentClient, number: str, database: Database) -> None:
    await boss.post(f"/cases/{number}/evidence", BODY)

    async with database.reading() as session:
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "export_evidence"))).one()
        event = (await session.scalars(select(CaseEvent).where(CaseEvent.kind == "evidence_exported"))).one()
    assert (entry.actor, entry.details["reason"]) == (f"agent:{boss.id}", "公安调取")
    assert (event.actor, event.details["by"], event.details["reason"]) == (entry.actor, entry.actor, "公安调取")


@pytest.mark.parametrize(
    "body",
    [{}, {"reason": ""}, {"reason": " \n"}, {"reason": "\0"}, {"reason": None}, {"reason": 1}, {"reason": "因" * 201}],
    ids=["missing", "empty", "blank", "invisible", "null", "a number", "too long"],
)
async def test_reason_is_required(boss: AgentClient, number: str, database: Database, body: dict[str, object]) -> None:
    response = await boss.post(f"/cases/{number}/evidence", body)

    assert (response.status, await error_code(response)) == (422, "field_invalid")
    assert await exports(database) == 0


@pytest.mark.parametrize("unknown", ["XB20261122-ZZZZZZ", "x", "f" * 64])
async def test_unknown_number_is_not_found(boss: AgentClient, number: str, database: Database, unknown: str) -> None:
    response = await boss.post(f"/cases/{unknown}/evidence", BODY)

    assert (response.status, await error_code(response)) == (404, "case_not_found")
    assert await exports(database) == 0


async def test_nobody_exports_without_signing_in(gateway: Gateway, number: str, database: Database) -> None:
    client = await gateway.browser()

    response = await client.post(f"/desk/api/cases/{number}/evidence", json=BODY)

    assert response.status == 401
    assert await exports(database) == 0


async def test_another_site_cannot_export(boss: AgentClient, number: str, database: Database) -> None:
    response = await boss.call("POST", f"/cases/{number}/evidence", BODY, **{"X-CSRF-Token": "wrong"})

    assert (response.status, await error_code(response)) == (403, "csrf_invalid")
    assert await exports(database) == 0

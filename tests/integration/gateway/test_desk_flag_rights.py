"""Who sees which flags, who decides, and what leaves in the export: both sides of each right."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from gateway.desk.spreadsheet import csv_answer
from helpdesk.agents.model import Role
from helpdesk.audit import AuditEntry
from helpdesk.database import Database
from helpdesk.gray.model import SuspectFlag
from tests.fakes import FakeBot
from tests.integration.gateway.clients import AgentClient, Customer, error_code
from tests.integration.gateway.conftest import Gateway
from tests.integration.gateway.flag_scenes import REASON, WORDS, Json, arouse_suspicion, confirm, only_flag

AGENT, SENIOR = Role.AGENT, Role.SENIOR
OVERSEERS = {Role.SUPERVISOR, Role.COMPLIANCE, Role.ADMINISTRATOR}
EVERY_ROLE = pytest.mark.parametrize("role", list(Role), ids=lambda role: role.value)
COLUMNS = ["flag", "type", "role", "first_seen", "last_seen", "evidence_messages", "decided_at"]
BOM = "\ufeff"


@pytest.fixture
async def flagged(customer: Customer, bot: FakeBot) -> Customer:
    await arouse_suspicion(customer, bot)
    return customer


@pytest.fixture
async def boss(gateway: Gateway, flagged: Customer) -> AgentClient:
    return await gateway.agent("boss", Role.SUPERVISOR, name="主管")


@pytest.fixture
async def flag(boss: AgentClient) -> Json:
    return await only_flag(boss)


async def statuses(agent: AgentClient, flag: Json) -> dict[str, int]:
    """Try everything on a confirmed flag; return the status of each call."""
    fields = {"role": "victim", "outcome": "dismissed", "note": REASON}
    steps = ["confirm", "notice", "appeal", "appeal/decide", "clear"]
    found = {"read": (await agent.call("GET", f"/flags/{flag['id']}")).status}
    found |= {step: (await agent.post(f"/flags/{flag['id']}/{step}", fields)).status for step in steps}
    return found | {"export": (await agent.call("GET", "/flags/export.csv")).status}


@EVERY_ROLE
async def test_only_overseers_see_and_decide_flags_of_no_concern(
    gateway: Gateway, boss: AgentClient, flag: Json, role: Role
) -> None:
    await confirm(boss, flag)
    person = await gateway.agent("somebody", role, name="某人")

    listed = (await person.get("/flags"))["flags"]
    tried = await statuses(person, flag)

    if role in OVERSEERS:
        # Confirmed already; a guest gets no notice. Everything else is allowed.
        allowed = {"read": 200, "confirm": 409, "notice": 409, "appeal": 200, "appeal/decide": 200, "clear": 200}
        assert ([one["id"] for one in listed], tried) == ([flag["id"]], allowed | {"export": 200})
    else:
        refused = 404 if role is SENIOR else 403
        steps = dict.fromkeys(["confirm", "notice", "appeal/decide", "clear"], refused)
        assert (listed, tried) == ([], {"read": 404, "appeal": 404, "export": 403} | steps)


@pytest.mark.parametrize("role", [AGENT, SENIOR], ids=lambda role: role.value)
async def test_whoever_owns_the_conversation_sees_its_flag_as_long_as_they_own_it(
    gateway: Gateway, flagged: Customer, flag: Json, role: Role
) -> None:
    owner = await gateway.agent("owner", role, name="主人")
    await flagged.post("/handoff")
    await owner.claim(flagged.conversation)

    seen = (await owner.get(f"/flags/{flag['id']}"))["flag"]
    listed = await owner.get("/flags")
    await owner.do(f"/conversations/{flagged.conversation}/close", {"resolution": "resolved"})
    later = await owner.call("GET", f"/flags/{flag['id']}")

    assert [one["excerpt"] for one in seen["evidence"]] == [WORDS]
    assert seen["may"] == (["confirm", "clear"] if role is SENIOR else [])
    assert (listed["flags"][0]["id"], listed["counts"]["suspected"]) == (flag["id"], 1)
    assert (later.status, await error_code(later)) == (404, "flag_not_found")
    assert (await owner.get("/flags"))["counts"] == {"suspected": 0, "confirmed": 0, "cleared": 0}


@pytest.mark.parametrize(("role", "status"), [(AGENT, 403), (SENIOR, 200)], ids=["agent", "senior"])
async def test_owner_appeals_for_the_customer_but_only_seniors_decide(
    gateway: Gateway, flagged: Customer, boss: AgentClient, flag: Json, role: Role, status: int
) -> None:
    owner = await gateway.agent("owner", role, name="主人")
    await flagged.post("/handoff")
    await owner.claim(flagged.conversation)
    await confirm(boss, flag)

    appealed = await owner.post(f"/flags/{flag['id']}/appeal", {"note": "客户不同意"})
    decided = await owner.post(f"/flags/{flag['id']}/appeal/decide", {"outcome": "granted", "note": "误会"})

    assert (appealed.status, decided.status) == (200, status)


async def test_owner_reads_no_words_from_conversations_that_are_not_theirs(
    gateway: Gateway, flagged: Customer, flag: Json, bot: FakeBot
) -> None:
    first = await gateway.agent("first", name="第一位")
    second = await gateway.agent("second", name="第二位")
    await flagged.post("/handoff")
    await first.claim(flagged.conversation)
    await first.do(f"/conversations/{flagged.conversation}/close", {"resolution": "resolved"})
    await flagged.say("又来问")
    later = (await flagged.get("/messages"))["conversation"]
    await arouse_suspicion(flagged, bot, "还是征信修复的事")
    await flagged.post("/handoff")
    await second.claim(later)

    evidence = (await second.get(f"/flags/{flag['id']}"))["flag"]["evidence"]

    assert later != flagged.conversation
    assert [(one["conversation"], one["excerpt"], len(one["spans"])) for one in evidence] == [
        (later, "还是征信修复的事", 1),
        (flagged.conversation, None, 0),
    ]


async def test_nobody_sees_flags_without_signing_in(gateway: Gateway, flag: Json) -> None:
    client = await gateway.browser()

    paths = ["/flags", "/flags/export.csv", f"/flags/{flag['id']}"]
    got = [(await client.get(f"/desk/api{path}")).status for path in paths]
    posted = await client.post(f"/desk/api/flags/{flag['id']}/clear", json={"note": REASON})

    assert [*got, posted.status] == [401, 401, 401, 401]


async def test_step_without_the_csrf_token_is_refused(boss: AgentClient, flag: Json) -> None:
    boss.csrf = ""

    response = await boss.post(f"/flags/{flag['id']}/clear", {"note": REASON})

    assert (response.status, await error_code(response)) == (403, "csrf_invalid")


# -- the export -------------------------------------------------------------------------------------------------------


async def export(agent: AgentClient, query: str = "") -> list[list[str]]:
    response = await agent.call("GET", f"/flags/export.csv{query}")
    assert response.status == 200
    assert response.content_type == "text/csv"
    text = await response.text(encoding="utf-8")
    assert text.startswith(BOM)
    header, *rows = list(csv.reader(io.StringIO(text.removeprefix(BOM))))
    assert header == COLUMNS
    return rows


async def decided(database: Database, at: datetime) -> None:
    async with database.transaction() as session:
        await session.execute(update(SuspectFlag).values(decided_at=at))


async def test_suspected_and_cleared_flags_are_not_exported(boss: AgentClient, flag: Json) -> None:
    suspected = await export(boss)
    await boss.do(f"/flags/{flag['id']}/clear", {"note": REASON})

    assert (suspected, await export(boss)) == ([], [])


async def test_confirmed_flag_is_exported_without_names_and_words(boss: AgentClient, flag: Json) -> None:
    confirmed = await confirm(boss, flag, "operator")

    rows = await export(boss)

    first, last, when = (confirmed[name] for name in ("first_seen", "last_seen", "decided_at"))
    assert rows == [[flag["id"], "credit_repair", "operator", first, last, "1", when]]


async def test_flag_under_appeal_is_held_back_until_it_is_decided(
    gateway: Gateway, boss: AgentClient, flag: Json
) -> None:
    auditor = await gateway.agent("auditor", Role.COMPLIANCE, name="合规")
    await confirm(boss, flag)
    await boss.do(f"/flags/{flag['id']}/appeal", {"note": "客户不同意"})
    disputed = await export(boss)

    await auditor.do(f"/flags/{flag['id']}/appeal/decide", {"outcome": "dismissed", "note": "证据充分"})

    assert (disputed, len(await export(boss))) == ([], 1)


@pytest.mark.parametrize(
    ("query", "is_in"),
    [
        ("?from=2026-11-23", True),
        ("?from=2026-11-24", False),
        ("?to=2026-11-23", True),
        ("?to=2026-11-22", False),
        ("?from=2026-11-23&to=2026-11-23", True),
        ("?from=&to=", True),
        ("?to=9999-12-31", True),
    ],
)
async def test_days_are_those_of_beijing_and_both_are_included(
    boss: AgentClient, flag: Json, database: Database, query: str, is_in: bool
) -> None:
    await confirm(boss, flag)
    midnight = datetime(2026, 11, 22, 16, tzinfo=UTC)

    found = []
    for moment in (midnight, midnight + timedelta(days=1) - timedelta(microseconds=1)):
        await decided(database, moment)
        found.append(len(await export(boss, query)))

    assert found == [int(is_in)] * 2


@pytest.mark.parametrize("day", ["2026-13-01", "20261122", "2026-11-22T00:00", "yesterday", "0001-01-01", "2026-W47-7"])
@pytest.mark.parametrize("name", ["from", "to"])
async def test_odd_day_is_refused(boss: AgentClient, name: str, day: str) -> None:
    response = await boss.call("GET", f"/flags/export.csv?{name}={day}")

    assert (response.status, await error_code(response)) == (422, "field_invalid")


async def test_export_is_in_the_audit_trail(boss: AgentClient, flag: Json, database: Database) -> None:
    await confirm(boss, flag)

    await export(boss, "?from=2026-01-01")

    async with database.reading() as session:
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "export_flags"))).one()
    assert (entry.actor, entry.details) == (f"agent:{boss.id}", {"from": "2026-01-01", "to": None, "flags": 1})


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\N{FULLWIDTH EQUALS SIGN}1"], ids=ascii
)
def test_no_cell_of_an_export_is_a_formula(cell: str) -> None:
    answer = csv_answer("flags.csv", ["a", "b"], [["plain", cell]])

    assert isinstance(answer.text, str)
    [_, row] = list(csv.reader(io.StringIO(answer.text.removeprefix(BOM), newline="")))
    assert row == ["plain", f"'{cell}"]

"""The board, the figures and broadcasts over HTTP: who sees them, what they say, and how everybody is told."""

import pytest
from sqlalchemy import select

from helpdesk import clock
from helpdesk.agents.model import Role
from helpdesk.audit import AuditEntry
from helpdesk.broadcasts.model import Broadcast
from helpdesk.database import Database
from tests.integration.gateway.clients import AgentClient, Customer, Json, error_code
from tests.integration.gateway.conftest import SQLITE_ONLY, Gateway

pytestmark = SQLITE_ONLY


@pytest.fixture
async def mei(gateway: Gateway) -> AgentClient:
    """Return a supervisor."""
    return await gateway.agent("mei", Role.SUPERVISOR, name="梅二")


async def figures(agent: AgentClient) -> dict[str, Json]:
    answer = await agent.get("/figures")
    return {one["id"]: one for one in answer["figures"]}


@pytest.mark.parametrize("path", ["/board", "/figures"])
@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.AGENT, 403),
        (Role.SENIOR, 403),
        (Role.SUPERVISOR, 200),
        (Role.COMPLIANCE, 200),
        (Role.ADMINISTRATOR, 200),
    ],
    ids=lambda value: getattr(value, "value", None),
)
async def test_who_oversees_sees_the_board(gateway: Gateway, role: Role, status: int, path: str) -> None:
    agent = await gateway.agent("one", role)

    response = await agent.call("GET", path)

    assert response.status == status


async def test_board_shows_who_waits_who_serves_and_what_is_due(
    gateway: Gateway, served: Customer, lin: AgentClient, mei: AgentClient
) -> None:
    waiting = await gateway.customer()
    await waiting.post("/handoff")

    board = await mei.get("/board")

    bands = {band["priority"]: band["waiting"] for band in board["queue"]}
    states = {one["name"]: (one["state"], one["carried"]) for one in board["agents"]}
    assert bands == {"urgent": 0, "high": 0, "normal": 1}
    # Nobody's desk is open: they have signed in, and no more.
    assert states == {"林一": ("offline", 1), "梅二": ("offline", 0)}
    due = {one["conversation"]: (one["kind"], one["agent"]) for one in board["due"]}
    assert due[waiting.conversation] == ("first_reply", None)
    assert due[served.conversation] == ("first_reply", {"id": lin.id, "name": "林一"})


async def test_board_names_no_customer(gateway: Gateway, mei: AgentClient, served: Customer) -> None:
    await served.say("我叫王小明，电话13800138000")

    shown = str(await mei.get("/board")) + str(await mei.get("/figures"))

    assert "王小明" not in shown
    assert served.id not in shown


async def test_figures_say_from_what_they_are_computed(served: Customer, mei: AgentClient) -> None:
    found = await figures(mei)

    one = found["handoffs"]
    assert (one["value"], one["unit"], one["sample"]) == (1, "count", 1)
    assert one["parts"] == [{"id": "request_human", "title": "客户要求人工", "count": 1}]
    assert len(one["hours"]) == 24
    assert found["accepted_in_time"] | {"parts": []} == {
        "id": "accepted_in_time",
        "title": "按时接起率",
        "formula": found["accepted_in_time"]["formula"],
        "source": found["accepted_in_time"]["source"],
        "unit": "share",
        "value": None,
        "numerator": 1,
        "denominator": 1,
        "sample": 1,
        "least": 10,
        "parts": [],
        "hours": [],
    }
    assert "承诺的首次回复期限" in found["accepted_in_time"]["formula"]


async def test_past_day_has_no_figures_of_this_moment(served: Customer, mei: AgentClient) -> None:
    yesterday = clock.local(clock.now()).date().toordinal() - 1

    answer = await mei.get(f"/figures?day={type(clock.now().date()).fromordinal(yesterday)}")

    found = {one["id"]: one for one in answer["figures"]}
    assert "waiting_now" not in found
    assert found["handoffs"]["value"] == 0


@pytest.mark.parametrize("day", ["tomorrow", "2026-13-01", "20261123", "1999-01-01", "9999-12-31", "0001-01-01"])
async def test_day_that_is_none_is_refused(mei: AgentClient, day: str) -> None:
    response = await mei.call("GET", f"/figures?day={day}")

    assert response.status == 422
    assert await error_code(response) == "field_invalid"


async def test_broadcast_reaches_open_desks_at_once_and_later_ones_by_asking(
    lin: AgentClient, mei: AgentClient
) -> None:
    socket = await lin.connect()

    shown = (await mei.do("/broadcasts", {"text": " 系统 21 点维护 ", "minutes": 30}))["broadcast"]

    told = await socket.next("broadcasts")
    assert [one["text"] for one in told["broadcasts"]] == ["系统 21 点维护"]
    assert (await lin.get("/broadcasts"))["broadcasts"] == [shown]
    assert shown["by"] == "梅二"


async def test_broadcast_reaches_no_customer(customer: Customer, mei: AgentClient) -> None:
    await customer.post("/handoff")
    socket = await customer.connect()

    await mei.do("/broadcasts", {"text": "内部通知", "minutes": 30})

    assert "内部通知" not in str(await socket.quiet())


async def test_withdrawn_broadcast_is_gone_and_both_are_in_the_audit_trail(
    mei: AgentClient, lin: AgentClient, database: Database
) -> None:
    shown = (await mei.do("/broadcasts", {"text": "通知", "minutes": 30}))["broadcast"]

    response = await mei.call("DELETE", f"/broadcasts/{shown['id']}")

    assert response.status == 204
    assert (await lin.get("/broadcasts"))["broadcasts"] == []
    again = await mei.call("DELETE", f"/broadcasts/{shown['id']}")
    assert (again.status, await error_code(again)) == (409, "broadcast_over")
    async with database.reading() as session:
        entries = (
            await session.scalars(select(AuditEntry).where(AuditEntry.subject == f"broadcast:{shown['id']}"))
        ).all()
        kept = (await session.scalars(select(Broadcast.text))).all()
    assert [(entry.actor, entry.action) for entry in entries] == [
        (f"agent:{mei.id}", "broadcast"),
        (f"agent:{mei.id}", "withdraw_broadcast"),
    ]
    assert list(kept) == ["通知"]


async def test_expired_broadcast_is_not_shown(mei: AgentClient, lin: AgentClient, database: Database) -> None:
    await mei.do("/broadcasts", {"text": "通知", "minutes": 30})
    async with database.transaction() as session:
        one = (await session.scalars(select(Broadcast))).one()
        one.created_at, one.expires_at = one.created_at.replace(year=2020), one.expires_at.replace(year=2020)

    assert (await lin.get("/broadcasts"))["broadcasts"] == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"text": "  ", "minutes": 30}, "text_empty"),
        ({"text": "长" * 201, "minutes": 30}, "text_too_long"),
        ({"text": "通知", "minutes": 1}, "broadcast_time_invalid"),
        ({"text": "通知", "minutes": 1441}, "broadcast_time_invalid"),
        ({"text": "通知"}, "field_invalid"),
    ],
)
async def test_bad_broadcast_is_refused(mei: AgentClient, body: Json, code: str) -> None:
    response = await mei.post("/broadcasts", body)

    assert (response.status, await error_code(response)) == (422, code)
    assert (await mei.get("/broadcasts"))["broadcasts"] == []


@pytest.mark.parametrize("role", [Role.AGENT, Role.SENIOR, Role.COMPLIANCE], ids=lambda role: role.value)
async def test_only_supervisors_and_administrators_broadcast(gateway: Gateway, mei: AgentClient, role: Role) -> None:
    shown = (await mei.do("/broadcasts", {"text": "通知", "minutes": 30}))["broadcast"]
    one = await gateway.agent("one", role)

    refused = [await one.post("/broadcasts", {"text": "通知", "minutes": 30})]
    refused.append(await one.call("DELETE", f"/broadcasts/{shown['id']}"))

    assert [response.status for response in refused] == [403, 403]
    assert (await one.get("/broadcasts"))["broadcasts"] == [shown]


async def test_agent_sees_the_ratings_of_own_sessions_without_who_gave_them(
    gateway: Gateway, served: Customer, lin: AgentClient
) -> None:
    await lin.reply(served.conversation, "您好")
    await lin.do(f"/conversations/{served.conversation}/close", {"resolution": "resolved"})
    await served.post(
        "/ratings",
        {"conversation": served.conversation, "score": 4, "solved": True, "reasons": ["fast"], "comment": "好"},
    )
    other = await gateway.agent("wang", name="王三")

    own = await lin.get("/me/ratings")

    assert (own["count"], own["mean"], own["scores"], own["solved"]) == (1, 4.0, {"4": 1}, 1)
    assert own["reasons"] == [{"code": "fast", "text": "回复快", "count": 1}]
    (last,) = own["last"]
    assert set(last) == {"at", "score", "solved", "reasons", "comment"}
    assert (await other.get("/me/ratings"))["count"] == 0

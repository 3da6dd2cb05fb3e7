"""Agents' accounts, as administrators keep them."""

import pytest
from sqlalchemy import select

from helpdesk.agents.model import Role
from helpdesk.audit import AuditEntry
from helpdesk.database import Database
from tests.integration.gateway.clients import AgentClient, Customer, error_code
from tests.integration.gateway.conftest import PASSWORD, SQLITE_ONLY, Gateway

pytestmark = SQLITE_ONLY


@pytest.fixture
async def root(gateway: Gateway) -> AgentClient:
    return await gateway.agent("root", Role.ADMINISTRATOR, name="管理员")


async def test_new_agent_is_listed_and_gets_a_one_time_password(root: AgentClient) -> None:
    made = await root.do("/agents", {"username": " Wu ", "name": " 吴二 ", "role": "senior"})

    listed = (await root.get("/agents"))["agents"]
    assert made["agent"] in listed
    assert (made["agent"]["username"], made["agent"]["name"], made["agent"]["role"]) == ("wu", "吴二", "senior")
    assert len(made["one_time_password"]) >= 16
    assert made["one_time_password"] not in str(listed)


async def test_list_tells_no_secrets(root: AgentClient, lin: AgentClient) -> None:
    listed = str(await root.get("/agents"))

    assert "argon2" not in listed
    assert "hash" not in listed


@pytest.mark.parametrize("username", ["lin", "LIN", " lin "])
async def test_taken_user_name_is_refused(root: AgentClient, lin: AgentClient, username: str) -> None:
    response = await root.post("/agents", {"username": username, "name": "另一位", "role": "agent"})

    assert (response.status, await error_code(response)) == (409, "username_taken")


async def test_changed_role_counts_at_once(root: AgentClient, lin: AgentClient) -> None:
    before = (await lin.call("GET", "/unanswered")).status

    await root.call("PUT", f"/agents/{lin.id}", {"role": "supervisor", "name": "林主管"})

    assert [before, (await lin.call("GET", "/unanswered")).status] == [403, 200]
    assert (await lin.get("/me"))["agent"]["name"] == "林主管"


async def test_deactivated_agent_is_out_and_stays_out(root: AgentClient, lin: AgentClient) -> None:
    response = await root.call("PUT", f"/agents/{lin.id}", {"active": False})

    assert (await response.json())["agent"]["active"] is False
    assert (await lin.call("GET", "/me")).status == 401
    assert (await lin.sign_in(PASSWORD)).status == 401


async def test_reactivated_agent_may_sign_in_again(root: AgentClient, lin: AgentClient) -> None:
    await root.call("PUT", f"/agents/{lin.id}", {"active": False})

    await root.call("PUT", f"/agents/{lin.id}", {"active": True})

    assert (await lin.sign_in(PASSWORD)).status == 200


@pytest.mark.parametrize("change", [{"active": False}, {"role": "compliance"}], ids=["deactivated", "not serving"])
async def test_conversations_of_an_agent_who_leaves_wait_for_another(
    root: AgentClient, lin: AgentClient, customer: Customer, change: dict[str, object]
) -> None:
    await customer.post("/handoff")
    await lin.claim(customer.conversation)

    await root.call("PUT", f"/agents/{lin.id}", change)

    entries = (await root.get("/queue"))["entries"]
    assert [(entry["conversation"], entry["reason"]) for entry in entries] == [(customer.conversation, "agent_left")]
    assert (await customer.get("/messages"))["owner"] == "queued"


@pytest.mark.parametrize("change", [{"active": False}, {"role": "agent"}], ids=["deactivate", "demote"])
async def test_last_administrator_cannot_be_removed(root: AgentClient, change: dict[str, object]) -> None:
    response = await root.call("PUT", f"/agents/{root.id}", change)

    assert (response.status, await error_code(response)) == (409, "last_administrator")
    assert (await root.call("GET", "/agents")).status == 200


async def test_one_of_two_administrators_can_be_removed(root: AgentClient, gateway: Gateway) -> None:
    other = await gateway.agent("second", Role.ADMINISTRATOR, name="第二位")

    response = await other.call("PUT", f"/agents/{root.id}", {"role": "agent"})

    assert response.status == 200
    assert (await root.call("GET", "/agents")).status == 403


async def test_reset_password_ends_sessions_and_replaces_the_old_one(root: AgentClient, lin: AgentClient) -> None:
    password = (await root.do(f"/agents/{lin.id}/password"))["one_time_password"]

    old = [(await lin.call("GET", "/me")).status, (await lin.sign_in(PASSWORD)).status]
    new = await lin.sign_in(password)

    assert old == [401, 401]
    assert (new.status, (await new.json())["must_change_password"]) == (200, True)


@pytest.mark.parametrize("agent", ["f" * 40, "x", "%00", "..%2fme"])
async def test_unknown_agent_is_not_found(root: AgentClient, agent: str) -> None:
    change = await root.call("PUT", f"/agents/{agent}", {"active": False})
    reset = await root.post(f"/agents/{agent}/password")

    assert [change.status, reset.status] == [404, 404]


@pytest.mark.parametrize("change", [{"active": "no"}, {"active": None}, {"role": 1}, {"name": ""}, {"name": "长" * 41}])
async def test_change_of_a_wrong_form_is_refused(
    root: AgentClient, lin: AgentClient, change: dict[str, object]
) -> None:
    response = await root.call("PUT", f"/agents/{lin.id}", change)

    assert (response.status, await error_code(response)) == (422, "field_invalid")
    assert (await lin.get("/me"))["agent"]["name"] == "林一"


async def test_changes_of_accounts_are_in_the_audit_trail(
    root: AgentClient, lin: AgentClient, database: Database
) -> None:
    await root.do("/agents", {"username": "wu", "name": "吴二", "role": "agent"})
    await root.call("PUT", f"/agents/{lin.id}", {"active": False})
    await root.do(f"/agents/{lin.id}/password")

    async with database.reading() as session:
        entries = (await session.scalars(select(AuditEntry).where(AuditEntry.actor == f"agent:{root.id}"))).all()
    assert {entry.action for entry in entries} == {"sign_in", "add_agent", "change_agent", "reset_password"}
    assert "吴二" not in str([entry.details for entry in entries])

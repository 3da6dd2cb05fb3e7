"""A customer's own cases: for those whom the host app has signed in, and nobody else's."""

import pytest

from helpdesk.agents.model import Role
from tests.integration.gateway.clients import AgentClient, Customer, error_code
from tests.integration.gateway.conftest import SQLITE_ONLY, Gateway, StartGateway
from tests.integration.gateway.flag_scenes import HOST_APP_SECRET, host_customer

pytestmark = SQLITE_ONLY


@pytest.fixture
async def gateway(start_gateway: StartGateway) -> Gateway:
    return await start_gateway(HOST_APP_SECRET=HOST_APP_SECRET)


@pytest.fixture
async def boss(gateway: Gateway) -> AgentClient:
    return await gateway.agent("boss", Role.SUPERVISOR, name="主管")


async def serve(agent: AgentClient, customer: Customer, *types: str) -> list[str]:
    """Take up a customer's conversation, open cases of some types for it, and return their numbers."""
    await customer.post("/handoff")
    await agent.claim(customer.conversation)
    opened = [await agent.do("/cases", {"conversation": customer.conversation, "type": one}) for one in types]
    return [one["case"]["number"] for one in opened]


async def test_verified_customer_sees_where_the_own_cases_stand(gateway: Gateway, boss: AgentClient) -> None:
    customer, other = await host_customer(gateway), await host_customer(gateway, "user-8")
    complaint, _ = await serve(boss, customer, "complaint", "gray_industry")
    await serve(boss, other, "relief")

    cases = (await customer.get("/cases"))["cases"]

    # The enquiry of the handoff; what we think of an offer is not the customer's to see.
    assert {case["type"] for case in cases} == {"投诉", "咨询"}
    (shown,) = [case for case in cases if case["number"] == complaint]
    assert (shown["state"], shown["status"], shown["closed_at"], shown["merged_into"]) == (
        "in_progress",
        "处理中",
        None,
        None,
    )
    assert shown["next_due"]["title"] == "投诉处理"


async def test_guest_is_told_to_be_signed_in(gateway: Gateway, boss: AgentClient) -> None:
    guest = await gateway.customer()
    await serve(boss, guest, "complaint")

    response = await guest.call("GET", "/cases")

    assert (response.status, await error_code(response)) == (403, "verification_required")


async def test_nobody_sees_cases_without_a_session(gateway: Gateway) -> None:
    assert (await gateway.client.get("/api/v1/cases")).status == 401


async def test_cases_follow_the_agents_work(gateway: Gateway, boss: AgentClient) -> None:
    customer = await host_customer(gateway)
    await serve(boss, customer)
    taken_up = (await customer.get("/cases"))["cases"][0]["status"]

    await boss.do(f"/conversations/{customer.conversation}/close", {"resolution": "resolved"})

    assert [taken_up, (await customer.get("/cases"))["cases"][0]["status"]] == ["处理中", "已办结"]

"""Both sides of each right: who may, and who is refused, with the same set-up."""

import pytest

from helpdesk.agents.model import Role
from tests.integration.gateway.clients import AgentClient, Customer, error_code
from tests.integration.gateway.conftest import SQLITE_ONLY, Gateway

pytestmark = SQLITE_ONLY

AGENT, SENIOR, SUPERVISOR = Role.AGENT, Role.SENIOR, Role.SUPERVISOR
COMPLIANCE, ADMINISTRATOR = Role.COMPLIANCE, Role.ADMINISTRATOR


def sides(*allowed: Role, refused: int) -> pytest.MarkDecorator:
    """Parametrise over all roles: 200 for the allowed ones, `refused` for the others."""
    cases = [pytest.param(role, 200 if role in allowed else refused, id=role.value) for role in Role]
    return pytest.mark.parametrize(("role", "status"), cases)


@pytest.fixture
async def person(gateway: Gateway, role: Role) -> AgentClient:
    return await gateway.agent("somebody", role, name="某人")


@sides(AGENT, SENIOR, SUPERVISOR, COMPLIANCE, ADMINISTRATOR, refused=403)
async def test_every_role_reads_the_queue(person: AgentClient, status: int) -> None:
    response = await person.call("GET", "/queue")

    assert response.status == status


@sides(AGENT, SENIOR, SUPERVISOR, ADMINISTRATOR, refused=403)
async def test_only_those_who_serve_can_claim(person: AgentClient, customer: Customer, status: int) -> None:
    await customer.post("/handoff")

    response = await person.post(f"/conversations/{customer.conversation}/claim")

    assert response.status == status


@sides(SUPERVISOR, COMPLIANCE, ADMINISTRATOR, refused=404)
@pytest.mark.parametrize("path", ["", "/messages"], ids=["conversation", "messages"])
async def test_only_overseers_read_a_conversation_of_no_concern(
    person: AgentClient, customer: Customer, path: str, status: int
) -> None:
    await customer.say("秘密")

    response = await person.call("GET", f"/conversations/{customer.conversation}{path}")

    assert response.status == status
    assert ("秘密" in str(await response.json())) == (status == 200)


@sides(SUPERVISOR, COMPLIANCE, ADMINISTRATOR, refused=404)
async def test_only_overseers_watch_a_conversation_of_no_concern(
    person: AgentClient, customer: Customer, status: int
) -> None:
    await customer.say("秘密")
    socket = await person.connect()

    await socket.send(t="open", conv=customer.conversation, after=0)

    answer = await socket.next("batch" if status == 200 else "err")
    assert ("秘密" in str(answer)) == (status == 200)


@sides(SENIOR, SUPERVISOR, COMPLIANCE, ADMINISTRATOR, refused=403)
@pytest.mark.parametrize("path", ["/unanswered", "/unanswered.csv"])
async def test_agents_below_senior_cannot_read_unanswered_questions(
    person: AgentClient, path: str, status: int
) -> None:
    response = await person.call("GET", path)

    assert response.status == status


@sides(ADMINISTRATOR, refused=403)
async def test_only_administrators_list_agents(person: AgentClient, status: int) -> None:
    response = await person.call("GET", "/agents")

    assert response.status == status


@sides(ADMINISTRATOR, refused=403)
async def test_only_administrators_add_agents(person: AgentClient, status: int) -> None:
    response = await person.post("/agents", {"username": "wu", "name": "吴二", "role": "agent"})

    assert response.status == (201 if status == 200 else status)


@sides(ADMINISTRATOR, refused=403)
async def test_only_administrators_change_agents(person: AgentClient, gateway: Gateway, status: int) -> None:
    other = await gateway.agent("wu", name="吴二")

    response = await person.call("PUT", f"/agents/{other.id}", {"role": "administrator"})

    assert response.status == status
    assert (await other.get("/me"))["agent"]["role"] == ("administrator" if status == 200 else "agent")


@sides(ADMINISTRATOR, refused=403)
async def test_only_administrators_reset_passwords(person: AgentClient, gateway: Gateway, status: int) -> None:
    other = await gateway.agent("wu", name="吴二")

    response = await person.post(f"/agents/{other.id}/password")

    assert response.status == status


@sides(refused=409)
@pytest.mark.parametrize("call", ["close", "return", "requeue"])
async def test_nobody_but_the_owner_ends_or_moves_a_conversation(
    person: AgentClient, gateway: Gateway, customer: Customer, call: str, status: int
) -> None:
    owner = await gateway.agent("owner", name="主人")
    await customer.post("/handoff")
    await owner.claim(customer.conversation)

    response = await person.post(f"/conversations/{customer.conversation}/{call}", {"resolution": "resolved"})

    assert response.status == status
    assert await error_code(response) == "not_owner"
    assert (await customer.get("/messages"))["agent"] == {"name": "主人"}


@pytest.mark.parametrize(
    ("role", "refusal"),
    [(AGENT, (409, "not_owner")), (ADMINISTRATOR, (409, "not_owner")), (COMPLIANCE, (403, "forbidden"))],
)
async def test_nobody_but_the_owner_replies(
    person: AgentClient, gateway: Gateway, customer: Customer, refusal: tuple[int, str]
) -> None:
    owner = await gateway.agent("owner", name="主人")
    await customer.post("/handoff")
    await owner.claim(customer.conversation)

    response = await person.post(
        f"/conversations/{customer.conversation}/messages", {"client_id": "a-1", "text": "我来说"}
    )

    assert (response.status, await error_code(response)) == refusal
    assert "我来说" not in str(await customer.transcript())

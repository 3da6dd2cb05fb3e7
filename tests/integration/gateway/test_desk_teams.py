"""Teams: supervisors and administrators make them, everybody at the desk sees them."""

import pytest

from helpdesk.agents.model import Role
from tests.integration.gateway.clients import AgentClient, Json, error_code
from tests.integration.gateway.conftest import SQLITE_ONLY, Gateway

pytestmark = SQLITE_ONLY

TEAM = {"name": "反诈组", "skills": ["fraud", "crisis"], "members": []}


@pytest.fixture
async def boss(gateway: Gateway) -> AgentClient:
    return await gateway.agent("boss", Role.SUPERVISOR, name="何三")


async def test_team_is_added_changed_and_dissolved(boss: AgentClient, lin: AgentClient) -> None:
    team = (await boss.do("/teams", TEAM))["team"]
    changed = await boss.call(
        "PUT", f"/teams/{team['id']}", {"name": "反诈一组", "members": [lin.id], "skills": ["fraud"]}
    )
    seen = await lin.get("/teams")
    gone = await boss.call("DELETE", f"/teams/{team['id']}")

    wanted = {"id": team["id"], "name": "反诈一组", "skills": ["fraud"], "members": [lin.id]}
    assert (changed.status, (await changed.json())["team"]) == (200, wanted)
    assert seen["teams"] == [wanted]
    assert {skill["code"] for skill in seen["skills"]} == {"fraud", "complaint", "negotiation", "general", "crisis"}
    assert gone.status == 204
    assert (await lin.get("/teams"))["teams"] == []
    # Its name is free again.
    assert (await boss.do("/teams", {**TEAM, "name": "反诈一组"}))["team"]["members"] == []


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"name": " "}, 422, "field_invalid"),
        ({"name": "组" * 41}, 422, "field_invalid"),
        ({"skills": ["magic"]}, 422, "skill_unknown"),
        ({"skills": "fraud"}, 422, "field_invalid"),
        ({"members": [1]}, 422, "field_invalid"),
        ({"members": ["0" * 40]}, 404, "agent_not_found"),
    ],
)
async def test_team_of_another_form_is_refused(boss: AgentClient, change: Json, status: int, code: str) -> None:
    response = await boss.post("/teams", TEAM | change)

    assert (response.status, await error_code(response)) == (status, code)
    assert (await boss.get("/teams"))["teams"] == []


async def test_two_teams_of_one_name_are_refused(boss: AgentClient) -> None:
    await boss.do("/teams", TEAM)

    response = await boss.post("/teams", TEAM)

    assert (response.status, await error_code(response)) == (409, "team_name_taken")


async def test_capacity_is_set_within_its_bounds(boss: AgentClient, lin: AgentClient) -> None:
    path = f"/agents/{lin.id}/capacity"

    changed = await boss.call("PUT", path, {"capacity": 30})
    refused = [await boss.call("PUT", path, {"capacity": capacity}) for capacity in (0, 31)]

    assert (changed.status, await changed.json()) == (200, {"capacity": 30})
    assert [(response.status, await error_code(response)) for response in refused] == [(422, "capacity_invalid")] * 2
    assert {one["name"]: one["capacity"] for one in (await lin.get("/teams"))["agents"]} == {"林一": 30, "何三": 5}


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/teams"), ("PUT", "/teams/x"), ("DELETE", "/teams/x"), ("PUT", "/agents/x/capacity")],
)
async def test_agents_change_no_team(lin: AgentClient, method: str, path: str) -> None:
    response = await lin.call(method, path, TEAM | {"capacity": 9})

    assert (response.status, await error_code(response)) == (403, "forbidden")

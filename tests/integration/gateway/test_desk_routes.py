"""Every route of the desk with every role, both ways; a route that `route_rights.py` does not know fails the test."""

import re
from collections.abc import Iterator

import pytest
from aiohttp import web

from helpdesk.agents.model import Role
from helpdesk.agents.rights import RIGHTS
from tests.integration.gateway.clients import AgentClient, error_code
from tests.integration.gateway.conftest import PASSWORD, SQLITE_ONLY, Gateway
from tests.integration.gateway.route_rights import NEEDS

pytestmark = SQLITE_ONLY

ROOT = "/desk/api"
# Open without a session; they have tests of their own.
SIGNING_IN = {"POST /login", "POST /login/code"}


def desk_routes(app: web.Application) -> Iterator[tuple[str, str]]:
    """Yield method and path of every route below the desk's root."""
    for route in app.router.routes():
        path = route.resource.canonical if route.resource else ""
        if path.startswith(f"{ROOT}/"):
            yield route.method, path.removeprefix(ROOT)


def all_calls(app: web.Application) -> list[tuple[str, str, str]]:
    """Return name, method and a path with an id that nothing has, for every route behind the sign-in."""
    calls = {f"{method} {path}": (method, re.sub(r"\{\w+\}", "f" * 40, path)) for method, path in desk_routes(app)}
    return [(name, *call) for name, call in calls.items() if name not in SIGNING_IN]


async def call(person: AgentClient, method: str, path: str, **headers: str) -> tuple[int, str]:
    """Return status and error code (empty for a success) of a call with an empty body."""
    response = await person.call(method, path, None if method == "GET" else {}, **headers)
    return response.status, "" if response.status < 400 else await error_code(response)


async def test_table_knows_exactly_the_routes_that_there_are(gateway: Gateway) -> None:
    names = {name for name, _, _ in all_calls(gateway.app)}

    assert sorted(names - NEEDS.keys()) == [], "routes without an entry in NEEDS"
    assert sorted(NEEDS.keys() - names) == [], "entries in NEEDS without a route"


@pytest.mark.parametrize("role", Role, ids=lambda role: role.value)
async def test_each_role_passes_where_it_has_the_right_and_nowhere_else(gateway: Gateway, role: Role) -> None:
    person = await gateway.agent("somebody", role, name="某人")
    allowed: dict[str, bool] = {}
    wrong: list[str] = []

    for name, method, path in all_calls(gateway.app):
        if name == "POST /logout":
            continue
        status, code = await call(person, method, path)
        allowed[name] = (status, code) != (403, "forbidden")
        # A success, or a refusal of what was asked for: never of the asker, never a fault of ours.
        if allowed[name] and (status >= 500 or code in {"not_signed_in", "csrf_invalid", "not_found"}):
            wrong.append(f"{name}: {status} {code}")

    expected = {name: NEEDS[name] is None or NEEDS[name] in RIGHTS[role] for name in allowed if name in NEEDS}
    assert {name for name in expected if allowed[name] != expected[name]} == set()
    assert wrong == []


async def test_nothing_is_answered_without_a_session(gateway: Gateway) -> None:
    stranger = AgentClient(await gateway.browser(), agent_id="", username="", name="")

    answers = {name: await call(stranger, method, path) for name, method, path in all_calls(gateway.app)}

    assert {name: answer for name, answer in answers.items() if answer != (401, "not_signed_in")} == {}


async def test_nothing_is_changed_without_the_token_or_from_another_site(gateway: Gateway) -> None:
    root = await gateway.agent("root", Role.ADMINISTRATOR, name="管理员")
    changing = [(name, method, path) for name, method, path in all_calls(gateway.app) if method != "GET"]
    stranger = {"Origin": "https://evil.example"}

    elsewhere = {name: await call(root, method, path, **stranger) for name, method, path in changing}
    root.csrf = ""
    without = {name: await call(root, method, path) for name, method, path in changing}

    assert len(changing) > 15
    assert {*elsewhere.values(), *without.values()} == {(403, "csrf_invalid")}
    # Not one of them took effect, signing out among them.
    assert (await root.call("GET", "/me")).status == 200


@pytest.mark.parametrize("path", ["/login", "/login/code"])
async def test_signing_in_is_not_done_by_another_sites_page(gateway: Gateway, lin: AgentClient, path: str) -> None:
    body = {"username": "lin", "password": PASSWORD, "code": "123456"}

    response = await lin.call("POST", path, body, Origin="https://evil.example")

    assert (response.status, await error_code(response)) == (403, "csrf_invalid")


@pytest.mark.parametrize("role", Role, ids=lambda role: role.value)
async def test_front_end_is_told_the_rights_of_the_table(gateway: Gateway, role: Role) -> None:
    person = await gateway.agent("somebody", role, name="某人")

    told = (await person.get("/me"))["agent"]["rights"]
    socket = await person.connect()

    assert set(told) == {right.value for right in RIGHTS[role]}
    assert socket.seen[0]["agent"]["rights"] == told

"""Signing in at the desk: cookie, CSRF token, one-time passwords, delays and the end of sessions."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from helpdesk import clock
from helpdesk.agents.model import AgentSession, Role, SignInDelay
from helpdesk.database import Database
from tests.integration.gateway.clients import AgentClient, error_code
from tests.integration.gateway.conftest import PASSWORD, SQLITE_ONLY, Gateway, StartGateway

pytestmark = SQLITE_ONLY

NEW_PASSWORD = "quite another passphrase"


@pytest.fixture
async def agent(gateway: Gateway) -> AgentClient:
    return await gateway.agent()


@pytest.fixture
async def newcomer(gateway: Gateway) -> tuple[AgentClient, str]:
    """Return an agent who has not signed in yet, with the one-time password."""
    administrator = await gateway.agent("root", Role.ADMINISTRATOR)
    made = await administrator.do("/agents", {"username": "wu", "name": "吴二", "role": "agent"})
    client = AgentClient(await gateway.browser(), agent_id=made["agent"]["id"], username="wu", name="吴二")
    return client, made["one_time_password"]


async def test_right_password_signs_in_and_tells_who(gateway: Gateway, agent: AgentClient) -> None:
    response = await agent.sign_in(PASSWORD)

    answer = await response.json()
    assert response.status == 200
    assert answer["agent"]["username"] == "lin"
    assert (answer["agent"]["role"], answer["must_change_password"]) == ("agent", False)
    assert (await agent.get("/me")) == answer


async def test_user_name_may_be_written_in_capitals(gateway: Gateway, agent: AgentClient) -> None:
    agent.username = " LIN "

    assert (await agent.sign_in(PASSWORD)).status == 200


@pytest.mark.parametrize(("username", "password"), [("lin", "wrong"), ("lin", ""), ("nobody", PASSWORD), ("", "")])
async def test_wrong_credentials_are_refused_alike(
    gateway: Gateway, agent: AgentClient, username: str, password: str
) -> None:
    response = await gateway.client.post("/desk/api/login", json={"username": username, "password": password})

    assert response.status == 401
    assert await error_code(response) == "credentials_invalid"
    assert "xiaobao_desk" not in response.cookies


async def test_cookie_is_kept_from_scripts_and_from_other_sites(agent: AgentClient) -> None:
    response = await agent.sign_in(PASSWORD)

    cookie = response.cookies["xiaobao_desk"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/desk")
    assert cookie["secure"] == ""
    assert len(cookie.value) >= 43


async def test_cookie_is_secure_where_the_settings_say_so(start_gateway: StartGateway, agent: AgentClient) -> None:
    gateway = await start_gateway(SECURE_COOKIES="true")
    browser = await gateway.browser()

    response = await browser.post("/desk/api/login", json={"username": "lin", "password": PASSWORD})

    cookie = response.cookies["__Host-xiaobao_desk"]
    # What the prefix demands of a cookie; browsers drop one that breaks it.
    assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Strict")


async def test_cookie_without_its_prefix_opens_nothing_behind_https(
    start_gateway: StartGateway, agent: AgentClient
) -> None:
    gateway = await start_gateway(SECURE_COOKIES="true")
    browser = await gateway.browser()
    response = await browser.post("/desk/api/login", json={"username": "lin", "password": PASSWORD})
    value = response.cookies["__Host-xiaobao_desk"].value

    answers = [
        (await browser.get("/desk/api/me", headers={"Cookie": f"{name}={value}"})).status
        for name in ("xiaobao_desk", "__Host-xiaobao_desk")
    ]

    assert answers == [401, 200]


async def test_signing_in_again_ends_the_session_that_the_browser_had(agent: AgentClient, gateway: Gateway) -> None:
    first = (await agent.sign_in(PASSWORD)).cookies["xiaobao_desk"].value
    second = (await agent.sign_in(PASSWORD)).cookies["xiaobao_desk"].value

    stolen = await gateway.client.get("/desk/api/me", headers={"Cookie": f"xiaobao_desk={first}"})
    assert first != second
    assert stolen.status == 401


@pytest.mark.parametrize("path", ["/me", "/queue", "/conversations", "/agents", "/unanswered", "/unanswered.csv"])
async def test_call_without_a_session_is_refused(gateway: Gateway, path: str) -> None:
    response = await gateway.client.get(f"/desk/api{path}")

    assert response.status == 401
    assert await error_code(response) == "not_signed_in"


@pytest.mark.parametrize("cookie", ["x", "x" * 43, '"', "a=b"])
async def test_made_up_cookie_is_refused(gateway: Gateway, cookie: str) -> None:
    response = await gateway.client.get("/desk/api/me", headers={"Cookie": f"xiaobao_desk={cookie}"})

    assert response.status == 401
    assert await error_code(response) == "not_signed_in"


async def test_change_with_the_right_csrf_token_is_accepted(agent: AgentClient) -> None:
    response = await agent.call("PUT", "/me/availability", {"available": True})

    assert (response.status, await response.json()) == (200, {"available": True})
    assert (await agent.get("/me"))["agent"]["available"] is True


@pytest.mark.parametrize("token", ["", "x", "x" * 43, "é"], ids=["missing", "short", "wrong", "not ASCII"])
async def test_change_without_the_csrf_token_is_refused(agent: AgentClient, token: str) -> None:
    agent.csrf = token

    response = await agent.call("PUT", "/me/availability", {"available": True})

    assert response.status == 403
    assert await error_code(response) == "csrf_invalid"
    assert (await agent.get("/me"))["agent"]["available"] is False


async def test_csrf_token_of_another_agent_is_refused(gateway: Gateway, agent: AgentClient) -> None:
    other = await gateway.agent("wu", name="吴二")
    agent.csrf = other.csrf

    response = await agent.call("PUT", "/me/availability", {"available": True})

    assert await error_code(response) == "csrf_invalid"


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
async def test_change_from_another_sites_page_is_refused(agent: AgentClient, origin: str) -> None:
    change = await agent.call("PUT", "/me/availability", {"available": True}, Origin=origin)
    sign_in = await agent.call("POST", "/login", {"username": "lin", "password": PASSWORD}, Origin=origin)

    assert [change.status, sign_in.status] == [403, 403]
    assert await error_code(change) == "csrf_invalid"


async def test_signing_out_ends_the_session_and_the_availability(agent: AgentClient, gateway: Gateway) -> None:
    await agent.call("PUT", "/me/availability", {"available": True})
    value = (await agent.sign_in(PASSWORD)).cookies["xiaobao_desk"].value

    response = await agent.post("/logout")

    stolen = await gateway.client.get("/desk/api/me", headers={"Cookie": f"xiaobao_desk={value}"})
    assert (response.status, stolen.status) == (204, 401)
    await agent.sign_in(PASSWORD)
    assert (await agent.get("/me"))["agent"]["available"] is False


async def test_session_ends_after_its_hours(agent: AgentClient, database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(update(AgentSession).values(expires_at=clock.now()))

    response = await agent.call("GET", "/me")

    assert response.status == 401


async def test_one_time_password_must_be_changed_first(newcomer: tuple[AgentClient, str]) -> None:
    client, password = newcomer

    answer = await (await client.sign_in(password)).json()

    assert answer["must_change_password"] is True
    for path in ("/queue", "/conversations", "/articles?q=x", f"/conversations/{'0' * 40}"):
        response = await client.call("GET", path)
        assert (response.status, await error_code(response)) == (403, "password_change_required")


async def test_changed_one_time_password_opens_the_desk(newcomer: tuple[AgentClient, str]) -> None:
    client, password = newcomer
    await client.sign_in(password)

    response = await client.post("/password", {"current": password, "new": NEW_PASSWORD})

    assert response.status == 204
    assert (await client.get("/me"))["must_change_password"] is False
    assert (await client.get("/queue"))["entries"] == []
    assert (await client.sign_in(password)).status == 401
    assert (await client.sign_in(NEW_PASSWORD)).status == 200


async def test_desk_socket_waits_for_the_password_change(newcomer: tuple[AgentClient, str]) -> None:
    client, password = newcomer
    await client.sign_in(password)
    origin = f"http://{client.client.host}:{client.client.port}"

    socket = await client.client.ws_connect("/desk/socket", origin=origin)

    await socket.receive()
    assert socket.close_code == 4001


@pytest.mark.parametrize("new", ["", "short", "eleven char", PASSWORD, "x" * 257], ids=len)
async def test_weak_password_is_refused(agent: AgentClient, new: str) -> None:
    response = await agent.post("/password", {"current": PASSWORD, "new": new})

    assert response.status == 422
    assert await error_code(response) == "password_weak"


async def test_password_change_needs_the_current_one(agent: AgentClient) -> None:
    response = await agent.post("/password", {"current": "wrong", "new": NEW_PASSWORD})

    assert response.status == 401
    assert await error_code(response) == "credentials_invalid"
    assert (await agent.sign_in(PASSWORD)).status == 200


async def test_password_change_ends_the_other_sessions_and_their_sockets(agent: AgentClient, gateway: Gateway) -> None:
    other = AgentClient(await gateway.browser(), agent_id=agent.id, username="lin", name=agent.name)
    await other.sign_in(PASSWORD)
    socket = await other.connect()

    await agent.post("/password", {"current": PASSWORD, "new": NEW_PASSWORD})

    assert await socket.closed() == 4001
    assert (await other.call("GET", "/me")).status == 401
    assert (await agent.call("GET", "/me")).status == 200


async def test_fifth_failure_delays_the_next_attempt_even_with_the_right_password(agent: AgentClient) -> None:
    failures = [(await agent.sign_in("wrong")).status for _ in range(5)]

    response = await agent.sign_in(PASSWORD)

    assert failures == [401] * 5
    assert response.status == 429
    assert await error_code(response) == "sign_in_delayed"
    assert 1 <= int(response.headers["Retry-After"]) <= 2


@pytest.mark.parametrize("username", ["lin", "nobody"], ids=["known", "unknown"])
async def test_delay_looks_the_same_for_names_that_nobody_has(agent: AgentClient, username: str) -> None:
    agent.username = username

    answers = [(await agent.sign_in("wrong")) for _ in range(6)]

    assert [answer.status for answer in answers] == [401] * 5 + [429]
    error = (await answers[-1].json())["error"]
    assert error["code"] == "sign_in_delayed"
    assert set(error) == {"code", "message", "retry_after"}


async def test_delay_ends(agent: AgentClient, database: Database) -> None:
    for _ in range(6):
        await agent.sign_in("wrong")
    async with database.transaction() as session:
        await session.execute(update(SignInDelay).values(next_at=clock.now() - timedelta(seconds=1)))

    assert (await agent.sign_in(PASSWORD)).status == 200

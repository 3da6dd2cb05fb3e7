"""One's own account at the desk: second factor, devices, and what an administrator may do about them."""

from datetime import timedelta
from typing import Any

import pyotp
import pytest
from sqlalchemy import select

from helpdesk import clock
from helpdesk.agents.model import Role
from helpdesk.audit import AuditEntry
from helpdesk.database import Database
from tests.integration.gateway.clients import AgentClient, error_code
from tests.integration.gateway.conftest import PASSWORD, SQLITE_ONLY, Gateway, StartGateway

pytestmark = SQLITE_ONLY

NOT_AUTHENTICATED = 4001
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36"


@pytest.fixture
async def root(gateway: Gateway) -> AgentClient:
    return await gateway.agent("root", Role.ADMINISTRATOR, name="管理员")


class Phone:
    """An authenticator app; each code of it is a step later, for none is good twice."""

    def __init__(self, secret: str) -> None:
        self._totp = pyotp.TOTP(secret)
        self._offset = -1

    def code(self) -> str:
        code = self._totp.at(clock.now() + timedelta(seconds=30 * self._offset))
        self._offset += 1
        return code


async def set_up(agent: AgentClient) -> tuple[Phone, list[str]]:
    """Set a second factor up; return the app and the recovery codes."""
    offer = await agent.do("/second-factor/begin", {"password": PASSWORD})
    phone = Phone(offer["secret"])
    made = await agent.do("/second-factor/confirm", {"code": phone.code()})
    return phone, made["recovery_codes"]


async def elsewhere(gateway: Gateway, agent: AgentClient) -> AgentClient:
    """Return the same agent at another browser, not signed in yet."""
    return AgentClient(await gateway.browser(), agent_id=agent.id, username=agent.username, name=agent.name)


async def second_step(agent: AgentClient, **code: str) -> tuple[int, dict[str, Any]]:
    response = await agent.post("/login/code", code)
    answer = await response.json()
    agent.csrf = answer.get("csrf", "")
    return response.status, answer


async def test_offer_holds_secret_link_and_picture(lin: AgentClient) -> None:
    offer = await lin.do("/second-factor/begin", {"password": PASSWORD})

    assert offer["secret"] in offer["link"]
    assert offer["link"].startswith("otpauth://totp/")
    assert offer["qr"].startswith("data:image/svg+xml")


async def test_open_desk_is_not_enough_to_begin(lin: AgentClient) -> None:
    response = await lin.post("/second-factor/begin", {"password": "wrong"})

    assert (response.status, await error_code(response)) == (401, "credentials_invalid")
    assert (await lin.get("/second-factor")) == {"since": None, "required": False, "recovery_codes_left": 0}


async def test_after_setting_it_up_signing_in_takes_two_steps(gateway: Gateway, lin: AgentClient) -> None:
    phone, _ = await set_up(lin)
    other = await elsewhere(gateway, lin)

    answer = await (await other.sign_in_half(PASSWORD)).json()
    locked_out = await other.call("GET", "/me")
    status, me = await second_step(other, code=phone.code())

    # Nothing of the account is told before the second step.
    assert answer == {"second_factor": True}
    assert locked_out.status == 401
    assert (status, me["agent"]["username"], me["must_set_second_factor"]) == (200, "lin", False)
    assert (await other.get("/second-factor"))["recovery_codes_left"] == 10


async def test_confirming_changes_the_cookie_and_ends_other_sessions(gateway: Gateway, lin: AgentClient) -> None:
    other = await elsewhere(gateway, lin)
    await other.sign_in(PASSWORD)
    before = (await lin.sign_in(PASSWORD)).cookies["xiaobao_desk"].value
    socket = await lin.connect()

    await set_up(lin)

    assert (await other.call("GET", "/me")).status == 401
    stolen = await gateway.client.get("/desk/api/me", headers={"Cookie": f"xiaobao_desk={before}"})
    assert stolen.status == 401
    # Here nothing is lost: neither the page nor its socket.
    assert (await lin.call("GET", "/me")).status == 200
    assert await socket.quiet() is not None


async def test_wrong_code_at_the_second_step_is_refused(gateway: Gateway, lin: AgentClient) -> None:
    await set_up(lin)
    other = await elsewhere(gateway, lin)
    await other.sign_in_half(PASSWORD)

    status, answer = await second_step(other, code="abc")

    assert (status, answer["error"]["code"]) == (401, "code_invalid")
    assert (await other.call("GET", "/me")).status == 401


async def test_second_step_without_the_first_is_refused(gateway: Gateway, lin: AgentClient) -> None:
    phone, _ = await set_up(lin)
    other = await elsewhere(gateway, lin)

    response = await other.post("/login/code", {"code": phone.code()})

    assert (response.status, await error_code(response)) == (401, "not_signed_in")


async def test_recovery_code_signs_in_once(gateway: Gateway, lin: AgentClient) -> None:
    _, codes = await set_up(lin)
    statuses = []
    for _ in range(2):
        other = await elsewhere(gateway, lin)
        await other.sign_in_half(PASSWORD)
        statuses.append((await second_step(other, recovery_code=codes[0]))[0])

    assert statuses == [200, 401]


async def test_turning_it_off_takes_a_code(lin: AgentClient) -> None:
    phone, _ = await set_up(lin)

    refused = await lin.post("/second-factor/end", {"code": "000000"})
    done = await lin.post("/second-factor/end", {"code": phone.code()})

    assert [refused.status, done.status] == [401, 204]
    assert (await (await lin.sign_in(PASSWORD)).json())["agent"]["username"] == "lin"


async def test_new_recovery_codes_take_a_code(lin: AgentClient) -> None:
    phone, codes = await set_up(lin)

    fresh = (await lin.do("/second-factor/recovery-codes", {"code": phone.code()}))["recovery_codes"]

    assert len(fresh) == 10
    assert not set(fresh) & set(codes)


async def test_required_account_may_do_nothing_before_it_is_set_up(root: AgentClient, lin: AgentClient) -> None:
    socket = await lin.connect()

    await root.call("PUT", f"/agents/{lin.id}", {"second_factor_required": True})

    assert await socket.closed() == NOT_AUTHENTICATED
    assert (await lin.get("/me"))["must_set_second_factor"] is True
    refused = await lin.call("GET", "/queue")
    assert (refused.status, await error_code(refused)) == (403, "second_factor_needed")
    phone, _ = await set_up(lin)
    assert (await lin.call("GET", "/queue")).status == 200
    off = await lin.post("/second-factor/end", {"code": phone.code()})
    assert (off.status, await error_code(off)) == (409, "second_factor_required")


async def test_whole_roles_may_be_required(start_gateway: StartGateway) -> None:
    gateway = await start_gateway(REQUIRE_TOTP_ROLES="administrator")
    root = await gateway.agent("root", Role.ADMINISTRATOR, name="管理员")
    lin = await gateway.agent("lin")

    assert [(await who.get("/me"))["must_set_second_factor"] for who in (root, lin)] == [True, False]
    assert (await root.call("GET", "/agents")).status == 403
    assert (await lin.call("GET", "/queue")).status == 200


async def test_administrator_resets_what_was_lost(root: AgentClient, lin: AgentClient, database: Database) -> None:
    await set_up(lin)
    socket = await lin.connect()

    response = await root.post(f"/agents/{lin.id}/second-factor/reset")

    assert response.status == 204
    assert await socket.closed() == NOT_AUTHENTICATED
    assert (await lin.call("GET", "/me")).status == 401
    assert "agent" in await (await lin.sign_in(PASSWORD)).json()
    async with database.reading() as session:
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "reset_second_factor"))).one()
    assert (entry.actor, entry.subject) == (f"agent:{root.id}", f"agent:{lin.id}")


async def test_administrator_sees_and_lifts_a_delay(root: AgentClient, lin: AgentClient) -> None:
    async def account() -> dict[str, Any]:
        return next(one for one in (await root.get("/agents"))["agents"] if one["id"] == lin.id)

    for _ in range(8):
        await lin.sign_in("wrong")
    delayed = await account()

    assert (await root.post(f"/agents/{lin.id}/unlock")).status == 204
    assert delayed["delayed_until"] is not None
    assert (await account())["delayed_until"] is None
    assert (await lin.sign_in(PASSWORD)).status == 200


async def test_administrator_sees_who_has_one_and_when_they_signed_in(root: AgentClient, lin: AgentClient) -> None:
    await set_up(lin)
    await root.do("/agents", {"username": "wu", "name": "吴二", "role": "agent"})

    seen = {one["username"]: one for one in (await root.get("/agents"))["agents"]}

    assert [seen[name]["second_factor"] for name in ("lin", "root")] == [True, False]
    assert seen["lin"]["last_sign_in_at"] is not None
    assert seen["wu"]["last_sign_in_at"] is None


async def test_devices_are_listed_and_can_be_signed_out(gateway: Gateway, lin: AgentClient) -> None:
    other = await elsewhere(gateway, lin)
    await other.client.post(
        "/desk/api/login", json={"username": "lin", "password": PASSWORD}, headers={"User-Agent": CHROME}
    )
    socket = await other.connect()

    sessions = (await lin.get("/sessions"))["sessions"]
    here = next(one for one in sessions if one["current"])
    there = next(one for one in sessions if not one["current"])
    assert (there["browser"], there["address"]) == ("Chrome, Windows", "127.0.0.*")
    assert (await lin.call("DELETE", f"/sessions/{there['id']}")).status == 204

    assert await socket.closed() == NOT_AUTHENTICATED
    assert (await other.call("GET", "/me")).status == 401
    assert [one["id"] for one in (await lin.get("/sessions"))["sessions"]] == [here["id"]]


async def test_all_other_devices_are_signed_out_at_once(gateway: Gateway, lin: AgentClient) -> None:
    others = [await elsewhere(gateway, lin) for _ in range(2)]
    for other in others:
        await other.sign_in(PASSWORD)

    response = await lin.call("DELETE", "/sessions")

    assert response.status == 204
    assert [(await other.call("GET", "/me")).status for other in others] == [401, 401]
    assert (await lin.call("GET", "/me")).status == 200


async def test_session_of_somebody_else_is_not_there(gateway: Gateway, root: AgentClient, lin: AgentClient) -> None:
    theirs = (await lin.get("/sessions"))["sessions"][0]["id"]

    response = await root.call("DELETE", f"/sessions/{theirs}")

    assert (response.status, await error_code(response)) == (404, "desk_session_not_found")
    assert (await lin.call("GET", "/me")).status == 200


async def test_guesses_of_the_current_password_are_delayed(lin: AgentClient) -> None:
    answers = [await lin.post("/password", {"current": "wrong", "new": "quite another passphrase"}) for _ in range(6)]

    assert [answer.status for answer in answers] == [401] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) >= 1


async def test_open_page_of_a_demoted_agent_is_told_and_refused_at_once(
    gateway: Gateway, root: AgentClient, customer: Any
) -> None:
    await customer.say("秘密")
    boss = await gateway.agent("boss", Role.SUPERVISOR, name="主管")
    socket = await boss.watch(customer.conversation)

    await root.call("PUT", f"/agents/{boss.id}", {"role": "agent"})

    hello = await socket.next("hello")
    assert "read_any_conversation" not in hello["agent"]["rights"]
    assert (await socket.next("err"))["code"] == "conversation_not_found"
    await socket.send(t="open", conv=customer.conversation, after=0)
    assert (await socket.next("err"))["code"] == "conversation_not_found"
    await customer.say("还有秘密")
    assert "还有秘密" not in str(await socket.quiet())

"""Canned replies over HTTP: who may write, approve, use and see them."""

import pytest

from helpdesk.agents.model import Role
from helpdesk.canned.wording import gap
from tests.integration.gateway.clients import AgentClient, Customer, Json, error_code
from tests.integration.gateway.conftest import SQLITE_ONLY, Gateway

HELLO = {
    "shortcut": "hello",
    "folder": "问候",
    "title": "开场白",
    "body": "{{customer_name}}您好，我是{{agent_name}}，您的工单是 {{case_number}}。",
}


@pytest.fixture
async def senior(gateway: Gateway) -> AgentClient:
    return await gateway.agent("senior", Role.SENIOR, name="资深")


async def listed(agent: AgentClient) -> list[Json]:
    return list((await agent.get("/canned-replies"))["replies"])


async def propose(agent: AgentClient, *, shared: bool, **changes: str) -> Json:
    return dict((await agent.do("/canned-replies", {**HELLO, "shared": shared, **changes}))["reply"])


async def test_own_reply_is_used_at_once_and_seen_by_nobody_else(
    served: Customer, lin: AgentClient, senior: AgentClient
) -> None:
    own = await propose(lin, shared=False)

    filled = await lin.do(f"/canned-replies/{own['id']}/use", {"conversation": served.conversation})

    number = (await lin.get("/conversations"))["conversations"][0]["case"]["number"]
    assert filled == {"text": f"{gap('customer_name')}您好，我是林一，您的工单是 {number}。", "gaps": ["customer_name"]}
    assert (await listed(lin))[0]["used"] == 1
    assert await listed(senior) == []
    stranger = await senior.post(f"/canned-replies/{own['id']}/approve")
    assert (stranger.status, await error_code(stranger)) == (404, "canned_reply_not_found")


async def test_shared_reply_waits_for_somebody_elses_approval(
    served: Customer, lin: AgentClient, senior: AgentClient
) -> None:
    shared = await propose(lin, shared=True)
    path = f"/canned-replies/{shared['id']}"
    use = {"conversation": served.conversation}

    before = await lin.post(f"{path}/use", use)
    refused = await lin.post(f"{path}/approve")
    approved = (await senior.do(f"{path}/approve"))["reply"]
    after = await lin.post(f"{path}/use", use)

    assert (shared["body"], shared["draft"]["state"]) == (None, "draft")
    assert (before.status, refused.status, after.status) == (404, 403, 200)
    assert (approved["body"], approved["draft"]) == (HELLO["body"], None)
    assert [(v["state"], v["by"], v["decided_by"]) for v in approved["versions"]] == [("approved", "林一", "资深")]


async def test_new_version_replaces_the_one_in_use_only_when_approved(lin: AgentClient, senior: AgentClient) -> None:
    path = f"/canned-replies/{(await propose(lin, shared=True))['id']}"
    await senior.do(f"{path}/approve")

    revised = (await (await lin.call("PUT", path, {**HELLO, "body": "您好。"})).json())["reply"]
    approved = (await senior.do(f"{path}/approve"))["reply"]

    assert (revised["body"], revised["draft"]["body"]) == (HELLO["body"], "您好。")
    assert approved["body"] == "您好。"
    assert [(v["number"], v["state"]) for v in approved["versions"]] == [(2, "approved"), (1, "retired")]


@SQLITE_ONLY
async def test_nobody_approves_their_own_draft(senior: AgentClient) -> None:
    own = await propose(senior, shared=True)

    refused = await senior.post(f"/canned-replies/{own['id']}/approve")

    assert (refused.status, await error_code(refused)) == (403, "own_draft")
    assert "approve" not in own["may"]


@SQLITE_ONLY
async def test_draft_that_is_sent_back_keeps_its_reason_and_can_be_revised(
    lin: AgentClient, senior: AgentClient
) -> None:
    path = f"/canned-replies/{(await propose(lin, shared=True))['id']}"

    sent_back = await senior.call("POST", f"{path}/send-back", {"note": "太长"})
    again = await senior.post(f"{path}/approve")
    revised = (await (await lin.call("PUT", path, {**HELLO, "body": "您好。"})).json())["reply"]

    assert sent_back.status == 204
    assert (again.status, await error_code(again)) == (409, "no_draft")
    assert revised["draft"]["number"] == 2
    assert (revised["versions"][1]["state"], revised["versions"][1]["note"]) == ("retired", "太长")


@SQLITE_ONLY
async def test_retired_reply_gives_its_shortcut_back(lin: AgentClient, senior: AgentClient) -> None:
    shared = await propose(lin, shared=True)

    by_agent = await lin.call("DELETE", f"/canned-replies/{shared['id']}")
    by_senior = await senior.call("DELETE", f"/canned-replies/{shared['id']}")
    again = await propose(lin, shared=True)

    assert (by_agent.status, by_senior.status) == (403, 204)
    assert [reply["id"] for reply in await listed(lin)] == [again["id"]]


async def test_shortcut_is_taken_once_among_the_shared_and_once_by_each(lin: AgentClient, senior: AgentClient) -> None:
    await propose(lin, shared=True)
    await propose(lin, shared=False)
    await propose(senior, shared=False)

    for shared in (True, False):
        refused = await lin.post("/canned-replies", {**HELLO, "shortcut": "HELLO", "shared": shared})
        assert (refused.status, await error_code(refused)) == (409, "shortcut_taken")


@SQLITE_ONLY
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"body": "请把验证码发给我"}, "asks_for_secret"),
        ({"body": "保证追回您的钱"}, "promise_forbidden"),
        ({"body": "{{salary}}"}, "variable_unknown"),
        ({"body": "卡号 6222021234567890128"}, "reply_holds_secret"),
        ({"shortcut": "a b"}, "shortcut_invalid"),
        ({"body": " "}, "text_empty"),
        ({"title": ""}, "text_empty"),
    ],
)
async def test_bad_wording_is_refused(lin: AgentClient, change: dict[str, str], code: str) -> None:
    refused = await lin.post("/canned-replies", {**HELLO, **change, "shared": False})

    assert (refused.status, await error_code(refused)) == (422, code)
    assert await listed(lin) == []


@SQLITE_ONLY
async def test_compliance_reads_the_shared_ones_and_writes_none(lin: AgentClient, gateway: Gateway) -> None:
    reader = await gateway.agent("law", Role.COMPLIANCE, name="合规")
    await propose(lin, shared=True)

    refused = await reader.post("/canned-replies", {**HELLO, "shared": False})

    assert refused.status == 403
    assert [(reply["shortcut"], reply["may"]) for reply in await listed(reader)] == [("hello", [])]


@SQLITE_ONLY
async def test_reply_with_a_gap_is_not_sent(served: Customer, lin: AgentClient) -> None:
    body = {"client_id": "a-1", "text": f"{gap('customer_name')}您好"}

    refused = await lin.post(f"/conversations/{served.conversation}/messages", body)

    assert (refused.status, await error_code(refused)) == (422, "gap_left")

"""The desk's calls on cases: a typed case from its opening to its closing, and what of it is refused to whom."""

from typing import Any

import pytest

from helpdesk.agents.model import Role
from tests.integration.gateway.clients import AgentClient, Customer, error_code
from tests.integration.gateway.conftest import SQLITE_ONLY, Gateway

pytestmark = SQLITE_ONLY
Json = dict[str, Any]
UNKNOWN = "0" * 40


@pytest.fixture
async def boss(gateway: Gateway) -> AgentClient:
    return await gateway.agent("boss", Role.SUPERVISOR, name="主管")


@pytest.fixture
async def reader(gateway: Gateway) -> AgentClient:
    return await gateway.agent("he", Role.COMPLIANCE, name="合规")


@pytest.fixture
async def wang(gateway: Gateway) -> AgentClient:
    return await gateway.agent("wang", name="王二")


@pytest.fixture
async def case(served: Customer, lin: AgentClient) -> Json:
    """Return a request for relief of a customer whom Lin serves."""
    return await opened(lin, served, "relief")


async def opened(agent: AgentClient, customer: Customer, case_type: str) -> Json:
    answer = await agent.do("/cases", {"conversation": customer.conversation, "type": case_type, "summary": "生病住院"})
    return dict(answer["case"])


async def act(agent: AgentClient, case: Json, path: str, /, **body: Any) -> Json:
    return dict((await agent.do(f"/cases/{case['id']}/{path}", body))["case"])


async def refused(agent: AgentClient, path: str, /, **body: Any) -> tuple[int, str]:
    response = await agent.post(path, body)
    return response.status, await error_code(response)


async def test_relief_from_opening_to_closing(case: Json, lin: AgentClient) -> None:
    assert (case["status"], case["owner"]["name"], case["due"]["kind"]) == ("in_progress", "林一", "case_answer")
    assert [field["name"] for field in case["form"]][:2] == ["hardship", "hardship_kind"]

    filled = await act(lin, case, "fields", fields={"hardship_kind": "illness", "requested_fen": 500_000})
    waiting = await act(lin, case, "state", status="waiting_customer")
    assert waiting["due"]["state"] == "paused"
    await act(lin, case, "state", status="in_progress")
    closed = await act(
        lin,
        case,
        "close",
        resolution="granted",
        details={"waived_fen": 30_000, "deferred_fen": 200_000},
        note="已电话告知",
    )

    values = {field["name"]: field["value"] for field in filled["form"]}
    assert (values["hardship_kind"], values["requested_fen"]) == ("illness", 500_000)
    assert (closed["status"], closed["resolution"]["code"]) == ("closed", "granted")
    assert {one["label"]: one["text"] for one in closed["resolution"]["details"]}["金额"] == "2,300.00 元"
    assert [event["kind"] for event in closed["timeline"]] == [
        "opened",
        "fields_changed",
        "state_changed",
        "state_changed",
        "closed",
    ]
    assert closed["chain"]["is_whole"]
    assert closed["moves"] == [{"status": "in_progress", "text": "处理中"}]
    assert await refused(lin, f"/cases/{case['id']}/fields", fields={"hardship": "x"}) == (409, "case_closed")
    # Why a closed case goes on has to be said.
    assert await refused(lin, f"/cases/{case['id']}/state", status="in_progress") == (422, "field_invalid")
    again = await act(lin, case, "state", status="in_progress", reason="客户补充了材料")
    assert (again["resolution"], again["due"]["state"]) == (None, "running")


async def test_page_is_offered_what_the_server_allows(case: Json, lin: AgentClient) -> None:
    assert [move["status"] for move in case["moves"]] == ["waiting_customer"]
    assert {one["code"] for one in case["closings"]} == {"granted", "refused", "withdrawn", "unreachable"}
    (refusal,) = [one for one in case["closings"] if one["code"] == "refused"]
    assert [(one["name"], one["is_required"]) for one in refusal["details"]] == [("reason", True)]
    assert set(case["may"]) == {"fields", "owner", "merge", "link", "relate"}


@pytest.mark.parametrize(
    ("path", "body", "answer"),
    [
        ("state", {"status": "answered"}, (409, "case_move_not_allowed")),
        ("state", {"status": "nonsense"}, (422, "field_invalid")),
        ("state", {}, (422, "field_invalid")),
        ("fields", {"fields": {"level": "P0"}}, (422, "case_field_invalid")),
        ("fields", {"fields": ["hardship"]}, (422, "field_invalid")),
        ("close", {"resolution": "upheld"}, (422, "resolution_unknown")),
        ("close", {"resolution": "granted"}, (422, "case_field_invalid")),
        ("close", {"resolution": "refused", "details": {"reason": ""}}, (422, "case_field_invalid")),
        ("owner", {"agent": UNKNOWN}, (403, "forbidden")),
        ("link", {"conversation": UNKNOWN, "reason": "x"}, (404, "conversation_not_found")),
        ("link", {"conversation": UNKNOWN}, (404, "conversation_not_found")),
        ("relate", {"case": UNKNOWN, "kind": "duplicate", "reason": "x"}, (404, "case_not_found")),
        ("relate", {"case": UNKNOWN, "kind": "cousin", "reason": "x"}, (422, "field_invalid")),
        ("merge/preview", {"case": UNKNOWN}, (404, "case_not_found")),
        ("merge", {"case": UNKNOWN, "seen": {}, "reason": "x"}, (404, "case_not_found")),
        ("undo-merge", {"merge": UNKNOWN, "reason": "x"}, (409, "case_merge_not_undoable")),
    ],
)
async def test_request_that_does_not_fit_is_refused(
    case: Json, lin: AgentClient, path: str, body: Json, answer: tuple[int, str]
) -> None:
    assert await refused(lin, f"/cases/{case['id']}/{path}", **body) == answer


async def test_case_of_others_looks_like_none(
    case: Json, served: Customer, wang: AgentClient, gateway: Gateway
) -> None:
    own = await gateway.customer()
    await own.post("/handoff")
    await wang.claim(own.conversation)
    theirs = await opened(wang, own, "complaint")
    calls = {
        "state": {"status": "waiting_customer"},
        "fields": {"fields": {}},
        "owner": {"agent": "me"},
        "close": {"resolution": "withdrawn"},
        "link": {"conversation": own.conversation, "reason": "x"},
        "unlink": {"conversation": own.conversation, "reason": "x"},
        "relate": {"case": theirs["id"], "kind": "duplicate", "reason": "x"},
        "unrelate": {"case": theirs["id"], "kind": "duplicate", "reason": "x"},
        "merge/preview": {"case": theirs["id"]},
        "merge": {"case": theirs["id"], "seen": {"winner": 1, "loser": 1}, "reason": "x"},
        "undo-merge": {"merge": UNKNOWN, "reason": "x"},
    }
    for key in (case["id"], case["number"], UNKNOWN):
        assert (await wang.call("GET", f"/cases/{key}")).status == 404
        for path, body in calls.items():
            assert await refused(wang, f"/cases/{key}/{path}", **body) == (404, "case_not_found")
        assert await refused(wang, f"/cases/{theirs['id']}/merge/preview", case=key) == (404, "case_not_found")
        relation = {"case": key, "kind": "same_scam", "reason": "x"}
        assert await refused(wang, f"/cases/{theirs['id']}/relate", **relation) == (404, "case_not_found")
    listed = await wang.get("/cases")
    numbers = {row["number"] for row in listed["cases"]}
    assert theirs["number"] in numbers
    assert case["number"] not in numbers
    assert (await wang.get(f"/cases?q={case['number']}"))["cases"] == []
    body = {"conversation": served.conversation, "type": "complaint"}
    assert await refused(wang, "/cases", **body) == (404, "conversation_not_found")


async def test_compliance_reads_everything_and_changes_nothing(case: Json, reader: AgentClient) -> None:
    shown = (await reader.get(f"/cases/{case['number']}"))["case"]

    assert (shown["id"], shown["may"], shown["moves"], shown["closings"]) == (case["id"], [], [], [])
    assert await refused(reader, f"/cases/{case['id']}/close", resolution="withdrawn") == (403, "forbidden")
    assert (await reader.call("GET", "/case-owners")).status == 403


async def test_supervisor_gives_the_case_to_another_agent(
    case: Json, boss: AgentClient, wang: AgentClient, reader: AgentClient
) -> None:
    names = [one["name"] for one in (await boss.get("/case-owners"))["agents"]]
    given = await act(boss, case, "owner", agent=wang.id, reason="林一休假")

    assert {"林一", "王二"} <= set(names)
    assert "合规" not in names
    assert given["owner"]["name"] == "王二"
    assert (await wang.get(f"/cases/{case['id']}"))["case"]["moves"] != []
    assert await refused(boss, f"/cases/{case['id']}/owner", agent=reader.id) == (422, "case_owner_invalid")
    assert (await act(boss, case, "owner", agent=None))["owner"] is None


async def test_list_is_filtered(case: Json, served: Customer, lin: AgentClient, boss: AgentClient) -> None:
    complaint = await opened(lin, served, "complaint")
    await act(lin, case, "close", resolution="withdrawn")

    async def numbers(query: str, agent: AgentClient = boss) -> set[str]:
        return {row["number"] for row in (await agent.get(f"/cases?{query}"))["cases"]}

    assert await numbers("status=closed") == {case["number"]}
    assert await numbers("status=unfinished&type=complaint") == {complaint["number"]}
    assert await numbers(f"owner=me&q={complaint['number'][-6:].lower()}", lin) == {complaint["number"]}
    assert await numbers("owner=me") == set()
    assert await numbers(f"owner={lin.id}&type=relief") == {case["number"]}
    assert case["number"] not in await numbers("owner=none")
    assert (await boss.call("GET", "/cases?status=nonsense")).status == 422
    assert (await boss.call("GET", "/cases?page=0")).status == 422


async def test_review_comes_before_the_merge(case: Json, gateway: Gateway, boss: AgentClient, lin: AgentClient) -> None:
    await act(lin, case, "fields", fields={"hardship": "住院", "lender": "甲银行"})
    stranger = await gateway.customer()
    await stranger.post("/handoff")
    await lin.claim(stranger.conversation)
    other = await opened(lin, stranger, "relief")
    await act(lin, other, "fields", fields={"hardship": "失业", "hardship_kind": "unemployment"})
    assert await refused(lin, f"/cases/{case['id']}/merge/preview", case=other["id"]) == (409, "case_other_customer")

    review = (await boss.do(f"/cases/{case['id']}/merge/preview", {"case": other["number"]}))["preview"]
    assert [(one["name"], one["winner"], one["loser"]) for one in review["differing"]] == [("hardship", "住院", "失业")]
    assert (review["moved_conversations"], review["is_other_customer"]) == (1, True)
    body = {"case": other["id"], "seen": review["seen"], "choices": {"hardship": "loser"}, "reason": "同一个人"}
    merged = await act(boss, case, "merge", **body)

    values = {field["name"]: field["value"] for field in merged["form"]}
    assert (values["hardship"], values["lender"], values["hardship_kind"]) == ("失业", "甲银行", "unemployment")
    assert len(merged["conversations"]) == 2
    lost = (await boss.get(f"/cases/{other['id']}"))["case"]
    assert (lost["merged_into"], lost["moves"]) == (merged["number"], [])
    assert await refused(boss, f"/cases/{case['id']}/merge", **body) == (409, "case_merge_not_allowed")
    undone = await act(boss, case, "undo-merge", merge=merged["undoable_merge"], reason="弄错了")
    assert (undone["undoable_merge"], len(undone["conversations"])) == (None, 1)
    assert undone["chain"]["is_whole"]

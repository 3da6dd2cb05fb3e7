"""Notes: colleagues read them at once, the mentioned are told, and nothing of the customer's ever holds one."""

from helpdesk.agents.model import Role
from tests.integration.gateway.clients import AgentClient, Customer, Json, error_code
from tests.integration.gateway.conftest import SQLITE_ONLY, Gateway

SECRET = "这位客户上周也来过，先核对转账时间"


async def note(
    agent: AgentClient, conversation: str, text: str = SECRET, client_id: str = "n-1", **fields: object
) -> str:
    body = {"client_id": client_id, "text": text, **fields}
    return str((await agent.do(f"/conversations/{conversation}/notes", body))["id"])


async def test_a_note_reaches_the_open_pages_and_stands_in_its_place(served: Customer, lin: AgentClient) -> None:
    await served.say("在吗")
    socket = await lin.watch(served.conversation)

    note_id = await note(lin, served.conversation)

    frame = await socket.next("notes", lambda frame: bool(frame["notes"]))
    last = (await lin.get(f"/conversations/{served.conversation}/messages"))["messages"][-1]["seq"]
    shown = frame["notes"][0]
    assert (shown["id"], shown["text"], shown["after"]) == (note_id, SECRET, last)
    assert shown["by"] == {"id": lin.id, "name": "林一"}
    assert (await lin.get(f"/conversations/{served.conversation}/notes"))["notes"] == frame["notes"]


async def test_a_repeated_note_is_written_once_and_other_words_are_refused(served: Customer, lin: AgentClient) -> None:
    assert await note(lin, served.conversation) == await note(lin, served.conversation)

    refused = await lin.post(f"/conversations/{served.conversation}/notes", {"client_id": "n-1", "text": "别的"})

    assert (refused.status, await error_code(refused)) == (409, "client_id_reused")
    assert len((await lin.get(f"/conversations/{served.conversation}/notes"))["notes"]) == 1


async def test_who_is_mentioned_is_told_and_may_read(served: Customer, lin: AgentClient, gateway: Gateway) -> None:
    wu = await gateway.agent("wu", name="吴二")
    before = await wu.call("GET", f"/conversations/{served.conversation}")
    socket = await wu.connect()

    await note(lin, served.conversation, f"@吴二 {SECRET}", mentions=[wu.id])

    assert before.status == 404
    assert (await socket.next("notifications", lambda frame: frame["unread"] == 1))["unread"] == 1
    told = await wu.get("/notifications")
    assert [(one["kind"], one["conversation"], one["by"]["name"]) for one in told["notifications"]] == [
        ("mention", served.conversation, "林一")
    ]
    assert (await wu.call("GET", f"/conversations/{served.conversation}")).status == 200
    assert [row["id"] for row in (await wu.get("/conversations?view=mentions"))["conversations"]] == [
        served.conversation
    ]
    assert (await wu.do("/notifications/read", {"conversation": served.conversation}))["unread"] == 0
    assert (await wu.get("/notifications"))["notifications"][0]["read"] is True


@SQLITE_ONLY
async def test_being_mentioned_lets_nobody_answer(served: Customer, lin: AgentClient, gateway: Gateway) -> None:
    wu = await gateway.agent("wu", name="吴二")
    await note(lin, served.conversation, mentions=[wu.id])

    refused = await wu.post(f"/conversations/{served.conversation}/messages", {"client_id": "a-1", "text": "您好"})

    assert (refused.status, await error_code(refused)) == (409, "not_owner")


@SQLITE_ONLY
async def test_a_supervisors_whisper_is_told_to_who_serves(
    served: Customer, lin: AgentClient, gateway: Gateway
) -> None:
    chief = await gateway.agent("chief", Role.SUPERVISOR, name="主管")

    await note(chief, served.conversation, "先请客户报警")

    told = (await lin.get("/notifications"))["notifications"]
    assert [(one["kind"], one["preview"], one["by"]["name"]) for one in told] == [("note", "先请客户报警", "主管")]
    assert (await chief.get("/notifications"))["unread"] == 0


@SQLITE_ONLY
async def test_whoever_cannot_read_the_conversation_cannot_note_and_compliance_never_writes(
    served: Customer, gateway: Gateway
) -> None:
    wu, reader = await gateway.agent("wu", name="吴二"), await gateway.agent("law", Role.COMPLIANCE, name="合规")
    body = {"client_id": "n-1", "text": SECRET}

    stranger = await wu.post(f"/conversations/{served.conversation}/notes", body)
    compliance = await reader.post(f"/conversations/{served.conversation}/notes", body)

    assert (stranger.status, await error_code(stranger)) == (404, "conversation_not_found")
    assert (await wu.call("GET", f"/conversations/{served.conversation}/notes")).status == 404
    assert (compliance.status, await error_code(compliance)) == (403, "forbidden")
    assert (await reader.get(f"/conversations/{served.conversation}/notes"))["notes"] == []


@SQLITE_ONLY
async def test_bad_notes_are_refused(served: Customer, lin: AgentClient) -> None:
    path = f"/conversations/{served.conversation}/notes"
    codes = {
        "text_empty": {"client_id": "n-1", "text": " \u200b"},
        "text_too_long": {"client_id": "n-1", "text": "长" * 2001},
        "mention_unknown": {"client_id": "n-1", "text": "x", "mentions": ["nobody"]},
        "field_invalid": {"client_id": "n-1", "text": "x", "mentions": "all"},
    }

    for code, body in codes.items():
        assert await error_code(await lin.post(path, body)) == code
    assert (await lin.get(path))["notes"] == []


@SQLITE_ONLY
async def test_secrets_in_a_note_are_masked(served: Customer, lin: AgentClient) -> None:
    await note(lin, served.conversation, "客户卡号 6222021234567890128")

    text = (await lin.get(f"/conversations/{served.conversation}/notes"))["notes"][0]["text"]

    assert "6222021234567890128" not in text
    assert "0128" in text


async def test_nothing_that_a_customer_receives_holds_a_note(
    served: Customer, lin: AgentClient, gateway: Gateway
) -> None:
    """Every way of the customer's: live socket, resumed socket, sync, poll, long poll, the other calls."""
    live = await served.connect()
    await live.quiet()
    await note(lin, served.conversation)
    await lin.reply(served.conversation, "请看")
    await live.message("请看")
    resumed = await served.connect()
    await resumed.message("请看")
    await resumed.send(t="sync", conv=served.conversation, after=0)
    await resumed.next("batch")
    await note(lin, served.conversation, f"再记：{SECRET}", client_id="n-2")
    await lin.do(f"/conversations/{served.conversation}/close", {"resolution": "resolved"})
    await note(lin, served.conversation, f"结束后：{SECRET}", client_id="n-3")
    polled = await served.get("/messages?after=0&wait=1")
    await served.say("谢谢")
    everything: list[Json] = [
        *live.seen,
        *await live.quiet(),
        *resumed.seen,
        *await resumed.quiet(),
        polled,
        await served.get("/messages"),
        await served.get("/checklist"),
        (await gateway.customer()).opened,
    ]

    assert "请看" in str(everything)
    assert SECRET not in str(everything)
    seqs = [message["seq"] for message in polled["messages"]]
    assert seqs == list(range(1, len(seqs) + 1)), "a gap would tell the customer of a note"

"""Messages that carry files, on both sides: who may read them, what the bot makes of them, what stays on record."""

import pytest
from sqlalchemy import select

from helpdesk import clock
from helpdesk.agents.model import Role
from helpdesk.audit import AuditEntry
from helpdesk.cases.model import Case, CaseEvent
from helpdesk.database import Database
from helpdesk.files.model import FileState, StoredFile
from tests.evidence import files_of, problems
from tests.factories import make_nlu, make_scam
from tests.fakes import FakeBot, Handoff, says
from tests.integration.gateway.clients import AgentClient, Customer, error_code
from tests.integration.gateway.conftest import SQLITE_ONLY, Gateway
from tests.integration.gateway.file_scenes import agent_upload, send, upload, uploaded
from tests.samples import PDF, picture

SCAM = says(
    "先打 110", nlu=make_nlu("report_scam", scam=make_scam("P0"), decision="triage"), handoff=Handoff(reason="scam_p0")
)


@SQLITE_ONLY
async def test_bot_does_not_read_a_picture_and_offers_a_person(customer: Customer, bot: FakeBot):
    file = await uploaded(customer)

    sent = await send(customer, file["id"])
    answer = await customer.hear("看不懂图片")

    assert sent.status == 202
    own = (await customer.transcript())[0]
    assert (own["kind"], own["text"], own["body"]) == ("image", "[图片]", {"file": file, "captioned": False})
    assert (answer["sender"], bot.turns) == ("bot", [])
    await customer.press(answer, answer["body"]["buttons"][0]["id"])
    bot.on("request_human", says("好的", handoff=Handoff()))


@SQLITE_ONLY
async def test_words_beside_a_picture_are_answered(customer: Customer, bot: FakeBot):
    bot.on("这是真的吗", says("请不要转账。"))
    file = await uploaded(customer)

    await send(customer, file["id"], "这是真的吗")
    await customer.hear("看不懂图片")

    assert [m["text"] for m in await customer.transcript()][:2] == ["这是真的吗", "请不要转账。"]
    assert bot.asked == ["这是真的吗"]


@SQLITE_ONLY
async def test_name_of_a_file_is_never_understood_as_words(customer: Customer, bot: FakeBot):
    file = await uploaded(customer, PDF, "我被骗了五万.pdf")

    await send(customer, file["id"])
    await customer.hear("看不了文件")

    assert (await customer.transcript())[0]["text"] == "[文件] 我被骗了五万.pdf"
    assert bot.turns == bot.parses == []


async def test_repeats_change_nothing(customer: Customer):
    first = await uploaded(customer, picture(), client_id="u-1")
    again = await uploaded(customer, picture(), client_id="u-1")
    other = await upload(customer, PDF, client_id="u-1")
    messages = [await (await send(customer, first["id"], client_id="m-1")).json() for _ in range(2)]
    changed = await send(customer, first["id"], "别的", client_id="m-1")
    twice = await send(customer, first["id"], client_id="m-2")

    assert again == first
    assert (other.status, await error_code(other)) == (409, "client_id_reused")
    assert messages[0] == messages[1]
    assert (changed.status, await error_code(changed)) == (409, "client_id_reused")
    assert (twice.status, await error_code(twice)) == (409, "file_used")


@SQLITE_ONLY
async def test_files_are_nobody_elses(gateway: Gateway, customer: Customer, lin: AgentClient):
    other = await gateway.customer()
    file = await uploaded(customer)
    await send(customer, file["id"])
    compliance = await gateway.agent("he", Role.COMPLIANCE, name="合规")

    taken = await send(other, file["id"])
    codes = [(await other.call("GET", f"/files/{file['id']}{end}")).status for end in ("", "/thumbnail")]
    idle = await lin.call("GET", f"/files/{file['id']}")
    overseer = await compliance.call("GET", f"/files/{file['id']}")

    assert (taken.status, await error_code(taken)) == (404, "file_not_found")
    assert codes == [404, 404]
    # In the bot's hands a conversation is not an agent's to see.
    assert (idle.status, await error_code(idle)) == (404, "file_not_found")
    assert overseer.status == 200
    assert (await gateway.client.get(f"/api/v1/files/{file['id']}")).status == 401
    assert (await gateway.client.get(f"/desk/api/files/{file['id']}")).status == 401


@SQLITE_ONLY
async def test_agent_sees_a_picture_and_that_is_audited(served: Customer, lin: AgentClient, database: Database):
    file = await uploaded(served)
    await send(served, file["id"])

    response = await lin.call("GET", f"/files/{file['id']}")

    assert response.status == 200
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    async with database.reading() as session:
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "read_file"))).one()
    assert (entry.actor, entry.subject) == (f"agent:{lin.id}", f"file:{file['id']}")


@SQLITE_ONLY
async def test_agent_sends_a_file(served: Customer, lin: AgentClient, gateway: Gateway):
    wu = await gateway.agent("wu", name="吴二")
    response = await agent_upload(lin, served.conversation, PDF, "还款计划.pdf")
    file = await response.json()
    unsent = await served.call("GET", f"/files/{file['id']}")
    foreign = await agent_upload(wu, served.conversation, PDF, "x.pdf")
    stolen = await wu.post(f"/conversations/{served.conversation}/messages", {"client_id": "a", "file": file["id"]})

    await lin.do(f"/conversations/{served.conversation}/messages", {"client_id": "a-1", "file": file["id"]})
    message = await served.hear("还款计划")

    assert (unsent.status, foreign.status, stolen.status) == (404, 404, 404)
    assert (message["sender"], message["kind"], message["body"]["file"]) == ("agent", "file", file)
    assert (await served.call("GET", f"/files/{file['id']}")).status == 200


@SQLITE_ONLY
async def test_agent_sends_nothing_into_anothers_conversation(served: Customer, gateway: Gateway):
    boss = await gateway.agent("boss", Role.SUPERVISOR, name="主管")

    response = await agent_upload(boss, served.conversation, PDF, "x.pdf")

    assert (response.status, await error_code(response)) == (409, "not_owner")


async def test_a_conversation_holds_only_so_many_files(customer: Customer, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("helpdesk.files.service.MOST_FILES", 2)
    codes = [(await upload(customer, PDF + bytes([n]), client_id=f"u-{n}")).status for n in range(3)]

    assert codes == [201, 201, 409]


async def test_file_of_a_closed_conversation_goes_with_the_message_into_the_next(served: Customer, lin: AgentClient):
    file = await uploaded(served)
    await lin.do(f"/conversations/{served.conversation}/close", {"resolution": "resolved"})

    answer = await (await send(served, file["id"])).json()

    assert answer["conversation"] != served.conversation
    assert (await served.call("GET", f"/files/{file['id']}")).status == 200


async def test_file_is_evidence_of_an_open_case_and_in_its_pack(
    gateway: Gateway, customer: Customer, bot: FakeBot, database: Database, tmp_path
):
    bot.on("我被骗了", SCAM)
    await customer.say("我被骗了")
    await customer.owned_by("queued")
    async with database.reading() as session:
        case = (await session.scalars(select(Case.number))).one()
    file = await uploaded(customer, name="转账记录.png")
    await send(customer, file["id"])
    boss = await gateway.agent("boss", Role.SUPERVISOR, name="主管")

    content = await (await boss.post(f"/cases/{case}/evidence", {"reason": "公安调取"})).read()

    async with database.reading() as session:
        stored = await session.get_one(StoredFile, file["id"])
        added = (await session.scalars(select(CaseEvent).where(CaseEvent.kind == "file_added"))).one()
    assert stored.held_since is not None
    assert (added.actor, added.details["sha256"], added.details["file"]) == ("customer", stored.sha256, file["id"])
    pack = files_of(content)
    assert pack["attachments/0001"] == await (await customer.call("GET", f"/files/{file['id']}")).read()
    assert stored.sha256 in pack["transcript.json"].decode()
    assert "转账记录.png" in pack["report.html"].decode()
    (tmp_path / "p.zip").write_bytes(content)
    assert problems(tmp_path / "p.zip") == set()


@SQLITE_ONLY
async def test_a_file_that_waits_for_the_scanner_is_not_given_out(customer: Customer, database: Database):
    file = await uploaded(customer)
    states = {}
    for state in FileState:
        async with database.transaction() as session:
            stored = await session.get_one(StoredFile, file["id"])
            stored.state, stored.scan_at = state, clock.now()
        response = await customer.call("GET", f"/files/{file['id']}")
        states[state] = response.status, response.headers.get("Retry-After")

    assert states == {
        FileState.RECEIVED: (409, "30"),
        FileState.CLEAN: (200, None),
        FileState.REFUSED: (410, None),
    }

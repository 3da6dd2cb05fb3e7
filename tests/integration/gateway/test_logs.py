"""Log records carry ids and codes; never message text, names, numbers, tokens or passwords."""

import logging
import traceback

import pytest
from sqlalchemy import text as sql

from helpdesk.database import Database
from tests.factories import make_nlu, make_scam
from tests.fakes import FakeBot, fails, says
from tests.integration.gateway.clients import Customer
from tests.integration.gateway.conftest import PASSWORD, SQLITE_ONLY, Gateway, Settle

pytestmark = SQLITE_ONLY

QUESTION = "我叫王小明，卡号6222021234567890，手机13800138000"
REFUSE, ABORT = "CREATE TRIGGER refuse BEFORE INSERT ON message", "BEGIN SELECT RAISE(ABORT, 'no'); END"
SECRETS = ("王小明", "6222021234567890", "13800138000")


def everything(caplog: pytest.LogCaptureFixture) -> str:
    """Return all records as any handler could write them, with their arguments and tracebacks."""
    parts = []
    for record in caplog.records:
        parts += [record.getMessage(), repr(record.args)]
        if record.exc_info:
            parts += traceback.format_exception(*record.exc_info)
    return "\n".join(parts)


@pytest.fixture(autouse=True)
def _everything_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


async def test_whole_conversation_leaves_no_words_in_the_log(
    gateway: Gateway, customer: Customer, bot: FakeBot, settled: Settle, caplog: pytest.LogCaptureFixture
) -> None:
    bot.on(QUESTION, says(f"答：{QUESTION}", nlu=make_nlu(scam=make_scam("P1"), decision="fallback")))
    agent = await gateway.agent()
    socket = await customer.connect()
    await customer.say(QUESTION)
    await socket.message("答：")
    await socket.send(t="msg", cid="s-1", text="x" * 3000 + QUESTION)
    await socket.next("err")
    await customer.post("/messages", {"client_id": "bad id", "text": QUESTION})
    await customer.post("/handoff")
    await customer.say(QUESTION)
    await agent.claim(customer.conversation)
    await agent.reply(customer.conversation, f"好的 {QUESTION}")
    await agent.do(f"/conversations/{customer.conversation}/requeue", {"note": QUESTION})
    await agent.claim(customer.conversation)
    await agent.do(f"/conversations/{customer.conversation}/close", {"resolution": "resolved", "note": QUESTION})
    await customer.post("/ratings", {"conversation": customer.conversation, "score": 1, "comment": QUESTION})
    await settled()

    logged = everything(caplog)

    for secret in (*SECRETS, customer.token, agent.csrf, PASSWORD):
        assert secret not in logged


async def test_failing_bot_leaves_no_words_in_the_log(
    customer: Customer, bot: FakeBot, caplog: pytest.LogCaptureFixture
) -> None:
    reply = {"response": "utter_x", "text": QUESTION}
    bot.on(QUESTION, fails(500, "action_failed", replies=(reply,), nlu=make_nlu()))

    sent = await customer.say(QUESTION)
    await customer.owned_by("queued")

    logged = everything(caplog)
    assert f"bot failed on message {sent['id']}: action_failed" in logged
    for secret in SECRETS:
        assert secret not in logged


async def test_failing_database_leaves_no_words_in_the_log(
    customer: Customer, bot: FakeBot, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with database.transaction() as session:
        await session.execute(
            sql(
                "CREATE TRIGGER t BEFORE INSERT ON message WHEN NEW.sender = 'bot' BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        )
    bot.on(QUESTION, says(QUESTION))

    await customer.say(QUESTION)
    await customer.owned_by("queued")

    logged = everything(caplog)
    assert "IntegrityError" in logged
    for secret in SECRETS:
        assert secret not in logged


async def test_unexpected_error_of_a_call_leaves_no_words_in_the_log(
    customer: Customer, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with database.transaction() as session:
        await session.execute(sql(f"{REFUSE} {ABORT}"))

    response = await customer.post("/messages", {"client_id": "c-1", "text": QUESTION})

    logged = everything(caplog)
    assert (response.status, (await response.json())["error"]["code"]) == (500, "internal")
    assert "unexpected error in POST /api/v1/messages" in logged
    for secret in SECRETS:
        assert secret not in logged

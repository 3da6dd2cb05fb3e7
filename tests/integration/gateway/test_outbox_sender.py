"""The outbox's sender against a local host system: whatever that answers, nothing is lost and nothing made up."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aiohttp
import aiohttp.web
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.live import Hub
from gateway.outbox_sender import OUTBOX, OutboxSender
from gateway.webhooks import ANSWER_LIMIT, Webhook
from helpdesk import clock
from helpdesk.cases.fields import ScamFields
from helpdesk.cases.model import Case, CaseType, Priority
from helpdesk.cases.service import open_case
from helpdesk.conversations import store
from helpdesk.database import Database
from helpdesk.outbox import service
from helpdesk.outbox.model import OutboxMessage, OutboxState
from helpdesk.protection.service import request_protection
from tests.fake_host import SECRET, FakeHost, Script, answers, held
from tests.integration.conftest import MovableClock
from tests.integration.gateway.clients import eventually
from tests.integration.gateway.conftest import StartGateway
from tests.scenes import Customer, open_customer, transcript

DEAD, PENDING, SENT, SKIPPED = OutboxState.DEAD, OutboxState.PENDING, OutboxState.SENT, OutboxState.SKIPPED


@pytest.fixture
async def host() -> AsyncIterator[FakeHost]:
    host = FakeHost()
    await host.start()
    yield host
    await host.stop()


@pytest.fixture
async def customer(database: Database) -> Customer:
    return await open_customer(database)


async def ask(database: Database, customer: Customer, *levels: str) -> Case:
    async with database.transaction() as session:
        conversation = await store.lock_conversation(session, customer.conversation_id)
        case = await open_case(
            session,
            conversation,
            case_type=CaseType.SCAM,
            priority=Priority.URGENT,
            summary="",
            fields=ScamFields(level="P0"),
            details={},
            actor="bot",
        )
        for level in levels or ("P0",):
            await request_protection(session, conversation=conversation, case=case, level=level, state="paid")
    return case


async def messages(database: Database) -> list[OutboxMessage]:
    async with database.reading() as session:
        # One statement, one moment: a message that changes its state meanwhile is neither missed nor seen twice.
        found = await session.scalars(select(OutboxMessage).order_by(OutboxMessage.first_due_at))
        return list(found.all())


async def settled(database: Database, attempts: int = 1) -> OutboxMessage:
    """Wait until the only message was tried so often and its outcome recorded."""

    async def look() -> OutboxMessage:
        [message] = await messages(database)
        return message

    return await eventually(look, lambda m: m.attempts >= attempts and m.state is not OutboxState.SENDING)


async def risk_control(database: Database, case: Case) -> dict[str, Any]:
    async with database.reading() as session:
        return dict((await session.get_one(Case, case.id)).fields["risk_control"])


@asynccontextmanager
async def sending(
    database: Database, host: FakeHost, *, secret: str = SECRET, hub: Hub | None = None, **options: Any
) -> AsyncIterator[asyncio.Task[None]]:
    """Run a sender while the block runs."""
    seconds = options.pop("seconds", 5.0)
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        webhook = Webhook(session, url=host.url, secret=secret, seconds=seconds)
        sender = OutboxSender(
            database=database,
            hub=hub or Hub(),
            webhooks={"risk_control": webhook, "notice": None},
            **{"sweep_seconds": 0.02, "grace_seconds": 0.0} | options,
        )
        task = asyncio.create_task(sender.run())
        yield task
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_request_arrives_signed_and_the_customer_is_told_what_was_held(
    database: Database, customer: Customer, host: FakeHost
) -> None:
    case = await ask(database, customer)

    async with sending(database, host):
        message = await settled(database)

    [received] = host.received
    assert (received["id"], host.keys) == (message.id, [message.id])
    assert (received["event"], received["case_number"], received["level"]) == ("scam", case.number, "P0")
    assert (message.state, message.response) == (
        SENT,
        {"status": "held", "reference": "RC-1", "actions": ["hold_disbursement", "freeze_changes"]},
    )
    assert (await risk_control(database, case))["status"] == "held"
    assert ["RC-1" in m.text for m in await transcript(database, customer.conversation_id)] == [True]


async def test_nothing_is_sent_or_said_before_the_host_answers(
    database: Database, customer: Customer, host: FakeHost
) -> None:
    case = await ask(database, customer)
    host.scripts = [host.never]

    async with sending(database, host):
        await asyncio.wait_for(host.waiting.wait(), 5)

        assert await transcript(database, customer.conversation_id) == []
        assert (await risk_control(database, case))["status"] == "requested"


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (answers({}, status=500), "status_500"),
        (answers(b"", status=503), "status_503"),
        (answers({}, status=429), "status_429"),
        (answers({"status": "held", "reference": "RC-1"}, status=302, Location="/elsewhere"), "redirected"),
        (answers({"status": "held", "reference": "RC-1"}, status=307, Location="/elsewhere"), "redirected"),
        (answers(b"<html>held</html>", Content_Type="text/html"), "answer_unreadable"),
        (answers(b""), "answer_unreadable"),
        (answers(["held"]), "answer_unreadable"),
        (answers({"status": "held", "reference": "RC-1", "more": "x" * ANSWER_LIMIT}), "answer_too_large"),
        (answers({"status": "done", "reference": "RC-1"}), "answer_invalid"),
        (answers({"status": "held"}), "answer_invalid"),
        (answers({"status": "held", "reference": "x" * 65}), "answer_invalid"),
        (answers(b"\x1f\x8b" + b"x" * 64, Content_Encoding="gzip"), "answer_unreadable"),
    ],
    ids=[
        "500", "503", "429", "302", "307", "HTML", "empty", "list", "oversized", "wrong status", "no reference",
        "long reference", "compressed",
    ],
)  # fmt: skip
async def test_call_that_failed_is_made_again_with_the_same_id(
    database: Database, customer: Customer, host: FakeHost, movable_clock: MovableClock, script: Script, code: str
) -> None:
    host.scripts = [script, held("RC-2")]
    case = await ask(database, customer)

    async with sending(database, host):
        failed = await settled(database)
        said = await transcript(database, customer.conversation_id)
        status = (await risk_control(database, case))["status"]
        movable_clock.move(seconds=1)
        message = await settled(database, attempts=2)

    assert (failed.state, failed.last_error, said, status) == (PENDING, code, [], "requested")
    assert host.elsewhere == []
    assert (message.state, host.keys) == (SENT, [message.id, message.id])
    assert len(await transcript(database, customer.conversation_id)) == 1


async def test_host_that_never_answers_is_hung_up_on(
    database: Database, customer: Customer, host: FakeHost, movable_clock: MovableClock
) -> None:
    host.scripts = [host.never]
    await ask(database, customer)

    async with sending(database, host, seconds=0.05):
        message = await settled(database)
        await asyncio.wait_for(host.hung_up.wait(), 5)

    assert (message.state, message.last_error) == (PENDING, "timeout")


async def test_host_that_is_down_is_tried_again(
    database: Database, customer: Customer, host: FakeHost, movable_clock: MovableClock
) -> None:
    await ask(database, customer)

    async with sending(database, host):
        await host.stop()
        message = await settled(database)

    assert (message.state, message.last_error) == (PENDING, "unreachable")


async def test_retry_after_is_honoured(
    database: Database, customer: Customer, host: FakeHost, movable_clock: MovableClock
) -> None:
    host.scripts = [answers({}, status=503, Retry_After="600")]
    await ask(database, customer)

    async with sending(database, host):
        message = await settled(database)

    assert timedelta(seconds=599) < message.due_at - clock.now() <= timedelta(seconds=600)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 422])
async def test_final_refusal_is_dead_at_once_and_only_the_desk_learns_of_it(
    database: Database, customer: Customer, host: FakeHost, status: int
) -> None:
    host.scripts = [answers({}, status=status)]
    case = await ask(database, customer)

    async with sending(database, host):
        message = await settled(database)

    assert (message.state, message.last_error, message.attempts) == (DEAD, f"status_{status}", 1)
    assert (await risk_control(database, case))["status"] == "failed"
    assert await transcript(database, customer.conversation_id) == []


async def test_host_with_another_secret_refuses_what_we_send(
    database: Database, customer: Customer, host: FakeHost
) -> None:
    await ask(database, customer)

    async with sending(database, host, secret="another-secret-0123456789-0123456789"):
        message = await settled(database)

    assert (message.state, message.last_error) == (DEAD, "status_401")
    assert (host.refused, host.received) == (1, [])


@pytest.mark.parametrize("status", ["refused", "unknown"])
async def test_customer_is_not_told_of_a_refusal(
    database: Database, customer: Customer, host: FakeHost, status: str
) -> None:
    host.scripts = [answers({"status": status, "reference": "RC-1"})]
    case = await ask(database, customer)

    async with sending(database, host):
        message = await settled(database)

    assert (message.state, (await risk_control(database, case))["status"]) == (SENT, status)
    assert await transcript(database, customer.conversation_id) == []


async def test_requests_of_one_case_arrive_in_order(database: Database, customer: Customer, host: FakeHost) -> None:
    await ask(database, customer, "P1", "P0")

    async with sending(database, host):
        await eventually(lambda: messages(database), lambda found: all(m.state is SENT for m in found))

    assert [received["level"] for received in host.received] == ["P1", "P0"]


async def test_many_senders_make_each_call_once(database: Database, host: FakeHost) -> None:
    for _ in range(12):
        await ask(database, await open_customer(database))

    async with sending(database, host), sending(database, host), sending(database, host):
        await eventually(lambda: messages(database), lambda found: all(m.state is SENT for m in found))

    assert len(host.keys) == len(set(host.keys)) == 12


async def test_stopped_sender_gives_back_what_it_had_not_finished(
    database: Database, customer: Customer, host: FakeHost
) -> None:
    host.scripts = [host.never, held()]
    await ask(database, customer)

    async with sending(database, host):
        await asyncio.wait_for(host.waiting.wait(), 5)
    [released] = await messages(database)
    async with sending(database, host):
        message = await settled(database)

    assert (released.state, released.attempts) == (PENDING, 0)
    assert (message.state, host.keys) == (SENT, [message.id, message.id])


async def test_stopping_sender_lets_a_call_come_to_its_end(
    database: Database, customer: Customer, host: FakeHost
) -> None:
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def slow(request: aiohttp.web.Request) -> aiohttp.web.StreamResponse:
        arrived.set()
        await go_on.wait()
        return await held()(request)

    host.scripts = [slow]
    await ask(database, customer)

    async with sending(database, host, grace_seconds=5) as task:
        await asyncio.wait_for(arrived.wait(), 5)
        task.cancel()
        asyncio.get_running_loop().call_soon(go_on.set)

    [message] = await messages(database)
    assert (message.state, len(host.keys)) == (SENT, 1)


async def test_message_of_a_killed_sender_is_sent_by_another(
    database: Database, customer: Customer, host: FakeHost, movable_clock: MovableClock
) -> None:
    await ask(database, customer)
    async with database.transaction() as session:
        await service.claim_due(session, 1)
    movable_clock.move(seconds=service.LEASE.total_seconds() + 1)

    async with sending(database, host):
        message = await settled(database, attempts=2)

    assert (message.state, len(host.keys)) == (SENT, 1)


async def test_hint_wakes_the_sender(
    database: Database, customer: Customer, host: FakeHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub, looked, look = Hub(), asyncio.Event(), service.is_any_due

    async def noted(session: AsyncSession, **which: Any) -> bool:
        found = await look(session, **which)
        looked.set()
        return found

    monkeypatch.setattr(service, "is_any_due", noted)
    # A sweep that does not come: after the first look nothing but the hint leads to another one.
    async with sending(database, host, hub=hub, sweep_seconds=3600):
        await asyncio.wait_for(looked.wait(), 5)
        await ask(database, customer)
        hub.hint(OUTBOX)

        assert (await settled(database)).state is SENT


async def test_readers_of_the_conversation_hear_of_the_answer(
    database: Database, customer: Customer, host: FakeHost
) -> None:
    hub = Hub()
    await ask(database, customer)

    with hub.subscribed(customer.conversation_id) as news:
        async with sending(database, host, hub=hub):
            await asyncio.wait_for(news.wait(), 5)

    assert len(await transcript(database, customer.conversation_id)) == 1


async def enqueue(database: Database, destination: str, **payload: Any) -> None:
    async with database.transaction() as session:
        await service.enqueue(session, destination=destination, kind="x", key="k-1", payload=payload)


@pytest.mark.parametrize(
    ("destination", "state", "code"),
    [
        ("notice", SKIPPED, "not_configured"),
        ("pigeon", DEAD, "destination_unknown"),
        ("conversation", DEAD, "text_unknown"),
    ],
)
async def test_what_cannot_be_sent_says_why(
    database: Database, host: FakeHost, destination: str, state: OutboxState, code: str
) -> None:
    await enqueue(database, destination)

    async with sending(database, host):
        message = await settled(database)

    assert (message.state, message.last_error, host.received) == (state, code, [])


async def test_request_without_a_case_harms_nobody(database: Database, host: FakeHost) -> None:
    await enqueue(database, "risk_control")

    async with sending(database, host):
        message = await settled(database)

    assert message.state is SENT


async def test_log_holds_neither_customer_nor_secret(
    database: Database, customer: Customer, host: FakeHost, caplog: pytest.LogCaptureFixture
) -> None:
    host.scripts = [answers({"status": "held", "reference": "RC\n1"}), answers({"error": "about user-7"}, status=400)]
    caplog.set_level(logging.DEBUG)
    await ask(database, customer, "P1")
    await ask(database, await open_customer(database), "P0")

    async with sending(database, host):
        await eventually(lambda: messages(database), lambda found: all(m.attempts for m in found))
        await eventually(lambda: messages(database), lambda found: {m.state for m in found} <= {DEAD, PENDING})

    ours = [record.getMessage() for record in caplog.records if record.name.startswith("gateway")]
    assert len(ours) == 2
    assert not any(word in line for line in ours for word in ("RC", "user-7", SECRET, "P1"))


class TestWiring:
    """The sender of a running gateway."""

    async def test_gateway_asks_the_configured_host(
        self, database: Database, start_gateway: StartGateway, host: FakeHost
    ) -> None:
        gateway = await start_gateway(RISK_CONTROL_URL=host.url, RISK_CONTROL_SECRET=SECRET)
        session = await gateway.customer()
        customer = Customer(contact_id=session.id, conversation_id=session.conversation, token=session.token)

        await ask(database, customer)

        assert (await session.hear("RC-1"))["sender"] == "system"

    async def test_gateway_without_a_host_tells_the_desk_so(
        self, database: Database, start_gateway: StartGateway, customer: Customer
    ) -> None:
        case = await ask(database, customer)

        await start_gateway()
        message = await settled(database)

        assert (message.state, message.last_error) == (SKIPPED, "not_configured")
        assert (await risk_control(database, case))["status"] == "not_configured"
        assert await transcript(database, customer.conversation_id) == []

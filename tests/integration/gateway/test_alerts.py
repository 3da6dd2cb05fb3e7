"""Alerts from the moment they are due to the group that reads them: raised once, combined, retried and cleared."""

import logging
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import select

from gateway.alerts.sender import AlertSender
from gateway.alerts.watch import AlertWatch
from gateway.alerts.wiring import build_robots
from gateway.bot_client import BotClient
from helpdesk import clock
from helpdesk.agents import presence
from helpdesk.agents.model import Agent, AgentSession, Role
from helpdesk.agents.service import anybody_available
from helpdesk.alerts.policy import DESTINATIONS, OnCall
from helpdesk.cases.model import Priority
from helpdesk.clocks import service as clocks
from helpdesk.clocks.model import ClockKind
from helpdesk.conversations.store import lock_conversation
from helpdesk.database import Database
from helpdesk.handoff import service as handoff
from helpdesk.outbox import service as outbox
from helpdesk.outbox.model import OutboxMessage, OutboxState
from tests.factories import make_settings
from tests.fake_robots import DINGTALK_SECRET, FEISHU_SECRET, KEY, FakeRobots
from tests.fakes import BOT_TOKEN, FakeBot
from tests.integration.conftest import MovableClock
from tests.integration.gateway.clients import eventually
from tests.integration.gateway.conftest import SQLITE_ONLY, StartGateway
from tests.scenes import Customer, open_customer

ALL = ("wecom", "dingtalk", "feishu")
ON_CALL = OnCall(critical=ALL, warning=("feishu",))


@pytest.fixture
async def robots() -> AsyncIterator[FakeRobots]:
    robots = FakeRobots()
    await robots.start()
    yield robots
    await robots.stop()


@pytest.fixture
async def now(movable_clock: MovableClock) -> MovableClock:
    """The robots check times by the real clock, so ours begins there."""
    movable_clock.at = datetime.fromtimestamp(time.time(), tz=UTC)
    return movable_clock


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def sender(
    database: Database, robots: FakeRobots, session: aiohttp.ClientSession, tmp_path, now: MovableClock
) -> AlertSender:
    settings = make_settings(tmp_path, **robots.environ)
    return AlertSender(database=database, robots=build_robots(session, settings), desk_url="https://help.example/desk/")


@pytest.fixture
def watch(database: Database, bot: FakeBot, session: aiohttp.ClientSession, now: MovableClock) -> AlertWatch:
    return AlertWatch(
        database=database,
        bot=BotClient(session, url=bot.url, token=BOT_TOKEN),
        on_call=ON_CALL,
        patience_seconds=60,
    )


async def wait_urgently(database: Database) -> Customer:
    customer = await open_customer(database)
    async with database.transaction() as session:
        conversation = await lock_conversation(session, customer.conversation_id)
        await handoff.hand_over(session, conversation, reason="scam_p0", priority=Priority.URGENT, decided_by="system")
    return customer


async def put_somebody_there(database: Database) -> Agent:
    """Return an agent who is signed in, available and at the desk."""
    async with database.transaction() as session:
        agent = Agent(
            username="lin", name="林一", role=Role.AGENT, password_hash="x", available=True, created_at=clock.now()
        )
        session.add(agent)
        await session.flush()
        later = datetime(2100, 1, 1, tzinfo=UTC)
        session.add(
            AgentSession(
                token_hash="x",
                csrf_token="x",
                agent_id=agent.id,
                created_at=clock.now(),
                expires_at=later,
                ends_at=later,
                last_used_at=clock.now(),
            )
        )
    await stay(database, agent)
    return agent


async def stay(database: Database, agent: Agent) -> None:
    async with database.transaction() as session:
        await presence.arrive(session, agent.id, "gateway-1")


async def alerts(database: Database) -> list[OutboxMessage]:
    async with database.reading() as session:
        rows = await session.scalars(
            select(OutboxMessage)
            .where(OutboxMessage.destination.in_(DESTINATIONS))
            .order_by(OutboxMessage.created_at, OutboxMessage.id)
        )
        return list(rows)


async def deliver(sender: AlertSender, *names: str) -> None:
    for name in names or ALL:
        await sender.deliver(name)


class TestUnclaimed:
    """An urgent customer whom nobody serves."""

    async def test_nobody_there_is_told_at_once_and_once_on_every_platform(
        self, database: Database, watch: AlertWatch, sender: AlertSender, robots: FakeRobots
    ) -> None:
        customer = await wait_urgently(database)

        await watch.look()
        await watch.look()
        await deliver(sender)

        for name in ALL:
            [said] = robots.said[name]
            assert "当前没有坐席在线" in said
            assert f"https://help.example/desk/#/c/{customer.conversation_id}" in said
        assert {message.state for message in await alerts(database)} == {OutboxState.SENT}

    async def test_whoever_is_there_has_a_minute(
        self, database: Database, watch: AlertWatch, now: MovableClock
    ) -> None:
        agent = await put_somebody_there(database)
        await wait_urgently(database)

        now.move(seconds=50)
        await stay(database, agent)
        await watch.look()
        early = await alerts(database)
        now.move(seconds=15)
        await stay(database, agent)
        await watch.look()

        assert (early, len(await alerts(database))) == ([], 3)

    async def test_all_clear_follows_the_claim_once(
        self, database: Database, watch: AlertWatch, sender: AlertSender, robots: FakeRobots, now: MovableClock
    ) -> None:
        customer = await wait_urgently(database)
        await watch.look()
        await deliver(sender)
        agent = await put_somebody_there(database)
        async with database.transaction() as session:
            await handoff.claim(session, customer.conversation_id, agent)

        now.move(seconds=10)
        await watch.look()
        await watch.look()
        await deliver(sender)

        for name in ALL:
            assert [said[:4] for said in robots.said[name]] == ["【紧急】", "【解除】"]

    async def test_alert_that_has_not_left_is_withdrawn(
        self, database: Database, watch: AlertWatch, sender: AlertSender, robots: FakeRobots
    ) -> None:
        customer = await wait_urgently(database)
        await watch.look()
        agent = await put_somebody_there(database)
        async with database.transaction() as session:
            await handoff.claim(session, customer.conversation_id, agent)

        await watch.look()
        await deliver(sender)

        assert robots.calls == 0
        assert {(m.state, m.last_error) for m in await alerts(database)} == {(OutboxState.SKIPPED, "over")}

    async def test_ordinary_customer_is_no_alert(
        self, database: Database, watch: AlertWatch, now: MovableClock
    ) -> None:
        customer = await open_customer(database)
        async with database.transaction() as session:
            conversation = await lock_conversation(session, customer.conversation_id)
            await handoff.hand_over(
                session, conversation, reason="request_human", priority=Priority.NORMAL, decided_by="customer"
            )

        now.move(hours=2)
        await watch.look()

        assert await alerts(database) == []


async def test_broken_promise_is_told_and_cleared_by_the_reply(
    database: Database, watch: AlertWatch, sender: AlertSender, robots: FakeRobots, now: MovableClock
) -> None:
    customer = await wait_urgently(database)
    async with database.transaction() as session:
        clock_row = await clocks.find_open(session, ClockKind.FIRST_REPLY, conversation_id=customer.conversation_id)
        assert clock_row is not None
        clock_row.due_at = clock.now()
        clocks.mark_warned(clock_row, clock.now())
    await watch.look()
    async with database.transaction() as session:
        clock_row = await clocks.find_open(session, ClockKind.FIRST_REPLY, conversation_id=customer.conversation_id)
        assert clock_row is not None
        clocks.mark_breached(clock_row, clock.now())
    await watch.look()
    # One case's alerts arrive in their order, a message each.
    for _ in range(3):
        now.move(seconds=4)
        await deliver(sender)

    async with database.transaction() as session:
        await clocks.meet(session, ClockKind.FIRST_REPLY, conversation_id=customer.conversation_id)
    now.move(seconds=10)
    await watch.look()
    await deliver(sender)

    kinds = [message.kind for message in await alerts(database) if message.destination == "alert_feishu"]
    assert sorted(kinds) == ["clock_breached", "clock_breached_clear", "clock_warning", "unclaimed"]
    assert all("已超过承诺的回复期限" in "".join(robots.said[name]) for name in ALL)
    assert "期限将到" not in "".join(robots.said["wecom"])


@SQLITE_ONLY
class TestSystem:
    """What concerns no customer in particular."""

    async def test_bot_that_stays_away_is_told_and_its_return_too(
        self, database: Database, bot: FakeBot, watch: AlertWatch, now: MovableClock
    ) -> None:
        bot.is_ready = False
        await watch.look()
        now.move(seconds=44)
        await watch.look()
        early = await alerts(database)
        now.move(seconds=2)
        await watch.look()
        now.move(seconds=60)
        await watch.look()
        told = await alerts(database)
        async with database.transaction() as session:
            await outbox.claim_due(session, 9, destination="alert_wecom")
        bot.is_ready = True
        await watch.look()

        assert early == []
        assert [message.kind for message in told] == ["bot_down"] * 3
        ended = {(m.destination, m.kind, m.state.value) for m in await alerts(database)}
        # One was on its way: only there is something to take back.
        assert ended == {
            ("alert_wecom", "bot_down", "sending"),
            ("alert_wecom", "bot_down_clear", "pending"),
            ("alert_dingtalk", "bot_down", "skipped"),
            ("alert_feishu", "bot_down", "skipped"),
        }

    async def test_dead_letter_is_told_once_and_again_after_a_replay_that_fails(
        self, database: Database, watch: AlertWatch, now: MovableClock
    ) -> None:
        async with database.transaction() as session:
            letter = await outbox.enqueue(
                session, destination="risk_control", kind="scam", key="k-1", payload={"customer": "user-7"}
            )
            letter.state = OutboxState.DEAD
        await watch.look()
        await watch.look()
        first = await alerts(database)
        now.move(hours=1)
        async with database.transaction() as session:
            letter = await outbox.replay(session, letter.id, actor="agent:1")
            letter.state = OutboxState.DEAD
        await watch.look()

        assert [(m.destination, m.payload["what"]) for m in first] == [("alert_feishu", "risk_control/scam")]
        assert len(await alerts(database)) == 2
        assert "user-7" not in str([m.payload for m in first])

    async def test_dead_alert_is_no_reason_for_another_one(self, database: Database, watch: AlertWatch) -> None:
        async with database.transaction() as session:
            dead = await outbox.enqueue(session, destination="alert_wecom", kind="unclaimed", key="k", payload={})
            dead.state = OutboxState.DEAD

        await watch.look()

        assert len(await alerts(database)) == 1


@SQLITE_ONLY
class TestSending:
    """What the platforms answer, and what becomes of it."""

    async def test_many_alerts_leave_as_few_messages(
        self, database: Database, watch: AlertWatch, sender: AlertSender, robots: FakeRobots, now: MovableClock
    ) -> None:
        for _ in range(30):
            await wait_urgently(database)
        await watch.look()

        rounds = 0
        while any(m.state is OutboxState.PENDING for m in await alerts(database)):
            await deliver(sender)
            now.move(seconds=4)
            rounds += 1

        assert rounds <= 5
        for name in ALL:
            assert sum(said.count("【紧急】") for said in robots.said[name]) == 30

    async def test_next_message_waits_its_turn_whichever_gateway_sent_the_last(
        self, database: Database, watch: AlertWatch, sender: AlertSender, robots: FakeRobots, now: MovableClock
    ) -> None:
        await wait_urgently(database)
        await watch.look()
        await deliver(sender, "wecom")
        await wait_urgently(database)
        await watch.look()

        await deliver(sender, "wecom")
        early = len(robots.said["wecom"])
        now.move(seconds=4)
        await deliver(sender, "wecom")

        assert (early, len(robots.said["wecom"])) == (1, 2)

    @pytest.mark.parametrize(
        ("name", "answer", "code"),
        [
            ("wecom", {"errcode": -1, "errmsg": "system busy"}, "code_-1"),
            ("feishu", {"ok": True}, "answer_invalid"),
            ("dingtalk", web.Response(status=502), "status_502"),
            ("wecom", web.Response(body=b"<html>"), "answer_unreadable"),
        ],
        ids=["busy", "no code", "bad gateway", "a page"],
    )
    async def test_what_may_pass_is_tried_again(
        self,
        database: Database,
        watch: AlertWatch,
        sender: AlertSender,
        robots: FakeRobots,
        now: MovableClock,
        name: str,
        answer: object,
        code: str,
    ) -> None:
        robots.answers[name] = [answer]
        await wait_urgently(database)
        await watch.look()

        await deliver(sender, name)
        [failed] = [m for m in await alerts(database) if m.destination == f"alert_{name}"]
        now.move(seconds=10)
        await deliver(sender, name)
        [message] = [m for m in await alerts(database) if m.destination == f"alert_{name}"]

        assert (failed.state, failed.last_error) == (OutboxState.PENDING, code)
        assert (message.state, len(robots.said[name])) == (OutboxState.SENT, 1)

    @pytest.mark.parametrize(
        ("name", "answer", "minutes"),
        [
            ("wecom", {"errcode": 45009, "errmsg": "api freq out of limit"}, 1),
            ("dingtalk", {"errcode": 130101, "errmsg": "send too fast"}, 10),
            ("feishu", {"code": 11232, "msg": "frequency limited"}, 1),
        ],
    )
    async def test_throttled_robot_is_left_alone_for_new_alerts_too(
        self,
        database: Database,
        watch: AlertWatch,
        sender: AlertSender,
        robots: FakeRobots,
        now: MovableClock,
        name: str,
        answer: dict[str, object],
        minutes: int,
    ) -> None:
        robots.answers[name] = [answer]
        await wait_urgently(database)
        await watch.look()
        await deliver(sender, name)
        await wait_urgently(database)
        await watch.look()

        now.move(minutes=minutes, seconds=-10)
        await deliver(sender, name)
        early = robots.calls
        now.move(seconds=20)
        await deliver(sender, name)

        assert (early, len(robots.said[name])) == (1, 1)
        assert robots.said[name][0].count("【紧急】") == 2

    @pytest.mark.parametrize(
        ("environ", "name", "code"),
        [
            ({"ALERT_DINGTALK_SECRET": "another"}, "dingtalk", "code_310000"),
            ({"ALERT_FEISHU_SECRET": "another"}, "feishu", "code_19021"),
            ({"ALERT_WECOM_URL": "other key"}, "wecom", "code_93000"),
        ],
        ids=["signature of DingTalk", "signature of Feishu", "key of WeCom"],
    )
    async def test_wrong_secret_is_a_dead_letter_and_nobody_logs_it(
        self,
        database: Database,
        watch: AlertWatch,
        robots: FakeRobots,
        session: aiohttp.ClientSession,
        tmp_path,
        caplog: pytest.LogCaptureFixture,
        environ: dict[str, str],
        name: str,
        code: str,
    ) -> None:
        caplog.set_level(logging.DEBUG)
        changed = robots.environ | environ
        if name == "wecom":
            changed["ALERT_WECOM_URL"] = robots.url("wecom").replace(KEY, "secret-key-of-nobody")
        settings = make_settings(tmp_path, **changed)
        sender = AlertSender(database=database, robots=build_robots(session, settings), desk_url="")
        await wait_urgently(database)
        await watch.look()

        await sender.deliver(name)

        [message] = [m for m in await alerts(database) if m.destination == f"alert_{name}"]
        assert (message.state, message.last_error) == (OutboxState.DEAD, code)
        ours = [r.getMessage() for r in caplog.records if r.name.startswith(("gateway.alerts", "helpdesk"))]
        assert ours
        assert not any(
            secret in line for line in ours for secret in (KEY, DINGTALK_SECRET, FEISHU_SECRET, "secret-key")
        )


@SQLITE_ONLY
async def test_gateway_tells_the_people_on_call_and_leaves_nothing_to_the_other_sender(
    database: Database, start_gateway: StartGateway, robots: FakeRobots
) -> None:
    await wait_urgently(database)
    await start_gateway(**robots.environ)

    async def said() -> list[str]:
        return [text for texts in robots.said.values() for text in texts]

    told = await eventually(said, lambda texts: len(texts) == 3)

    assert all("当前没有坐席在线" in text for text in told)


@SQLITE_ONLY
async def test_alert_of_a_robot_that_lost_its_address_is_skipped(
    database: Database, start_gateway: StartGateway
) -> None:
    async with database.transaction() as session:
        await outbox.enqueue(session, destination="alert_wecom", kind="unclaimed", key="k", payload={})
    await start_gateway()

    async def state() -> OutboxState:
        return (await alerts(database))[0].state

    assert await eventually(state, lambda seen: seen is OutboxState.SKIPPED) is OutboxState.SKIPPED


async def test_alert_without_words_is_given_up_and_holds_up_no_other(
    database: Database, watch: AlertWatch, sender: AlertSender, robots: FakeRobots
) -> None:
    async with database.transaction() as session:
        await outbox.enqueue(
            session, destination="alert_wecom", kind="of_another_release", key="alert:wecom:x", payload={}
        )
    await wait_urgently(database)
    await watch.look()

    await deliver(sender, "wecom")

    states = {m.kind: m.state for m in await alerts(database) if m.destination == "alert_wecom"}
    assert len(robots.said["wecom"]) == 1
    assert states == {"of_another_release": OutboxState.DEAD, "unclaimed": OutboxState.SENT}


@pytest.mark.parametrize(
    ("role", "counts"), [(Role.SENIOR, True), (Role.COMPLIANCE, False)], ids=["serves", "only reads"]
)
async def test_only_who_may_serve_counts_as_there(
    database: Database, now: MovableClock, role: Role, counts: bool
) -> None:
    agent = await put_somebody_there(database)
    async with database.transaction() as session:
        (await session.get_one(Agent, agent.id)).role = role

    async with database.reading() as session:
        assert await anybody_available(session) is counts

"""What a filter finds, and for whom, on both databases."""

from collections.abc import Mapping

import pytest

from helpdesk import clock
from helpdesk.agents.model import Agent, Role
from helpdesk.cases.model import Priority
from helpdesk.conversations import store
from helpdesk.conversations.sessions import HostIdentity
from helpdesk.database import Database
from helpdesk.notes.service import write_note
from helpdesk.saved_views import service
from helpdesk.saved_views.errors import TooManyViewsError, ViewNotFoundError
from helpdesk.saved_views.filter import ConversationFilter, count_conversations, find_conversations, read_filter
from helpdesk.saved_views.service import MOST_VIEWS
from helpdesk.teams.model import Team, TeamMember
from tests.factories import make_nlu
from tests.integration.conftest import MovableClock
from tests.scenes import add_agent, claim, closed_conversation, open_customer, queue_up, say

Scene = dict[str, str]


@pytest.fixture
async def agent(database: Database) -> Agent:
    return await add_agent(database)


@pytest.fixture
async def chief(database: Database) -> Agent:
    return await add_agent(database, "chief", name="主管", role=Role.SUPERVISOR)


@pytest.fixture
async def scene(database: Database, agent: Agent, movable_clock: MovableClock) -> Scene:
    """One conversation of each kind, by name; the waiting began an hour, the last words half an hour ago."""
    found: Scene = {}
    with_bot = await open_customer(database)
    asked = (await say(database, with_bot, "怎么还款")).message
    async with database.transaction() as session:
        message = await session.get_one(type(asked), asked.id)
        message.nlu = make_nlu() | {"topic": "repayment"}
    found["bot"] = with_bot.conversation_id
    known = await open_customer(database, HostIdentity(subject="user-1", name="王小明"))
    await say(database, known, "我被骗了")
    found["urgent"] = await queue_up(database, known, reason="scam_p0", priority=Priority.URGENT)
    found["queued"] = await queue_up(database, await open_customer(database))
    movable_clock.move(minutes=30)
    for name in ("asked", "answered"):
        customer = await open_customer(database)
        found[name] = await queue_up(database, customer, reason="complaint")
        await claim(database, found[name], agent)
        if name == "asked":
            await say(database, customer, "在吗")
    found["closed"] = await closed_conversation(database, await open_customer(database), agent)
    movable_clock.move(minutes=30)
    return found


async def names(database: Database, scene: Scene, reader: Agent, fields: Mapping[str, object]) -> set[str]:
    wanted = read_filter(fields)
    async with database.reading() as session:
        found = {conversation.id for conversation in await find_conversations(session, wanted, reader)}
        assert await count_conversations(session, wanted, reader) == len(found)
    return {name for name, conversation_id in scene.items() if conversation_id in found}


EVERYTHING = {"bot", "urgent", "queued", "asked", "answered", "closed"}


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({}, EVERYTHING),
        ({"owner": "queued"}, {"urgent", "queued"}),
        ({"owner": "agent"}, {"asked", "answered"}),
        ({"priority": "urgent"}, {"urgent"}),
        ({"priority": "normal"}, EVERYTHING - {"urgent"}),
        ({"reason": "scam_p0"}, {"urgent"}),
        ({"reason": "complaint"}, {"asked", "answered"}),
        ({"topic": "repayment"}, {"bot"}),
        ({"topic": "overdue"}, set()),
        ({"channel": "web"}, EVERYTHING),
        ({"channel": "sms"}, set()),
        ({"verified": True}, {"urgent"}),
        ({"verified": False}, EVERYTHING - {"urgent"}),
        ({"case_type": "enquiry"}, EVERYTHING - {"bot"}),
        ({"case_type": "scam"}, set()),
        ({"waiting_minutes": 20}, {"urgent", "queued", "asked"}),
        ({"waiting_minutes": 45}, {"urgent", "queued"}),
        ({"waiting_minutes": 90}, set()),
        ({"owner": "agent", "waiting_minutes": 20}, {"asked"}),
        ({"agent": "nobody"}, set()),
    ],
    # A set has no order, and workers have to name the tests alike.
    ids=lambda value: str(sorted(value) if isinstance(value, set) else value),
)
async def test_supervisor_finds_what_the_filter_means(
    database: Database, scene: Scene, chief: Agent, fields: dict[str, object], wanted: set[str]
) -> None:
    assert await names(database, scene, chief, fields) == wanted


async def test_agent_finds_only_what_may_be_read_anyway(
    database: Database, scene: Scene, agent: Agent, chief: Agent
) -> None:
    other = await add_agent(database, "wu", name="吴二")
    async with database.transaction() as session:
        conversation = await store.get_conversation(session, scene["asked"])
        await write_note(session, conversation.id, chief, client_id="n-1", text="请看", mentions=[other.id])

    assert await names(database, scene, agent, {}) == EVERYTHING - {"bot"}
    assert await names(database, scene, agent, {"agent": "me"}) == {"asked", "answered"}
    assert await names(database, scene, other, {}) == {"urgent", "queued", "asked"}
    assert await names(database, scene, other, {"agent": "me"}) == set()
    assert await names(database, scene, chief, {"agent": agent.id}) == {"asked", "answered"}


async def test_team_finds_what_its_members_serve(database: Database, scene: Scene, agent: Agent, chief: Agent) -> None:
    async with database.transaction() as session:
        team = Team(name="投诉组", created_at=clock.now())
        session.add(team)
        await session.flush()
        session.add_all(TeamMember(team_id=team.id, agent_id=one.id) for one in (agent, chief))

    for value in ("mine", team.id):
        assert await names(database, scene, chief, {"team": value}) == {"asked", "answered"}
    assert await names(database, scene, await add_agent(database, "wu"), {"team": "mine"}) == set()


async def test_shared_views_are_offered_to_all_and_changed_by_who_may_share(
    database: Database, agent: Agent, chief: Agent
) -> None:
    wanted = ConversationFilter(channel="web")
    async with database.transaction() as session:
        own = await service.save_view(session, agent, name="我的", wanted=wanted, is_shared=False)
        shared = await service.save_view(session, chief, name="大家的", wanted=wanted, is_shared=True)

    async with database.transaction() as session:
        assert [view.name for view in await service.views_for(session, agent.id)] == ["大家的", "我的"]
        assert [view.name for view in await service.views_for(session, chief.id)] == ["大家的"]
        for view_id, stranger in ((shared.id, agent), (own.id, chief)):
            with pytest.raises(ViewNotFoundError):
                await service.delete_view(session, view_id, stranger)
        await service.delete_view(session, own.id, agent)
        assert [view.name for view in await service.views_for(session, agent.id)] == ["大家的"]


async def test_nobody_keeps_more_views_than_can_be_counted(database: Database, agent: Agent) -> None:
    async with database.transaction() as session:
        for number in range(MOST_VIEWS):
            await service.save_view(session, agent, name=str(number), wanted=ConversationFilter(), is_shared=False)
        with pytest.raises(TooManyViewsError):
            await service.save_view(session, agent, name="x", wanted=ConversationFilter(), is_shared=False)

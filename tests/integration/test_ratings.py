"""Ratings: by session and by answer, by the customer, changed once, credited to whoever served."""

import pytest
from sqlalchemy import select

from helpdesk import clock
from helpdesk.agents.model import Agent
from helpdesk.cases.model import Case, CaseConversation, CaseStatus, CaseType, Priority
from helpdesk.conversations import store
from helpdesk.conversations.model import Message, MessageKind, Owner
from helpdesk.conversations.ownership import change_owner
from helpdesk.database import Database
from helpdesk.errors import (
    ConversationNotFoundError,
    HelpdeskError,
    RatingFinalError,
    RatingNotOpenError,
    ScoreInvalidError,
)
from helpdesk.handoff import replies
from helpdesk.handoff import service as handoff
from helpdesk.ratings import requests
from helpdesk.ratings.errors import RatingEmptyError, RatingReasonUnknownError, RatingSubjectUnknownError
from helpdesk.ratings.model import Rating
from helpdesk.ratings.service import rate
from helpdesk.turns.writing import Renderer
from tests.factories import make_scam
from tests.scenes import (
    Customer,
    add_agent,
    answer,
    case_of,
    claim,
    close,
    closed_conversation,
    intervals,
    make_turn,
    open_customer,
    queue_up,
    say,
    transcript,
)


@pytest.fixture
async def customer(database: Database) -> Customer:
    return await open_customer(database)


@pytest.fixture
async def agent(database: Database) -> Agent:
    return await add_agent(database)


@pytest.fixture
async def closed(database: Database, customer: Customer, agent: Agent) -> str:
    return await closed_conversation(database, customer, agent)


async def give(
    database: Database, customer: Customer, conversation_id: str, score: int = 5, comment: str = ""
) -> tuple[Rating, bool]:
    async with database.transaction() as session:
        return await rate(
            session, contact_id=customer.contact_id, conversation_id=conversation_id, score=score, comment=comment
        )


async def give_of(database: Database, customer: Customer, conversation_id: str, **said: object) -> tuple[Rating, bool]:
    """Say something of one session or answer."""
    async with database.transaction() as session:
        return await rate(session, contact_id=customer.contact_id, conversation_id=conversation_id, **said)  # type: ignore[arg-type]


async def stored(database: Database) -> list[tuple[int | None, str]]:
    async with database.reading() as session:
        return [(rating.score, rating.comment) for rating in await session.scalars(select(Rating))]


async def test_secrets_in_a_comment_are_not_stored(database: Database, customer: Customer, closed: str):
    await give(database, customer, closed, comment="卡号6222020012345678903还没处理")
    _, is_first = await give(database, customer, closed, comment="卡号6222020012345678903还没处理")

    assert not is_first
    assert await stored(database) == [(5, "卡号[银行卡尾号8903]还没处理")]


@pytest.mark.parametrize("score", [1, 5], ids=["lowest", "highest"])
async def test_first_rating_is_stored(database: Database, customer: Customer, closed: str, score: int):
    _, is_first = await give(database, customer, closed, score, "谢谢")

    assert is_first
    assert await stored(database) == [(score, "谢谢")]


@pytest.mark.parametrize("score", [0, 6, -1])
async def test_score_outside_the_scale_is_refused(database: Database, customer: Customer, closed: str, score: int):
    with pytest.raises(ScoreInvalidError):
        await give(database, customer, closed, score)

    assert await stored(database) == []


async def test_rating_can_be_changed_once(database: Database, customer: Customer, closed: str):
    await give(database, customer, closed, 5)
    _, is_first = await give(database, customer, closed, 2, "又想了想")
    assert not is_first

    with pytest.raises(RatingFinalError):
        await give(database, customer, closed, 4)

    assert await stored(database) == [(2, "又想了想")]


async def test_same_rating_again_is_no_change(database: Database, customer: Customer, closed: str):
    await give(database, customer, closed, 5)
    await give(database, customer, closed, 5)

    _, is_first = await give(database, customer, closed, 3)

    assert not is_first
    assert await stored(database) == [(3, "")]


@pytest.mark.parametrize(
    ("whose", "refusal"),
    [
        ("own open one", RatingNotOpenError),
        ("somebody else's", ConversationNotFoundError),
        ("none", ConversationNotFoundError),
    ],
    ids=["own open one", "somebody else's", "none"],
)
async def test_only_own_closed_conversations_can_be_rated(
    database: Database, customer: Customer, closed: str, whose: str, refusal: type[HelpdeskError]
):
    other = await open_customer(database)
    targets = {"own open one": other.conversation_id, "somebody else's": closed, "none": "0" * 40}

    with pytest.raises(refusal):
        await give(database, other, targets[whose])

    assert await stored(database) == []


async def replied(database: Database, conversation_id: str, agent: Agent) -> None:
    async with database.transaction() as session:
        await replies.reply(session, conversation_id, agent, client_id=f"r-{agent.username}", text="您好")


async def passed_on(database: Database, customer: Customer, first: Agent, second: Agent, *, first_replies: bool) -> str:
    """Let two agents serve one after the other and the second one close; return the conversation."""
    await say(database, customer)
    conversation_id = await queue_up(database, customer)
    await claim(database, conversation_id, first)
    if first_replies:
        await replied(database, conversation_id, first)
    async with database.transaction() as session:
        await handoff.requeue(session, conversation_id, first, note=None)
    await claim(database, conversation_id, second)
    await replied(database, conversation_id, second)
    await close(database, conversation_id, second)
    return conversation_id


async def requests_of(database: Database, conversation_id: str) -> list[Message]:
    return [one for one in await transcript(database, conversation_id) if one.kind is MessageKind.RATING_REQUEST]


async def test_each_session_with_a_reply_is_asked_for_and_credited_apart(
    database: Database, customer: Customer, agent: Agent
):
    wang = await add_agent(database, "wang", name="王二")
    conversation_id = await passed_on(database, customer, agent, wang, first_replies=True)
    asked = [request.body for request in await requests_of(database, conversation_id)]

    first, _ = await give_of(database, customer, conversation_id, session_id=asked[0]["session"], score=2)
    second, _ = await give_of(database, customer, conversation_id, session_id=asked[1]["session"], score=5)

    assert [body["agent"]["name"] for body in asked] == ["林一", "王二"]
    assert [(one.service, one.agent_id, one.score) for one in (first, second)] == [
        ("human", agent.id, 2),
        ("human", wang.id, 5),
    ]


async def test_who_never_replied_is_not_rated(database: Database, customer: Customer, agent: Agent):
    wang = await add_agent(database, "wang", name="王二")
    conversation_id = await passed_on(database, customer, agent, wang, first_replies=False)

    rating, _ = await give(database, customer, conversation_id)

    assert [request.body["agent"]["name"] for request in await requests_of(database, conversation_id)] == ["王二"]
    assert rating.agent_id == wang.id
    mine = next(one for one in await intervals(database, conversation_id) if one.agent_id == agent.id)
    with pytest.raises(RatingSubjectUnknownError):
        await give_of(database, customer, conversation_id, session_id=mine.id, score=1)


async def test_no_session_is_asked_for_twice(database: Database, customer: Customer, closed: str):
    async with database.transaction() as session:
        conversation = await store.lock_conversation(session, closed)
        asked_again = await requests.ask(session, conversation)

    assert asked_again == 0
    assert len(await requests_of(database, closed)) == 1


@pytest.mark.parametrize(
    ("case_type", "level", "is_asked"),
    [
        (CaseType.CRISIS, "C2", False),
        (CaseType.SCAM, "P0", False),
        (CaseType.SCAM, "P1", True),
        (CaseType.COMPLAINT, None, True),
    ],
    ids=["crisis", "scam P0", "scam P1", "complaint"],
)
@pytest.mark.parametrize("is_open", [True, False], ids=["open case", "closed case"])
async def test_nobody_is_asked_while_their_danger_or_loss_is_open(
    database: Database,
    customer: Customer,
    closed: str,
    case_type: CaseType,
    level: str | None,
    is_asked: bool,
    is_open: bool,
):
    async with database.transaction() as session:
        at = clock.now()
        case = Case(
            number="XB-GRAVE",
            type=case_type,
            status=CaseStatus.OPEN if is_open else CaseStatus.CLOSED,
            priority=Priority.URGENT,
            contact_id=customer.contact_id,
            fields={"level": level},
            opened_at=at,
            updated_at=at,
            closed_at=None if is_open else at,
        )
        session.add(case)
        await session.flush()
        session.add(CaseConversation(case_id=case.id, conversation_id=closed))
        await session.flush()

        assert await requests.may_ask(session, closed) is (is_asked or not is_open)


async def test_victim_is_asked_once_the_case_is_closed(
    database: Database, customer: Customer, agent: Agent, renderer: Renderer
):
    message = (await say(database, customer, "我被骗了")).message
    await answer(database, message, make_turn("先停", scam=make_scam()), renderer)
    await claim(database, customer.conversation_id, agent)
    await close(database, customer.conversation_id, agent)
    before = await requests_of(database, customer.conversation_id)
    case = await case_of(database, customer.conversation_id)

    async with database.transaction() as session:
        row = await session.get_one(Case, case.id)
        row.status, row.closed_at = CaseStatus.CLOSED, clock.now()
    async with database.transaction() as session:
        first, again = await requests.ask_after_case(session, case.id), await requests.ask_after_case(session, case.id)

    assert before == []
    assert (first, again) == ([customer.conversation_id], [])
    assert len(await requests_of(database, customer.conversation_id)) == 1


async def test_rating_of_a_conversation_without_an_agent_counts_for_the_bot(database: Database, customer: Customer):
    async with database.transaction() as session:
        conversation = await store.lock_conversation(session, customer.conversation_id)
        await change_owner(session, conversation, Owner.CLOSED, reason="resolved", decided_by="system")
        await requests.ask(session, conversation)

    rating, _ = await give_of(database, customer, customer.conversation_id, solved=True)

    (request,) = await requests_of(database, customer.conversation_id)
    assert "scores" not in request.body
    assert (rating.service, rating.agent_id, rating.solved) == ("bot", None, True)


@pytest.fixture
async def answered(database: Database, customer: Customer, renderer: Renderer) -> Message:
    """Return an answer of the bot, in a conversation that goes on."""
    question = (await say(database, customer)).message
    await answer(database, question, make_turn(article="repay_early"), renderer)
    return (await transcript(database, customer.conversation_id))[-1]


async def test_answer_asks_whether_it_helped_and_the_word_counts_for_the_bot(
    database: Database, customer: Customer, answered: Message
):
    rating, is_first = await give_of(
        database, customer, customer.conversation_id, message_id=answered.id, solved=False, reasons=["unclear"]
    )

    assert answered.body["asks_solved"] is True
    assert is_first
    assert (rating.service, rating.solved, rating.score, rating.reasons) == ("bot", False, None, ["unclear"])


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"solved": True, "score": 5}, ScoreInvalidError),
        ({}, RatingEmptyError),
        ({"solved": True, "reasons": ["patient"]}, RatingReasonUnknownError),
    ],
    ids=["a score", "no word", "a reason of people"],
)
async def test_word_on_an_answer_that_is_none_is_refused(
    database: Database, customer: Customer, answered: Message, said: dict[str, object], refusal: type[HelpdeskError]
):
    with pytest.raises(refusal):
        await give_of(database, customer, customer.conversation_id, message_id=answered.id, **said)

    assert await stored(database) == []


async def test_only_answers_of_the_bot_in_ones_own_conversation_can_be_rated(
    database: Database, customer: Customer, answered: Message
):
    other = await open_customer(database)
    question = (await transcript(database, customer.conversation_id))[0]

    for who, conversation_id, message_id, refusal in (
        (customer, customer.conversation_id, question.id, RatingSubjectUnknownError),
        (other, other.conversation_id, answered.id, RatingSubjectUnknownError),
        (other, customer.conversation_id, answered.id, ConversationNotFoundError),
    ):
        with pytest.raises(refusal):
            await give_of(database, who, conversation_id, message_id=message_id, solved=True)

    assert await stored(database) == []

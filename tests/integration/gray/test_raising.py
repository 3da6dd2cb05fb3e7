"""Flags are raised by what the bot noticed, one a customer and type, and have no other effect."""

import asyncio
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.agents.model import Agent
from helpdesk.cases.model import Priority
from helpdesk.conversations.model import Message
from helpdesk.database import Database, Json
from helpdesk.gray import store
from helpdesk.gray.model import FlagRole, SuspectFlag
from helpdesk.handoff import queue
from helpdesk.turns.service import Outcome, commit_annotation, commit_failure
from helpdesk.turns.writing import Renderer
from tests.factories import make_nlu
from tests.integration.conftest import MovableClock
from tests.integration.gray.flags import (
    SUSPECTED,
    confirm,
    evidence,
    flags,
    gray,
    history,
    note,
    only_flag,
    tell,
)
from tests.scenes import (
    Customer,
    answer,
    claim,
    close,
    look_up,
    make_turn,
    open_customer,
    queue_up,
    say,
    transcript,
)


async def test_suspicion_is_only_suspected_with_the_words_it_rests_on(database: Database, customer: Customer):
    message = await tell(database, customer)

    flag = await only_flag(database)
    async with database.reading() as session:
        [(found, shown)] = await store.evidence_of(session, flag.id)
    assert (flag.state, flag.role, flag.type, flag.score) == (SUSPECTED, FlagRole.UNKNOWN, "credit_repair", 0.8)
    assert (flag.contact_id, flag.conversation_id) == (customer.contact_id, customer.conversation_id)
    assert (shown.id, found.spans) == (message.id, gray()["spans"])
    assert await history(database, flag) == [("raised", None, None)]


async def test_message_without_a_suspicion_raises_nothing(database: Database, customer: Customer):
    message = (await say(database, customer)).message

    assert await note(database, message, None) is None
    assert await flags(database) == []


async def test_messages_of_one_type_join_one_flag(database: Database, customer: Customer, movable_clock: MovableClock):
    messages = [await tell(database, customer, gray(score=score)) for score in (0.8, 1.0, 0.6)]

    flag = await only_flag(database)
    assert await evidence(database) == [message.id for message in messages]
    assert (flag.evidence_count, flag.score) == (3, 1.0)
    assert (flag.first_seen_at, flag.last_seen_at) == (messages[0].created_at, messages[2].created_at)
    assert [kind for kind, _, _ in await history(database, flag)] == ["raised"]


async def test_same_message_again_changes_nothing(database: Database, customer: Customer):
    message = await tell(database, customer)

    assert await note(database, message, gray()) is None

    assert (await only_flag(database)).evidence_count == 1
    assert await evidence(database) == [message.id]


async def test_other_types_and_other_customers_have_flags_of_their_own(database: Database, customer: Customer):
    other = await open_customer(database)

    await tell(database, customer)
    await tell(database, customer, gray("money_mule"))
    await tell(database, other)

    found = [(flag.contact_id, flag.type) for flag in await flags(database)]
    assert sorted(found) == sorted(
        [
            (customer.contact_id, "credit_repair"),
            (customer.contact_id, "money_mule"),
            (other.contact_id, "credit_repair"),
        ]
    )


async def test_later_conversations_join_the_same_flag(database: Database, customer: Customer, lin: Agent):
    await tell(database, customer)
    await queue_up(database, customer)
    await claim(database, customer.conversation_id, lin)
    await close(database, customer.conversation_id, lin)

    later = await tell(database, customer)

    assert later.conversation_id != customer.conversation_id
    assert (await only_flag(database)).evidence_count == 2


async def test_two_conversations_at_the_same_moment_raise_one_flag(
    database: Database, database_url: str, customer: Customer, lin: Agent
):
    first = (await say(database, customer)).message
    await queue_up(database, customer)
    await claim(database, customer.conversation_id, lin)
    await close(database, customer.conversation_id, lin)
    second = (await say(database, customer)).message
    other_process = Database(database_url)

    await asyncio.gather(note(database, first, gray()), note(other_process, second, gray()))

    await other_process.close()
    assert (await only_flag(database)).evidence_count == 2
    assert sorted(await evidence(database)) == sorted([first.id, second.id])


async def test_flag_raised_meanwhile_is_joined(database: Database, customer: Customer, monkeypatch: pytest.MonkeyPatch):
    first, second = [(await say(database, customer)).message for _ in range(2)]
    await note(database, first, gray())
    look = store.lock_flag_of
    # As if it had not been there at the first look.
    answers = [None]

    async def late(session: AsyncSession, contact_id: str, flag_type: str) -> SuspectFlag | None:
        return answers.pop() if answers else await look(session, contact_id, flag_type)

    monkeypatch.setattr(store, "lock_flag_of", late)

    await note(database, second, gray())

    assert answers == []
    assert (await only_flag(database)).evidence_count == 2


async def owned_by(database: Database, customer: Customer, owner: str, agent: Agent) -> Message:
    """Return a waiting message in a conversation that is owned so."""
    if owner != "bot":
        await queue_up(database, customer)
    if owner == "agent":
        await claim(database, customer.conversation_id, agent)
    return (await say(database, customer, "征信修复靠谱吗")).message


@pytest.mark.parametrize("owner", ["bot", "queued", "agent"])
async def test_turn_records_a_flag_whoever_owns_the_conversation(
    database: Database, customer: Customer, renderer: Renderer, lin: Agent, owner: str
):
    message = await owned_by(database, customer, owner, lin)

    await answer(database, message, make_turn("好的", gray=gray()), renderer)

    assert await evidence(database) == [message.id]


@pytest.mark.parametrize("owner", ["queued", "agent"])
async def test_annotation_records_a_flag_once(database: Database, customer: Customer, lin: Agent, owner: str):
    message = await owned_by(database, customer, owner, lin)

    for _ in range(2):
        async with database.transaction() as session:
            await commit_annotation(session, question_id=message.id, nlu=make_nlu(gray=gray()))

    assert await evidence(database) == [message.id]
    assert (await only_flag(database)).evidence_count == 1


@pytest.mark.parametrize("nlu", [make_nlu(gray=gray()), None], ids=["understood", "nothing understood"])
async def test_failed_turn_keeps_what_was_understood(
    database: Database, customer: Customer, renderer: Renderer, nlu: Json | None
):
    message = (await say(database, customer, "征信修复靠谱吗")).message

    async with database.transaction() as session:
        await commit_failure(session, question_id=message.id, epoch=1, replies=(), nlu=nlu, renderer=renderer)

    assert await evidence(database) == ([message.id] if nlu else [])


async def test_turn_that_is_rolled_back_leaves_no_flag(database: Database, customer: Customer):
    await queue_up(database, customer)
    message = (await say(database, customer)).message

    async def commit_and_fail() -> None:
        async with database.transaction() as session:
            await commit_annotation(session, question_id=message.id, nlu=make_nlu(gray=gray()))
            raise ConnectionError

    with pytest.raises(ConnectionError):
        await commit_and_fail()

    assert await flags(database) == []


async def what_happened(database: Database, customer: Customer, renderer: Renderer, cue: Json | None) -> list[Any]:
    """Return everything that a turn does to the conversation, without ids and times."""
    message = (await say(database, customer, "征信修复靠谱吗")).message
    outcome = await answer(database, message, make_turn("没有这种业务。", gray=cue), renderer)
    conversation = await look_up(database, customer.conversation_id)
    said = [(one.sender, one.kind, one.text, one.body) for one in await transcript(database, conversation.id)]
    return [outcome, conversation.owner, conversation.owner_epoch, said]


async def test_flag_changes_nothing_of_the_service(
    database: Database, customer: Customer, renderer: Renderer, lin: Agent
):
    plain = await open_customer(database)
    await tell(database, customer)
    await confirm(database, await only_flag(database), lin, FlagRole.OPERATOR)
    await say(database, plain, "征信修复靠谱吗")

    flagged, unflagged = [
        await what_happened(database, who, renderer, cue) for who, cue in ((customer, gray()), (plain, None))
    ]

    assert flagged == unflagged
    assert flagged[0] is Outcome.ANSWERED


async def test_flag_changes_no_place_in_the_queue(database: Database, customer: Customer, lin: Agent):
    before, after = await open_customer(database), await open_customer(database)
    await tell(database, customer)
    await confirm(database, await only_flag(database), lin, FlagRole.OPERATOR)

    for who in (before, customer, after):
        await queue_up(database, who)
    waiting = (await say(database, customer)).message
    async with database.transaction() as session:
        await commit_annotation(session, question_id=waiting.id, nlu=make_nlu(gray=gray()))

    async with database.reading() as session:
        entries = await queue.waiting(session)
    assert [entry.conversation_id for entry in entries] == [who.conversation_id for who in (before, customer, after)]
    assert {entry.priority for entry in entries} == {Priority.NORMAL}

"""Flags of the gray industry: raised by what the bot noticed, decided by people only, and without any other effect."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.agents.model import Agent
from helpdesk.audit import AuditEntry
from helpdesk.cases.fields import CrisisFields
from helpdesk.cases.model import Case, CaseStatus, CaseType, Priority
from helpdesk.cases.service import open_case
from helpdesk.conversations.model import Message
from helpdesk.conversations.sessions import HostIdentity
from helpdesk.conversations.store import lock_conversation
from helpdesk.database import Database, Json
from helpdesk.errors import (
    AppealNotOpenError,
    AppealOpenError,
    CrisisOpenError,
    CustomerUnreachableError,
    FlagNotFoundError,
    FlagStateWrongError,
    HelpdeskError,
    NoticeSentAlreadyError,
    NoticeTextMissingError,
    OwnDecisionError,
)
from helpdesk.gray import notice as notice_module
from helpdesk.gray import service, store
from helpdesk.gray.model import AppealOutcome, FlagEvidence, FlagRole, FlagState, SuspectFlag
from helpdesk.gray.notice import Notice, notices
from helpdesk.handoff import queue
from helpdesk.outbox.model import OutboxMessage
from helpdesk.turns.service import Outcome, commit_annotation, commit_failure
from helpdesk.turns.writing import Renderer
from tests.factories import make_nlu
from tests.integration.conftest import MovableClock
from tests.scenes import (
    Customer,
    add_agent,
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

UNKNOWN = "f" * 40
SUSPECTED, CONFIRMED, CLEARED = FlagState.SUSPECTED, FlagState.CONFIRMED, FlagState.CLEARED


def gray(kind: str = "credit_repair", score: float = 0.8) -> Json:
    return {"type": kind, "spans": [{"start": 0, "end": 4, "label": kind}], "score": score}


@pytest.fixture
async def customer(database: Database) -> Customer:
    return await open_customer(database, HostIdentity(subject="user-7", name="王小明"))


@pytest.fixture
async def lin(database: Database) -> Agent:
    return await add_agent(database)


@pytest.fixture
async def wu(database: Database) -> Agent:
    return await add_agent(database, "wu", name="吴二")


async def note(database: Database, message: Message, cue: Json | None) -> SuspectFlag | None:
    async with database.transaction() as session:
        conversation = await lock_conversation(session, message.conversation_id)
        return await service.record(session, conversation, message, make_nlu(gray=cue))


async def tell(
    database: Database, customer: Customer, cue: Json | None = None, text: str = "征信修复靠谱吗"
) -> Message:
    """Say something that the bot understood so."""
    message = (await say(database, customer, text)).message
    await note(database, message, cue or gray())
    return message


async def flags(database: Database) -> Sequence[SuspectFlag]:
    async with database.reading() as session:
        return (await session.scalars(select(SuspectFlag).order_by(SuspectFlag.type))).all()


async def only_flag(database: Database) -> SuspectFlag:
    [flag] = await flags(database)
    return flag


async def evidence(database: Database) -> list[str]:
    async with database.reading() as session:
        return list(await session.scalars(select(FlagEvidence.message_id).order_by(FlagEvidence.at)))


async def history(database: Database, flag: SuspectFlag) -> list[tuple[str, str | None, str | None]]:
    async with database.reading() as session:
        return [(one.kind, one.agent_id, one.note) for one in await store.events_of(session, flag.id)]


async def confirm(database: Database, flag: SuspectFlag, agent: Agent, role: FlagRole = FlagRole.VICTIM) -> None:
    async with database.transaction() as session:
        await service.confirm(session, flag.id, agent_id=agent.id, role=role, note="聊天记录属实")


async def clear(database: Database, flag: SuspectFlag, agent: Agent) -> None:
    async with database.transaction() as session:
        await service.clear(session, flag.id, agent_id=agent.id, note="只是询问")


async def appeal(database: Database, flag: SuspectFlag, agent: Agent) -> None:
    async with database.transaction() as session:
        await service.appeal(session, flag.id, agent_id=agent.id, note="客户说没有付费")


async def decide(database: Database, flag: SuspectFlag, agent: Agent, outcome: AppealOutcome) -> None:
    async with database.transaction() as session:
        await service.decide_appeal(session, flag.id, agent_id=agent.id, outcome=outcome, note="复核意见")


async def send_notice(database: Database, flag: SuspectFlag, agent: Agent) -> None:
    async with database.transaction() as session:
        await service.send_notice(session, flag.id, agent_id=agent.id)


async def outbox(database: Database) -> Sequence[OutboxMessage]:
    async with database.reading() as session:
        return (await session.scalars(select(OutboxMessage))).all()


@pytest.fixture
async def flag(database: Database, customer: Customer) -> SuspectFlag:
    await tell(database, customer)
    return await only_flag(database)


@pytest.fixture
async def confirmed(database: Database, flag: SuspectFlag, lin: Agent) -> SuspectFlag:
    await confirm(database, flag, lin)
    return flag


# -- raising ----------------------------------------------------------------------------------------------------------


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


# -- with the turn ----------------------------------------------------------------------------------------------------


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

    with pytest.raises(ConnectionError):
        async with database.transaction() as session:
            await commit_annotation(session, question_id=message.id, nlu=make_nlu(gray=gray()))
            raise ConnectionError

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


# -- deciding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [FlagRole.VICTIM, FlagRole.OPERATOR])
async def test_person_confirms_and_says_which_part_the_customer_plays(
    database: Database, flag: SuspectFlag, lin: Agent, role: FlagRole
):
    await confirm(database, flag, lin, role)

    found = await only_flag(database)
    assert (found.state, found.role, found.decided_by, found.note) == (CONFIRMED, role, lin.id, "聊天记录属实")
    assert found.decided_at is not None
    assert (await history(database, flag))[-1] == ("confirmed", lin.id, "聊天记录属实")


async def test_confirmed_flag_takes_in_more_and_stays_confirmed(
    database: Database, customer: Customer, confirmed: SuspectFlag
):
    await tell(database, customer)

    found = await only_flag(database)
    assert (found.state, found.evidence_count) == (CONFIRMED, 2)


@pytest.mark.parametrize("first", [True, False], ids=["confirmed", "suspected"])
async def test_flag_is_cleared_with_the_reason(
    database: Database, flag: SuspectFlag, lin: Agent, wu: Agent, first: bool
):
    if first:
        await confirm(database, flag, lin)

    await clear(database, flag, wu)

    found = await only_flag(database)
    assert (found.state, found.role, found.decided_by, found.note) == (CLEARED, FlagRole.UNKNOWN, wu.id, "只是询问")


async def test_new_evidence_opens_a_cleared_flag_again(
    database: Database, customer: Customer, confirmed: SuspectFlag, wu: Agent
):
    await clear(database, confirmed, wu)

    await tell(database, customer)

    found = await only_flag(database)
    assert (found.state, found.role, found.decided_by, found.decided_at, found.note) == (
        SUSPECTED,
        FlagRole.UNKNOWN,
        None,
        None,
        None,
    )
    kinds = [kind for kind, _, _ in await history(database, found)]
    assert kinds == ["raised", "confirmed", "cleared", "reopened"]


async def test_known_evidence_opens_nothing_again(database: Database, customer: Customer, lin: Agent):
    message = await tell(database, customer)
    await clear(database, await only_flag(database), lin)

    await note(database, message, gray())

    assert (await only_flag(database)).state is CLEARED


async def test_secrets_in_a_note_are_masked(database: Database, flag: SuspectFlag, lin: Agent):
    async with database.transaction() as session:
        await service.clear(session, flag.id, agent_id=lin.id, note="卡号 6222021234567890128 与本案无关")

    found = await only_flag(database)
    assert found.note is not None
    assert "6222021234567890128" not in found.note
    assert "0128" in found.note


async def test_second_of_two_deciders_is_refused(
    database: Database, database_url: str, flag: SuspectFlag, lin: Agent, wu: Agent
):
    other_process = Database(database_url)

    results = await asyncio.gather(
        confirm(database, flag, lin), confirm(other_process, flag, wu), return_exceptions=True
    )

    await other_process.close()
    assert sorted(type(result).__name__ for result in results) == ["FlagStateWrongError", "NoneType"]
    assert [kind for kind, _, _ in await history(database, flag)] == ["raised", "confirmed"]


# -- appeals ----------------------------------------------------------------------------------------------------------


async def test_granted_appeal_clears_the_flag(database: Database, confirmed: SuspectFlag, lin: Agent, wu: Agent):
    await appeal(database, confirmed, lin)

    await decide(database, confirmed, wu, AppealOutcome.GRANTED)

    found = await only_flag(database)
    assert (found.state, found.decided_by, found.note) == (CLEARED, wu.id, "复核意见")
    kinds = [kind for kind, _, _ in await history(database, confirmed)]
    assert kinds == ["raised", "confirmed", "appealed", "appeal_granted"]


async def test_dismissed_appeal_leaves_the_flag_confirmed(
    database: Database, confirmed: SuspectFlag, lin: Agent, wu: Agent
):
    await appeal(database, confirmed, wu)

    await decide(database, confirmed, wu, AppealOutcome.DISMISSED)

    found = await only_flag(database)
    assert (found.state, found.role, found.decided_by) == (CONFIRMED, FlagRole.VICTIM, lin.id)
    async with database.reading() as session:
        [filed] = await store.appeals_of(session, confirmed.id)
    assert (filed.text, filed.outcome, filed.note, filed.decided_by) == (
        "客户说没有付费",
        AppealOutcome.DISMISSED,
        "复核意见",
        wu.id,
    )


@pytest.mark.parametrize("outcome", list(AppealOutcome))
async def test_nobody_decides_an_appeal_against_their_own_decision(
    database: Database, confirmed: SuspectFlag, lin: Agent, wu: Agent, outcome: AppealOutcome
):
    await appeal(database, confirmed, wu)

    with pytest.raises(OwnDecisionError):
        await decide(database, confirmed, lin, outcome)

    assert (await only_flag(database)).state is CONFIRMED


async def test_after_a_dismissal_one_may_appeal_again(database: Database, confirmed: SuspectFlag, wu: Agent):
    await appeal(database, confirmed, wu)
    await decide(database, confirmed, wu, AppealOutcome.DISMISSED)

    await appeal(database, confirmed, wu)

    async with database.reading() as session:
        assert await store.find_open_appeal(session, confirmed.id) is not None


async def test_open_appeal_has_to_be_decided_first(database: Database, confirmed: SuspectFlag, lin: Agent, wu: Agent):
    await appeal(database, confirmed, wu)

    for step in (appeal, clear, send_notice):
        with pytest.raises(AppealOpenError):
            await step(database, confirmed, lin)


# -- refusals ---------------------------------------------------------------------------------------------------------


async def in_state(database: Database, flag: SuspectFlag, state: FlagState, lin: Agent) -> None:
    if state is CONFIRMED:
        await confirm(database, flag, lin)
    if state is CLEARED:
        await clear(database, flag, lin)


@pytest.mark.parametrize(
    ("step", "state"),
    [
        (confirm, CONFIRMED),
        (confirm, CLEARED),
        (clear, CLEARED),
        (appeal, SUSPECTED),
        (appeal, CLEARED),
        (send_notice, SUSPECTED),
        (send_notice, CLEARED),
    ],
    ids=lambda value: value.value if isinstance(value, FlagState) else value.__name__,
)
async def test_step_in_the_wrong_state_is_refused(
    database: Database, flag: SuspectFlag, lin: Agent, wu: Agent, step: Any, state: FlagState
):
    await in_state(database, flag, state, lin)
    before = await history(database, flag)

    with pytest.raises(FlagStateWrongError) as refusal:
        await step(database, flag, wu)

    assert refusal.value.fields == {"state": state.value}
    assert await history(database, flag) == before
    assert (await only_flag(database)).state is state


async def test_nothing_is_decided_where_nobody_appealed(database: Database, confirmed: SuspectFlag, wu: Agent):
    with pytest.raises(AppealNotOpenError):
        await decide(database, confirmed, wu, AppealOutcome.GRANTED)


async def test_unknown_flag_is_not_found(database: Database, lin: Agent):
    async with database.transaction() as session:
        with pytest.raises(FlagNotFoundError):
            await service.clear(session, UNKNOWN, agent_id=lin.id, note="没有")


@pytest.mark.parametrize(
    "values",
    [{"state": CONFIRMED}, {"state": CONFIRMED, "role": FlagRole.VICTIM}, {"evidence_count": 0}],
    ids=["confirmed without a role", "confirmed by nobody", "no evidence"],
)
async def test_database_refuses_a_flag_that_nobody_decided(
    database: Database, flag: SuspectFlag, values: dict[str, Any]
):
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            await session.execute(update(SuspectFlag).values(**values))


# -- the notice -------------------------------------------------------------------------------------------------------


async def test_notice_of_a_confirmed_flag_goes_into_the_outbox(
    database: Database, customer: Customer, confirmed: SuspectFlag, lin: Agent
):
    before = await transcript(database, customer.conversation_id)

    await send_notice(database, confirmed, lin)

    [message] = await outbox(database)
    notice = notices()["credit_repair"]
    assert (message.destination, message.kind, message.conversation_id) == ("notice", "risk_notice", None)
    assert {name: message.payload[name] for name in ("event", "template", "version", "text", "customer")} == {
        "event": "risk_notice",
        "template": "risk_credit_repair",
        "version": notice.version,
        "text": notice.text,
        "customer": "user-7",
    }
    # Not a word of the customer's, not a name, not the flag.
    assert "王小明" not in str(message.payload)
    assert confirmed.id not in str(message.payload)
    assert [one.id for one in await transcript(database, customer.conversation_id)] == [one.id for one in before]


async def test_same_version_is_sent_once_and_a_new_one_once_more(
    database: Database, confirmed: SuspectFlag, lin: Agent, monkeypatch: pytest.MonkeyPatch
):
    await send_notice(database, confirmed, lin)
    with pytest.raises(NoticeSentAlreadyError):
        await send_notice(database, confirmed, lin)
    newer = Notice(template="risk_credit_repair", version=99, text="风险提示：新版。")
    monkeypatch.setattr(service, "notices", lambda: {"credit_repair": newer})

    await send_notice(database, confirmed, lin)

    assert sorted(message.payload["version"] for message in await outbox(database)) == [1, 99]


async def test_flag_that_was_reopened_and_confirmed_again_does_not_repeat_the_notice(
    database: Database, customer: Customer, confirmed: SuspectFlag, lin: Agent
):
    await send_notice(database, confirmed, lin)
    await clear(database, confirmed, lin)
    await tell(database, customer)
    await confirm(database, confirmed, lin)

    with pytest.raises(NoticeSentAlreadyError):
        await send_notice(database, confirmed, lin)


async def open_crisis(database: Database, customer: Customer) -> Case:
    async with database.transaction() as session:
        return await open_case(
            session,
            await lock_conversation(session, customer.conversation_id),
            case_type=CaseType.CRISIS,
            priority=Priority.URGENT,
            summary="",
            fields=CrisisFields(level="C2"),
            details={},
            actor="bot",
        )


async def test_nobody_in_danger_gets_a_notice(
    database: Database, customer: Customer, confirmed: SuspectFlag, lin: Agent
):
    case = await open_crisis(database, customer)
    with pytest.raises(CrisisOpenError):
        await send_notice(database, confirmed, lin)
    async with database.transaction() as session:
        closed_at = {"closed_at": case.opened_at, "status": CaseStatus.CLOSED}
        await session.execute(update(Case).where(Case.id == case.id).values(**closed_at))

    await send_notice(database, confirmed, lin)

    assert len(await outbox(database)) == 1


@pytest.mark.parametrize(("level", "is_sent"), [("C3", False), ("C2", False), ("C1", True), (None, True)])
async def test_words_of_danger_to_a_waiting_customer_hold_the_notice_back(
    database: Database, customer: Customer, confirmed: SuspectFlag, lin: Agent, level: str | None, is_sent: bool
):
    await queue_up(database, customer)
    message = (await say(database, customer)).message
    async with database.transaction() as session:
        await commit_annotation(session, question_id=message.id, nlu=make_nlu(crisis=level))

    if is_sent:
        await send_notice(database, confirmed, lin)
    else:
        with pytest.raises(CrisisOpenError):
            await send_notice(database, confirmed, lin)

    notices_sent = [one for one in await outbox(database) if one.destination == "notice"]
    assert len(notices_sent) == int(is_sent)


async def test_somebody_elses_danger_holds_nothing_back(
    database: Database, customer: Customer, confirmed: SuspectFlag, lin: Agent
):
    await open_crisis(database, await open_customer(database))

    await send_notice(database, confirmed, lin)

    assert len(await outbox(database)) == 1


async def test_guest_cannot_be_reached(database: Database, lin: Agent):
    guest = await open_customer(database)
    await tell(database, guest)
    flag = await only_flag(database)
    await confirm(database, flag, lin)

    with pytest.raises(CustomerUnreachableError):
        await send_notice(database, flag, lin)

    assert await outbox(database) == []


async def test_type_without_a_reviewed_text_has_no_notice(database: Database, customer: Customer, lin: Agent):
    await tell(database, customer, gray("brand_new"))
    flag = await only_flag(database)
    await confirm(database, flag, lin)

    with pytest.raises(NoticeTextMissingError):
        await send_notice(database, flag, lin)

    assert "brand_new" not in notice_module.notices()


# -- the record -------------------------------------------------------------------------------------------------------


async def test_every_step_is_in_the_audit_trail_without_words(
    database: Database, customer: Customer, flag: SuspectFlag, lin: Agent, wu: Agent
):
    await tell(database, customer)
    await confirm(database, flag, lin)
    await send_notice(database, flag, lin)
    await appeal(database, flag, lin)
    await decide(database, flag, wu, AppealOutcome.GRANTED)
    await tell(database, customer)
    await clear(database, flag, wu)

    async with database.reading() as session:
        found = await session.scalars(
            select(AuditEntry).where(AuditEntry.subject == f"flag:{flag.id}").order_by(AuditEntry.at)
        )
        entries = found.all()
    assert [(entry.actor, entry.action) for entry in entries] == [
        ("bot", "flag_raised"),
        ("bot", "flag_evidence_added"),
        (f"agent:{lin.id}", "flag_confirmed"),
        (f"agent:{lin.id}", "flag_notice_requested"),
        (f"agent:{lin.id}", "flag_appealed"),
        (f"agent:{wu.id}", "flag_appeal_granted"),
        ("bot", "flag_reopened"),
        (f"agent:{wu.id}", "flag_cleared"),
    ]
    told = str([entry.details for entry in entries])
    assert not any(
        word in told for word in ("征信修复靠谱吗", "聊天记录属实", "客户说", "复核意见", "只是询问", "王小明")
    )


async def test_refused_step_leaves_no_trace(database: Database, flag: SuspectFlag, lin: Agent):
    async def count() -> int:
        async with database.reading() as session:
            return len((await session.scalars(select(AuditEntry.id))).all())

    before = await count()

    with pytest.raises(HelpdeskError):
        await appeal(database, flag, lin)

    assert await count() == before

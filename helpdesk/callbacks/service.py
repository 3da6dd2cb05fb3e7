"""Wishing for a call, taking it back, calling and recording what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import audit, clock
from helpdesk.agents.model import Agent
from helpdesk.callbacks import policy
from helpdesk.callbacks.errors import (
    CallbackNotFoundError,
    CallbackNotOpenError,
    CallbackNotTakenError,
    CallbackTakenError,
    CallbackWindowGoneError,
)
from helpdesk.callbacks.model import Callback, CallbackState
from helpdesk.callbacks.policy import CallWindow
from helpdesk.cases import timeline
from helpdesk.cases.model import Case
from helpdesk.cases.service import find_open_case
from helpdesk.cases.store import lock_case
from helpdesk.clock import local
from helpdesk.clocks import service as clocks
from helpdesk.clocks.model import ClockKind
from helpdesk.conversations import service as conversations
from helpdesk.conversations import store
from helpdesk.conversations.model import Conversation, MessageKind, Owner, Sender
from helpdesk.texts import text
from helpdesk.working_time.calendar_file import working_calendar

_PAGE = 200
_EVENT = "callback"


class Outcome(Enum):
    """What came of an attempt."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What a waiting customer can choose from, and what they have chosen."""

    windows: Sequence[CallWindow]
    wish: Callback | None


async def find_offer(session: AsyncSession, conversation: Conversation) -> Offer:
    """Return the windows for a waiting customer (none for others) and the open wish."""
    waits = conversation.owner is Owner.QUEUED
    windows = policy.offered_windows(working_calendar(), clock.now()) if waits else []
    return Offer(windows=windows, wish=await _find_open(session, conversation.id))


async def _find_open(session: AsyncSession, conversation_id: str) -> Callback | None:
    return await session.scalar(
        select(Callback)
        .where(Callback.conversation_id == conversation_id, Callback.state == CallbackState.OPEN)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def wish(session: AsyncSession, conversation_id: str, *, start: datetime, phone: str) -> Callback:
    """Promise a waiting customer a call in the window that begins at `start`; a second wish changes the first.

    Raises:
        CallbackNotOpenError: The conversation does not wait for a person.
        CallbackWindowGoneError: No such window is offered now.
        PhoneInvalidError: `phone` is no number that can be called.
        CallbackTakenError: An agent is calling at this moment.
    """
    number = policy.clean_phone(phone)
    conversation = await store.lock_conversation(session, conversation_id)
    case = await find_open_case(session, conversation.id) if conversation.owner is Owner.QUEUED else None
    if case is None:
        raise CallbackNotOpenError
    at = clock.now()
    window = next((one for one in policy.offered_windows(working_calendar(), at) if one.start == start), None)
    if window is None:
        raise CallbackWindowGoneError
    callback = await _find_open(session, conversation.id)
    if callback is None:
        callback = Callback(
            conversation_id=conversation.id,
            case_id=case.id,
            phone=number,
            phone_masked=policy.masked_phone(number),
            window_start=window.start,
            window_end=window.end,
            next_at=window.start,
            created_at=at,
        )
        session.add(callback)
    elif callback.is_taken(at):
        raise CallbackTakenError(agent=await _name_of(session, callback.agent_id))
    else:
        callback.phone, callback.phone_masked = number, policy.masked_phone(number)
        callback.window_start, callback.window_end, callback.next_at = window.start, window.end, window.start
        callback.attempts = 0
    # The first reference to its id.
    await session.flush()
    await _note(session, case, callback, kind="callback_wished", actor="customer")
    await _tell(session, conversation, "callback_wished", when=spoken(window), phone=callback.phone_masked)
    return callback


async def take_back(session: AsyncSession, conversation_id: str) -> Callback:
    """Let a customer do without the call.

    Raises:
        CallbackNotOpenError: None is wished for.
    """
    conversation = await store.lock_conversation(session, conversation_id)
    callback = await _find_open(session, conversation.id)
    if callback is None:
        raise CallbackNotOpenError
    _settle(callback, CallbackState.CANCELLED)
    case = await lock_case(session, callback.case_id)
    await _note(session, case, callback, kind="callback_settled", actor="customer")
    if conversation.owner is not Owner.CLOSED:
        await _tell(session, conversation, "callback_cancelled")
    return callback


async def list_open(session: AsyncSession) -> Sequence[Callback]:
    """Return the calls to make, the next one first."""
    rows = await session.scalars(
        select(Callback)
        .where(Callback.state == CallbackState.OPEN)
        .order_by(Callback.next_at, Callback.created_at, Callback.id)
        .limit(_PAGE)
    )
    return rows.all()


async def take(session: AsyncSession, callback_id: str, agent: Agent) -> Callback:
    """Let an agent see the number in order to call; others leave the call to them for a while.

    Raises:
        CallbackNotFoundError: There is no such call on the list.
        CallbackTakenError: Another agent is calling.
    """
    callback, _ = await _lock(session, callback_id)
    at = clock.now()
    if callback.is_taken(at) and callback.agent_id != agent.id:
        raise CallbackTakenError(agent=await _name_of(session, callback.agent_id))
    callback.agent_id = agent.id
    callback.taken_until = at + policy.TAKEN_FOR
    audit.record(session, actor=f"agent:{agent.id}", action="reveal_callback_phone", subject=f"callback:{callback.id}")
    return callback


async def record_outcome(session: AsyncSession, callback_id: str, agent: Agent, outcome: Outcome) -> Callback:
    """Record what came of a call; whoever is not reached three times is told so and called no more.

    Raises:
        CallbackNotFoundError: There is no such call on the list.
        CallbackNotTakenError: The agent has not looked the number up.
        CallbackTakenError: Another agent is calling.
    """
    callback, conversation = await _lock(session, callback_id)
    at = clock.now()
    if callback.agent_id != agent.id:
        if callback.is_taken(at):
            raise CallbackTakenError(agent=await _name_of(session, callback.agent_id))
        if outcome is not Outcome.NOT_NEEDED:
            raise CallbackNotTakenError
    case = await lock_case(session, callback.case_id)
    sentence = None
    if outcome is Outcome.REACHED:
        callback.attempts += 1
        _settle(callback, CallbackState.REACHED)
        # Somebody spoke with them: that is the reply which they were promised.
        for promise in (ClockKind.FIRST_REPLY, ClockKind.NEXT_REPLY):
            await clocks.meet(session, promise, conversation_id=conversation.id)
        sentence = "callback_reached"
    elif outcome is Outcome.NOT_NEEDED:
        _settle(callback, CallbackState.NOT_NEEDED)
    else:
        callback.attempts += 1
        callback.taken_until = None
        if callback.attempts >= policy.MOST_ATTEMPTS:
            _settle(callback, CallbackState.UNREACHED)
            sentence = "callback_unreached"
        else:
            callback.next_at = policy.next_try(working_calendar(), at)
    kind = "callback_tried" if callback.state is CallbackState.OPEN else "callback_settled"
    await _note(session, case, callback, kind=kind, actor=f"agent:{agent.id}")
    audit.record(
        session,
        actor=f"agent:{agent.id}",
        action="record_callback",
        subject=f"callback:{callback.id}",
        details={"outcome": outcome.value, "attempts": callback.attempts},
    )
    if sentence is not None and conversation.owner is not Owner.CLOSED:
        await _tell(session, conversation, sentence, attempts=callback.attempts)
    return callback


def spoken(window: CallWindow) -> str:
    """Return a window as it is told to people."""
    start, end = local(window.start), local(window.end)
    # Midnight at a day's end is that day's twenty-fourth hour.
    until = "24:00" if end.date() != start.date() else f"{end:%H:%M}"
    return text("events", "callback_window", month=start.month, day=start.day, start=f"{start:%H:%M}", end=until)


async def _lock(session: AsyncSession, callback_id: str) -> tuple[Callback, Conversation]:
    """Lock an open call after its conversation: the order in which everything else locks them."""
    found = await session.get(Callback, callback_id)
    if found is None:
        raise CallbackNotFoundError
    conversation = await store.lock_conversation(session, found.conversation_id)
    callback = await _find_open(session, found.conversation_id)
    if callback is None or callback.id != callback_id:
        raise CallbackNotFoundError
    return callback, conversation


def _settle(callback: Callback, state: CallbackState) -> None:
    callback.state = state
    callback.settled_at = clock.now()
    callback.taken_until = None
    # Nobody needs it any more.
    callback.phone = None


async def _name_of(session: AsyncSession, agent_id: str | None) -> str:
    agent = await session.get(Agent, agent_id) if agent_id is not None else None
    return agent.name if agent is not None else ""


async def _note(session: AsyncSession, case: Case, callback: Callback, *, kind: str, actor: str) -> None:
    await timeline.append(
        session,
        case,
        kind=kind,
        actor=actor,
        details={
            "callback_state": callback.state.value,
            "attempts": callback.attempts,
            "window_start": callback.window_start.isoformat(),
            "window_end": callback.window_end.isoformat(),
        },
    )


async def _tell(session: AsyncSession, conversation: Conversation, sentence: str, **values: object) -> None:
    await conversations.write(
        session,
        conversation,
        sender=Sender.SYSTEM,
        kind=MessageKind.EVENT,
        text=text("events", sentence, **values),
        body={"event": _EVENT},
    )

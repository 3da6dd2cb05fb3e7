"""The clocks of cases and of the conversations that belong to them: when they start, wait and are met."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, time

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock as wall
from helpdesk.cases import states, timeline
from helpdesk.cases.model import Case, CaseConversation, CaseStatus, CaseType
from helpdesk.clocks import service as clocks
from helpdesk.clocks.model import Clock, ClockKind
from helpdesk.clocks.policy import promises
from helpdesk.database import Json

# What runs while a case of the type is worked on, until the customer has its answer.
_OF_CASE = {
    CaseType.COMPLAINT: ClockKind.COMPLAINT,
    CaseType.NEGOTIATION: ClockKind.CASE_ANSWER,
    CaseType.RELIEF: ClockKind.CASE_ANSWER,
    CaseType.PRIVACY_REQUEST: ClockKind.CASE_ANSWER,
}
# States in which the customer has the answer: nothing more is owed until the case is taken up again.
_ANSWERED = frozenset({CaseStatus.ANSWERED, CaseStatus.PROPOSED, CaseStatus.ACCEPTED, CaseStatus.DECLINED})


async def begin(session: AsyncSession, case: Case) -> None:
    """Start the clock of a case that was just opened."""
    kind = _OF_CASE.get(case.type)
    if kind is not None:
        await clocks.start(session, kind, case_id=case.id, at=case.opened_at)


async def settle(session: AsyncSession, case: Case) -> None:
    """Meet all clocks of a case that was just closed."""
    for kind in ClockKind:
        await clocks.meet(session, kind, case_id=case.id)


async def moved(session: AsyncSession, case: Case, before: CaseStatus) -> None:
    """Let the clocks of a locked case follow its move from `before`; closing settles them instead."""
    if before is CaseStatus.WAITING_CUSTOMER:
        for clock in await _waiting(session, case):
            clocks.resume(clock)
    if case.status is CaseStatus.WAITING_CUSTOMER:
        for clock in await _waiting(session, case):
            clocks.pause(clock)
    kind = _OF_CASE.get(case.type)
    if case.status is CaseStatus.REVIEWING:
        await clocks.start(session, ClockKind.REVIEW, case_id=case.id)
    elif case.status in _ANSWERED:
        await clocks.meet(session, ClockKind.REVIEW, case_id=case.id)
        if kind is not None:
            await clocks.meet(session, kind, case_id=case.id)
    elif kind is not None and (before in _ANSWERED or before is CaseStatus.CLOSED):
        # Taken up again, it is owed again.
        await clocks.start(session, kind, case_id=case.id)


async def credit_objection(session: AsyncSession, case: Case, received_on: str | None) -> None:
    """Let the clock of a credit objection follow the day (Beijing) on which it was received; None: there is none."""
    known = await clocks.find_open(session, ClockKind.CREDIT_OBJECTION, case_id=case.id)
    if known is not None:
        clocks.drop(known)
        # The next one of the kind must not meet it.
        await session.flush()
    if received_on is not None:
        # The day's first moment: the earliest reading of "from the day on which it was received".
        midnight = datetime.combine(date.fromisoformat(received_on), time.min, tzinfo=wall.BEIJING).astimezone(UTC)
        await clocks.start(session, ClockKind.CREDIT_OBJECTION, case_id=case.id, at=midnight)


async def customer_wrote(session: AsyncSession, conversation_id: str) -> None:
    """Let the cases of a locked conversation that waited for the customer go on."""
    rows = await session.scalars(
        select(Case)
        .join(CaseConversation, CaseConversation.case_id == Case.id)
        .where(
            CaseConversation.conversation_id == conversation_id,
            # Cases before clocks, as everywhere.
            Case.status == CaseStatus.WAITING_CUSTOMER,
        )
        .order_by(Case.opened_at, Case.id)
        .with_for_update(of=Case, key_share=True)
        .execution_options(populate_existing=True)
    )
    for case in rows.all():
        before, case.status = case.status, states.resumed(case.type)
        details: Json = {"from": before.value, "to": case.status.value, "conversation": conversation_id}
        await timeline.append(session, case, kind="state_changed", actor="customer", details=details)
        await moved(session, case, before)


async def _waiting(session: AsyncSession, case: Case) -> Sequence[Clock]:
    """Return the case's open clocks that count only our own time, locked."""
    kinds = [kind for kind, promise in promises().items() if promise.waits_for_customer]
    rows = await session.scalars(
        select(Clock)
        .where(Clock.case_id == case.id, Clock.kind.in_(kinds), clocks.is_open())
        .order_by(Clock.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return rows.all()


async def next_due(session: AsyncSession, case_ids: Sequence[str]) -> dict[str, Clock]:
    """Return the open clock of each case that is due first, by case; paused ones after those that run."""
    rows = await session.scalars(
        select(Clock)
        .where(Clock.case_id.in_(case_ids), clocks.is_open())
        .order_by(Clock.paused_since.is_not(None), Clock.due_at, Clock.id)
    )
    found: dict[str, Clock] = {}
    for clock in rows:
        if clock.case_id is not None:
            found.setdefault(clock.case_id, clock)
    return found


async def clocks_of(session: AsyncSession, case_id: str) -> Sequence[Clock]:
    """Return all clocks of a case that were not dropped, oldest first."""
    rows = await session.scalars(
        select(Clock).where(Clock.case_id == case_id, Clock.dropped_at.is_(None)).order_by(Clock.started_at, Clock.id)
    )
    return rows.all()


async def clock_views(session: AsyncSession, conversation_ids: Sequence[str]) -> dict[str, list[Json]]:
    """Return the `ClockLabel`s of docs/protocol.md by conversation: those of the conversation and of its cases.

    Of each kind and owner the newest that was not dropped; the most pressing first.
    """
    rows = await session.execute(
        select(CaseConversation.conversation_id, Clock)
        .join(
            Clock,
            or_(
                Clock.conversation_id == CaseConversation.conversation_id,
                Clock.case_id == CaseConversation.case_id,
            ),
        )
        .where(CaseConversation.conversation_id.in_(conversation_ids), Clock.dropped_at.is_(None))
        .order_by(Clock.started_at, Clock.id)
    )
    newest: dict[str, dict[tuple[ClockKind, str | None], Clock]] = defaultdict(dict)
    for conversation_id, clock in rows:
        newest[conversation_id][clock.kind, clock.case_id] = clock
    return {
        conversation_id: [clock_view(clock) for clock in sorted(found.values(), key=_pressing)]
        for conversation_id, found in newest.items()
    }


def _pressing(clock: Clock) -> tuple[bool, str, str]:
    return clock.met_at is not None, clock.due_at.isoformat(), clock.kind.value


def clock_view(clock: Clock) -> Json:
    """Return a `ClockLabel`."""
    return {
        "kind": clock.kind.value,
        "title": promises()[clock.kind].title,
        "due_at": clock.due_at.isoformat(),
        "state": clock.state.value,
    }

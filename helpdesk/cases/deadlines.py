"""The clocks of cases and of the conversations that belong to them."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.cases.model import Case, CaseConversation, CaseType
from helpdesk.clocks import service as clocks
from helpdesk.clocks.model import Clock, ClockKind
from helpdesk.clocks.policy import promises
from helpdesk.database import Json

# What runs from the opening of a case to its closing.
_OF_CASE = {CaseType.COMPLAINT: ClockKind.COMPLAINT}


async def begin(session: AsyncSession, case: Case) -> None:
    """Start the clock of a case that was just opened."""
    kind = _OF_CASE.get(case.type)
    if kind is not None:
        await clocks.start(session, kind, case_id=case.id, at=case.opened_at)


async def settle(session: AsyncSession, case: Case) -> None:
    """Meet all clocks of a case that was just closed."""
    for kind in ClockKind:
        await clocks.meet(session, kind, case_id=case.id)


async def wait_for_customer(session: AsyncSession, conversation_id: str) -> None:
    """Pause the clocks of a conversation's cases that count only our own time."""
    for clock in await _pausing(session, conversation_id):
        clocks.pause(clock)


async def customer_wrote(session: AsyncSession, conversation_id: str) -> None:
    """Let the clocks that waited for the customer count on."""
    for clock in await _pausing(session, conversation_id):
        clocks.resume(clock)


async def _pausing(session: AsyncSession, conversation_id: str) -> Sequence[Clock]:
    kinds = [kind for kind, promise in promises().items() if promise.waits_for_customer]
    if not kinds:
        return []
    # Cases before clocks, as everywhere.
    await session.execute(
        select(Case.id)
        .join(CaseConversation, CaseConversation.case_id == Case.id)
        .where(CaseConversation.conversation_id == conversation_id)
        .order_by(Case.opened_at)
        .with_for_update(of=Case, key_share=True)
    )
    rows = await session.scalars(
        select(Clock)
        .join(CaseConversation, CaseConversation.case_id == Clock.case_id)
        .where(CaseConversation.conversation_id == conversation_id, Clock.kind.in_(kinds), clocks.is_open())
        .order_by(Clock.id)
        .with_for_update(of=Clock, key_share=True)
        .execution_options(populate_existing=True)
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
        conversation_id: [_view(clock) for clock in sorted(found.values(), key=_pressing)]
        for conversation_id, found in newest.items()
    }


def _pressing(clock: Clock) -> tuple[bool, str, str]:
    return clock.met_at is not None, clock.due_at.isoformat(), clock.kind.value


def _view(clock: Clock) -> Json:
    return {
        "kind": clock.kind.value,
        "title": promises()[clock.kind].title,
        "due_at": clock.due_at.isoformat(),
        "state": clock.state.value,
    }

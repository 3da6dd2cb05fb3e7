"""What customers are told of their own cases: where they stand, since when, and by when they hear of us."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.cases import deadlines
from helpdesk.cases.model import Case, CaseStatus, CaseType
from helpdesk.cases.number import is_intact
from helpdesk.clocks.policy import promises
from helpdesk.texts import text, titles

# Our own view of others is nothing that a customer asked for.
_HIDDEN = frozenset({CaseType.GRAY_INDUSTRY})
_MOST = 50


@dataclass(frozen=True, kw_only=True)
class Progress:
    """One case as its customer may see it.

    `next_due` is a promise that still runs, with what it promises; a broken one is left out, people answer for that.
    `merged_into` is the number of the same customer's case in which this one goes on.
    """

    number: str
    type: CaseType
    status: CaseStatus
    status_text: str
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    next_due: tuple[str, datetime] | None
    merged_into: str | None


async def progress_of(session: AsyncSession, contact_id: str, *, limit: int = _MOST) -> list[Progress]:
    """Return a customer's own cases, newest first."""
    rows = await session.scalars(
        select(Case)
        .where(Case.contact_id == contact_id, Case.type.not_in(_HIDDEN))
        .order_by(Case.opened_at.desc(), Case.id)
        .limit(limit)
    )
    return await _shown(session, rows.all())


async def find_progress(session: AsyncSession, contact_id: str, number: str) -> Progress | None:
    """Return a customer's own case by its number; None also where it is somebody else's."""
    case = await session.scalar(
        select(Case).where(Case.contact_id == contact_id, Case.number == number, Case.type.not_in(_HIDDEN))
    )
    return (await _shown(session, [case]))[0] if case is not None else None


def not_found_text(number: str) -> str:
    """Return what to say of a number under which the customer has no case.

    It depends on the number alone: whether somebody else has such a case cannot be learned from it.
    """
    return text("progress", "not_yours" if is_intact(number) else "mistyped", number=number)


async def _shown(session: AsyncSession, cases: Sequence[Case]) -> list[Progress]:
    due = await deadlines.next_due(session, [case.id for case in cases])
    winners = {case.merged_into_id: case.contact_id for case in cases if case.merged_into_id is not None}
    rows = await session.scalars(select(Case).where(Case.id.in_(winners)))
    numbers = {case.id: case.number for case in rows if case.contact_id == winners[case.id]}
    shown = []
    for case in cases:
        clock = due.get(case.id)
        is_kept = clock is not None and clock.breached_at is None and clock.paused_since is None
        is_merged = case.merged_into_id is not None
        shown.append(
            Progress(
                number=case.number,
                type=case.type,
                status=case.status,
                status_text=text("progress", "merged") if is_merged else titles("case_statuses")[case.status.value],
                opened_at=case.opened_at,
                updated_at=case.updated_at,
                closed_at=case.closed_at,
                next_due=(promises()[clock.kind].title, clock.due_at) if clock is not None and is_kept else None,
                merged_into=numbers.get(case.merged_into_id) if case.merged_into_id is not None else None,
            )
        )
    return shown

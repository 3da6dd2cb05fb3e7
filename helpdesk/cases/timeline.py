"""The append-only timeline of a case and its hash chain."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock, hash_chain
from helpdesk.cases.model import Case, CaseEvent
from helpdesk.database import Json

GENESIS = hash_chain.GENESIS


def event_hash(event: CaseEvent) -> str:
    """Return the SHA-256 of an event's content and of the hash before it, as hexadecimal digits."""
    return hash_chain.digest(
        {
            "case": event.case_id,
            "seq": event.seq,
            "kind": event.kind,
            "actor": event.actor,
            "details": event.details,
            "at": event.at.isoformat(),
            "previous": event.previous_hash,
        }
    )


async def append(session: AsyncSession, case: Case, *, kind: str, actor: str, details: Json) -> CaseEvent:
    """Add an event at the end of a case's timeline."""
    last = await session.scalar(
        select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.seq.desc()).limit(1)
    )
    event = CaseEvent(
        case_id=case.id,
        seq=last.seq + 1 if last else 1,
        kind=kind,
        actor=actor,
        details=hash_chain.as_stored(details),
        at=clock.now(),
        previous_hash=last.hash if last else GENESIS,
        hash="",
    )
    event.hash = event_hash(event)
    case.updated_at = event.at
    session.add(event)
    # The next event of the same transaction reads this one's hash.
    await session.flush()
    return event


async def events_of(session: AsyncSession, case_id: str) -> Sequence[CaseEvent]:
    """Return a case's timeline, oldest first."""
    rows = await session.scalars(select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.seq))
    return rows.all()


def first_broken(events: Sequence[CaseEvent]) -> CaseEvent | None:
    """Return the first event whose hash or place in the chain is wrong, or None."""
    previous = GENESIS
    for place, event in enumerate(events, start=1):
        if event.seq != place or event.previous_hash != previous or event.hash != event_hash(event):
            return event
        previous = event.hash
    return None

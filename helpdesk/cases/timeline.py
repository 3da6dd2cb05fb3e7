"""The append-only timeline of a case and its hash chain."""

import hashlib
import json
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.cases.model import Case, CaseEvent
from helpdesk.database import Json

GENESIS = "0" * 64


def event_hash(event: CaseEvent) -> str:
    """Return the SHA-256 of an event's content and of the hash before it, as hexadecimal digits."""
    content = json.dumps(
        {
            "case": event.case_id,
            "seq": event.seq,
            "kind": event.kind,
            "actor": event.actor,
            "details": event.details,
            "at": event.at.isoformat(),
            "previous": event.previous_hash,
        },
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(content.encode()).hexdigest()


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
        # Through JSON once, so that what is hashed is what a reader gets back.
        details=json.loads(json.dumps(details, ensure_ascii=False)),
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

"""Checking the audit trail's chain from its first row to its head."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import hash_chain
from helpdesk.audit.model import AuditEntry, AuditHead
from helpdesk.audit.trail import entry_hash

_PAGE = 1000


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What the check found.

    Attributes:
        entries: How many rows hang together, from the first one on.
        head: The hash of the last of them.
        broken_at: The place of the first that does not fit; None where all do.
    """

    entries: int
    head: str
    broken_at: int | None


async def verify(session: AsyncSession) -> Verdict:
    """Recompute the chain; a changed, missing, inserted or cut-off row breaks it."""
    place, previous = 0, hash_chain.GENESIS
    while True:
        rows = (
            await session.scalars(
                select(AuditEntry).where(AuditEntry.seq > place).order_by(AuditEntry.seq).limit(_PAGE)
            )
        ).all()
        for entry in rows:
            if entry.seq != place + 1 or entry.previous_hash != previous or entry.hash != entry_hash(entry):
                return Verdict(entries=place, head=previous, broken_at=place + 1)
            place, previous = entry.seq, entry.hash
        if len(rows) < _PAGE:
            break
        # Millions of rows must not stay in memory.
        session.expunge_all()
    head = await session.get(AuditHead, 1)
    known = (head.seq, head.hash) if head else (0, hash_chain.GENESIS)
    # Rows cut off at the end leave a chain that hangs together, and a head that it does not reach.
    broken = None if known == (place, previous) else place + 1
    return Verdict(entries=place, head=previous, broken_at=broken)

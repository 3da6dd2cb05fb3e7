"""Writing the audit trail: entries join the chain at the very end of the transaction that they tell of."""

from sqlalchemy import event, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, SessionTransaction

from helpdesk import clock, hash_chain
from helpdesk.audit.model import AuditEntry, AuditHead
from helpdesk.database import Json

_HEAD = 1
# Within `Session.info`: what is recorded, each with the savepoint that it stands or falls with.
_PENDING = "audit.pending"


def record(session: AsyncSession, *, actor: str, action: str, subject: str, details: Json | None = None) -> None:
    """Add an entry that is saved with the transaction, or lost with it.

    Args:
        session: The transaction that does, or reads, what is told.
        actor: `agent:ID`, `bot`, `system` or `operator:NAME`.
        action: A code; `audit_actions` of the texts has its words.
        subject: `KIND:ID` of what was read or changed, or a kind alone.
        details: Ids and codes, never personal data or text.
    """
    entry = AuditEntry(
        actor=actor, action=action, subject=subject, details=hash_chain.as_stored(details or {}), at=clock.now()
    )
    sync = session.sync_session
    sync.info.setdefault(_PENDING, []).append((entry, sync.get_nested_transaction()))


def entry_hash(entry: AuditEntry) -> str:
    """Return the SHA-256 of an entry's content and of the hash before it, as hexadecimal digits."""
    return hash_chain.digest(
        {
            "id": entry.id,
            "seq": entry.seq,
            "actor": entry.actor,
            "action": entry.action,
            "subject": entry.subject,
            "details": entry.details,
            "at": entry.at.isoformat(),
            "previous": entry.previous_hash,
        }
    )


@event.listens_for(Session, "before_commit")
def _join_chain(session: Session) -> None:
    if session.in_nested_transaction() or not session.info.get(_PENDING):
        return
    # Everything else is written first: whoever holds the head's row waits for no other row.
    session.flush()
    head = session.execute(select(AuditHead.seq, AuditHead.hash).where(AuditHead.id == _HEAD).with_for_update()).first()
    seq, last = (head.seq, head.hash) if head else (0, hash_chain.GENESIS)
    for entry, _ in session.info.pop(_PENDING):
        seq += 1
        entry.seq, entry.previous_hash = seq, last
        entry.hash = last = entry_hash(entry)
        session.add(entry)
    values = {"seq": seq, "hash": last}
    session.execute(update(AuditHead).values(values) if head else insert(AuditHead).values(id=_HEAD, **values))


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, ended: SessionTransaction) -> None:
    if ended.nested:
        session.info[_PENDING] = [one for one in session.info.get(_PENDING, ()) if one[1] is not ended]
    elif ended.parent is None:
        session.info.pop(_PENDING, None)
    # Otherwise a flush has failed; what it was part of is rolled back next.

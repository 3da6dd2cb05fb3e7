"""Looking things up in the audit trail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.audit.model import AuditEntry


@dataclass(frozen=True, kw_only=True)
class AuditFilter:
    """What is looked for; None and empty mean everything.

    Attributes:
        actor: `agent:ID` or another actor as it was recorded.
        action: A code.
        subject: `KIND:ID`, or the beginning of it.
        since: The first moment.
        before: The first moment that is too late.
    """

    actor: str = ""
    action: str = ""
    subject: str = ""
    since: datetime | None = None
    before: datetime | None = None


async def list_entries(
    session: AsyncSession, wanted: AuditFilter, *, limit: int, before_seq: int | None = None
) -> Sequence[AuditEntry]:
    """Return entries, newest first; `before_seq` goes on where a page has ended."""
    conditions = _conditions(wanted)
    if before_seq is not None:
        conditions.append(AuditEntry.seq < before_seq)
    rows = await session.scalars(select(AuditEntry).where(*conditions).order_by(AuditEntry.seq.desc()).limit(limit))
    return rows.all()


async def known_actions(session: AsyncSession) -> Sequence[str]:
    """Return the codes of everything that was ever recorded."""
    return (await session.scalars(select(AuditEntry.action).distinct().order_by(AuditEntry.action))).all()


def _conditions(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.actor:
        conditions.append(AuditEntry.actor == wanted.actor)
    if wanted.action:
        conditions.append(AuditEntry.action == wanted.action)
    if wanted.subject:
        conditions.append(AuditEntry.subject.startswith(wanted.subject, autoescape=True))
    if wanted.since is not None:
        conditions.append(AuditEntry.at >= wanted.since)
    if wanted.before is not None:
        conditions.append(AuditEntry.at < wanted.before)
    return conditions

"""Queries on canned replies."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.canned.errors import CannedReplyNotFoundError
from helpdesk.canned.model import CannedReply, CannedVersion, VersionState

# Far more than anybody keeps apart; the desk holds them all while an agent works.
PAGE = 500


async def lock_reply(session: AsyncSession, reply_id: str, *, agent_id: str) -> CannedReply:
    """Return a shared reply, or one of the agent's own, with its row locked.

    Raises:
        CannedReplyNotFoundError: There is none, or it is somebody else's own or retired.
    """
    reply = await session.scalar(
        select(CannedReply)
        .where(CannedReply.id == reply_id, CannedReply.retired_at.is_(None), _visible_to(agent_id))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if reply is None:
        raise CannedReplyNotFoundError
    return reply


async def find_by_shortcut(session: AsyncSession, shortcut: str, *, owner_id: str | None) -> CannedReply | None:
    """Return the reply under a shortcut, among the shared ones or among one agent's own."""
    owned = CannedReply.owner_id.is_(None) if owner_id is None else CannedReply.owner_id == owner_id
    return await session.scalar(
        select(CannedReply).where(CannedReply.shortcut == shortcut, CannedReply.retired_at.is_(None), owned)
    )


async def replies_for(session: AsyncSession, agent_id: str) -> Sequence[CannedReply]:
    """Return the shared replies and an agent's own, by folder and shortcut."""
    rows = await session.scalars(
        select(CannedReply)
        .where(CannedReply.retired_at.is_(None), _visible_to(agent_id))
        .order_by(CannedReply.folder, CannedReply.shortcut, CannedReply.id)
        .limit(PAGE)
    )
    return rows.all()


async def versions_of(session: AsyncSession, reply_ids: Sequence[str]) -> dict[str, list[CannedVersion]]:
    """Return the versions of each reply, newest first."""
    rows = await session.scalars(
        select(CannedVersion).where(CannedVersion.reply_id.in_(reply_ids)).order_by(CannedVersion.number.desc())
    )
    found: dict[str, list[CannedVersion]] = {reply_id: [] for reply_id in reply_ids}
    for version in rows:
        found[version.reply_id].append(version)
    return found


async def current_version(session: AsyncSession, reply_id: str, state: VersionState) -> CannedVersion | None:
    """Return the version in use, or the draft that waits."""
    return await session.scalar(
        select(CannedVersion).where(CannedVersion.reply_id == reply_id, CannedVersion.state == state)
    )


def _visible_to(agent_id: str) -> ColumnElement[bool]:
    return or_(CannedReply.owner_id.is_(None), CannedReply.owner_id == agent_id)

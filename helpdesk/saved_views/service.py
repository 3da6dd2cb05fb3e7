"""Keeping views: one's own, and those that supervisors share."""

from collections.abc import Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import audit, clock
from helpdesk.agents.model import Agent
from helpdesk.agents.rights import Right, demand, may
from helpdesk.conversations.service import clean_text
from helpdesk.saved_views.errors import TooManyViewsError, ViewNotFoundError
from helpdesk.saved_views.filter import ConversationFilter
from helpdesk.saved_views.model import NAME_LIMIT, SavedView

MOST_VIEWS = 20


async def views_for(session: AsyncSession, agent_id: str) -> Sequence[SavedView]:
    """Return the shared views and an agent's own, shared ones first, each in the order of its making."""
    rows = await session.scalars(
        select(SavedView)
        .where(or_(SavedView.is_shared.is_(True), SavedView.agent_id == agent_id))
        .order_by(SavedView.is_shared.desc(), SavedView.created_at, SavedView.id)
    )
    return rows.all()


async def get_view(session: AsyncSession, view_id: str, agent_id: str) -> SavedView:
    """Return a view that the agent may use.

    Raises:
        ViewNotFoundError: There is none, or it is somebody else's own.
    """
    view = await session.get(SavedView, view_id)
    if view is None or not (view.is_shared or view.agent_id == agent_id):
        raise ViewNotFoundError
    return view


async def save_view(
    session: AsyncSession, agent: Agent, *, name: str, wanted: ConversationFilter, is_shared: bool
) -> SavedView:
    """Keep a filter under a name.

    Raises:
        ForbiddenError: The agent may not share views.
        TooManyViewsError: The agent has enough.
        TextEmptyError: A name that nobody can see.
    """
    if is_shared:
        demand(agent, Right.SHARE_VIEWS)
    count = await session.scalar(select(func.count()).select_from(SavedView).where(SavedView.agent_id == agent.id))
    if (count or 0) >= MOST_VIEWS:
        raise TooManyViewsError(limit=MOST_VIEWS)
    view = SavedView(
        agent_id=agent.id,
        name=clean_text(name)[:NAME_LIMIT],
        filter=wanted.as_json(),
        is_shared=is_shared,
        created_at=clock.now(),
    )
    session.add(view)
    _record(session, agent, view, "save_view")
    return view


async def change_view(
    session: AsyncSession, view_id: str, agent: Agent, *, name: str, wanted: ConversationFilter, is_shared: bool
) -> SavedView:
    """Change a view: one's own, or a shared one by who may share.

    Raises:
        ViewNotFoundError: There is none that the agent may change.
        ForbiddenError: The agent may not share views.
        TextEmptyError: A name that nobody can see.
    """
    view = await _changeable(session, view_id, agent)
    if is_shared:
        demand(agent, Right.SHARE_VIEWS)
    view.name = clean_text(name)[:NAME_LIMIT]
    view.filter = wanted.as_json()
    view.is_shared = is_shared
    _record(session, agent, view, "change_view")
    return view


async def delete_view(session: AsyncSession, view_id: str, agent: Agent) -> None:
    """Remove a view: one's own, or a shared one by who may share.

    Raises:
        ViewNotFoundError: There is none that the agent may remove.
    """
    view = await _changeable(session, view_id, agent)
    await session.delete(view)
    _record(session, agent, view, "delete_view")


def may_change(view: SavedView, agent: Agent) -> bool:
    """Return whether an agent may change and remove a view."""
    return view.agent_id == agent.id or (view.is_shared and may(agent, Right.SHARE_VIEWS))


async def _changeable(session: AsyncSession, view_id: str, agent: Agent) -> SavedView:
    view = await get_view(session, view_id, agent.id)
    if not may_change(view, agent):
        raise ViewNotFoundError
    return view


def _record(session: AsyncSession, agent: Agent, view: SavedView, action: str) -> None:
    audit.record(
        session,
        actor=f"agent:{agent.id}",
        action=action,
        subject=f"view:{view.id}",
        details={"shared": view.is_shared, "filter": sorted(view.filter)},
    )

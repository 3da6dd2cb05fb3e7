"""Two cases become one: what was reviewed is done, both timelines tell of it, and it can be undone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock as wall
from helpdesk.cases import store
from helpdesk.cases.closing import MERGED
from helpdesk.cases.combining import combine
from helpdesk.cases.errors import (
    CaseChangedError,
    MergeNotAllowedError,
    MergeNotUndoableError,
    OtherCustomerError,
)
from helpdesk.cases.model import Case, CaseConversation, CaseMerge, CaseStatus, CaseType, Priority
from helpdesk.cases.work import note
from helpdesk.clocks import service as clocks
from helpdesk.clocks.model import Clock
from helpdesk.database import Json
from helpdesk.privacy.masking import mask


@dataclass(frozen=True, kw_only=True)
class Seen:
    """How far both timelines went when the merge was reviewed."""

    winner: int
    loser: int


def demand_mergeable(winner: Case, loser: Case, *, may_cross: bool) -> None:
    """Let two cases become one, or refuse.

    Raises:
        MergeNotAllowedError: It is the same case, one of them is closed, or the types differ: only an enquiry can
            become part of a case of another type.
        OtherCustomerError: They are of different customers, and the agent may not join those (`may_cross`).
    """
    if winner.id == loser.id or CaseStatus.CLOSED in {winner.status, loser.status}:
        raise MergeNotAllowedError
    if winner.type is not loser.type and loser.type is not CaseType.ENQUIRY:
        raise MergeNotAllowedError
    if winner.contact_id != loser.contact_id and not may_cross:
        raise OtherCustomerError


def fields_to_combine(winner: Case, loser: Case) -> Json:
    """Return the loser's fields as far as the winner's type has them."""
    return loser.fields if winner.type is loser.type else {}


async def merge(
    session: AsyncSession,
    *,
    winner_id: str,
    loser_id: str,
    choices: Mapping[str, str],
    seen: Seen,
    agent_id: str,
    reason: str,
    may_cross: bool,
) -> Case:
    """Make the loser part of the winner, and return the winner.

    The winner gets the loser's conversations, the fields as `combining.combine` has them, the more pressing priority
    and of each kind of clock the one that is due first. The loser is closed and points to the winner.

    Raises:
        CaseNotFoundError: One of them does not exist.
        CaseChangedError: Something was added to one of them since the review.
        MergeNotAllowedError, OtherCustomerError: As `demand_mergeable`.
        CaseTypeOpenError: A conversation of the loser has a third open case of the winner's type.
        CaseFieldInvalidError: As `combining.combine`.
    """
    if winner_id == loser_id:
        raise MergeNotAllowedError
    cases = await store.lock_with_conversations(session, winner_id, loser_id)
    winner, loser = cases[winner_id], cases[loser_id]
    demand_mergeable(winner, loser, may_cross=may_cross)
    if seen != await _seen(session, winner, loser):
        raise CaseChangedError
    before: Json = {
        "fields": winner.fields,
        "priority": winner.priority.value,
        "status": loser.status.value,
        "linked": await _link_all(session, winner, loser),
        "clocks": await _join_clocks(session, winner, loser),
    }
    winner.fields = combine(winner.fields, fields_to_combine(winner, loser), choices)
    winner.priority = min(winner.priority, loser.priority, key=lambda priority: priority.rank)
    loser.status, loser.closed_at = CaseStatus.CLOSED, wall.now()
    loser.resolution = MERGED
    loser.merged_into_id = winner.id
    words = mask(reason).text
    details: Json = {"case": loser.id, "number": loser.number, "reason": words, "choices": dict(choices)}
    await note(session, winner, "merged", agent_id, details, other=loser.id)
    details = {"case": winner.id, "number": winner.number, "reason": words}
    await note(session, loser, "merged_into", agent_id, details, other=winner.id)
    after = await _seen(session, winner, loser)
    session.add(
        CaseMerge(
            winner_id=winner.id,
            loser_id=loser.id,
            agent_id=agent_id,
            reason=words,
            before=before,
            after={"fields": winner.fields, "winner": after.winner, "loser": after.loser},
            at=wall.now(),
        )
    )
    return winner


async def find_undoable(session: AsyncSession, case_id: str) -> CaseMerge | None:
    """Return the merge of a case, as winner or loser, that could be undone now."""
    done = await store.find_last_merge(session, case_id)
    if done is None:
        return None
    winner, loser = await session.get_one(Case, done.winner_id), await session.get_one(Case, done.loser_id)
    return done if await _is_untouched(session, done, winner, loser) else None


async def undo(session: AsyncSession, merge_id: str, *, agent_id: str, reason: str) -> Case:
    """Let both cases be what they were before a merge, and return the winner; both timelines tell of it.

    Raises:
        MergeNotUndoableError: There is no such merge, it was undone, or something was added to one of them since.
        CaseTypeOpenError: A conversation of the loser has got another open case of its type since.
    """
    done = await session.get(CaseMerge, merge_id)
    if done is None:
        raise MergeNotUndoableError
    cases = await store.lock_with_conversations(session, done.winner_id, done.loser_id)
    winner, loser = cases[done.winner_id], cases[done.loser_id]
    # The locks of both cases guard the merge as well.
    await session.refresh(done)
    if done.undone_at is not None or not await _is_untouched(session, done, winner, loser):
        raise MergeNotUndoableError
    for conversation_id in await store.conversation_ids_of(session, [loser.id]):
        await store.demand_room(session, loser, conversation_id, besides=[winner.id])
    before = done.before
    winner.fields = before["fields"]
    winner.priority = Priority(before["priority"])
    loser.status = CaseStatus(before["status"])
    loser.resolution = loser.closed_at = loser.merged_into_id = None
    await session.execute(
        delete(CaseConversation).where(
            CaseConversation.case_id == winner.id, CaseConversation.conversation_id.in_(before["linked"])
        )
    )
    await _part_clocks(session, before["clocks"])
    words = mask(reason).text
    for case, other in ((winner, loser), (loser, winner)):
        details: Json = {"case": other.id, "number": other.number, "reason": words}
        await note(session, case, "merge_undone", agent_id, details, other=other.id)
    done.undone_at = wall.now()
    done.undone_by = agent_id
    return winner


async def _seen(session: AsyncSession, winner: Case, loser: Case) -> Seen:
    return Seen(winner=await store.last_seq(session, winner.id), loser=await store.last_seq(session, loser.id))


async def _is_untouched(session: AsyncSession, done: CaseMerge, winner: Case, loser: Case) -> bool:
    now = await _seen(session, winner, loser)
    # Some bookkeeping changes fields, and a new wait the priority, without a line on the timeline.
    priority = min(Priority(done.before["priority"]), loser.priority, key=lambda one: one.rank)
    was = (done.after["winner"], done.after["loser"], done.after["fields"], priority)
    return (now.winner, now.loser, winner.fields, winner.priority) == was


async def _link_all(session: AsyncSession, winner: Case, loser: Case) -> list[str]:
    """Let all conversations of the loser belong to the winner too; return those that did not."""
    known = set(await store.conversation_ids_of(session, [winner.id]))
    added = [one for one in await store.conversation_ids_of(session, [loser.id]) if one not in known]
    for conversation_id in added:
        await store.demand_room(session, winner, conversation_id, besides=[loser.id])
        session.add(CaseConversation(case_id=winner.id, conversation_id=conversation_id))
    return added


async def _join_clocks(session: AsyncSession, winner: Case, loser: Case) -> list[Json]:
    """Let the winner owe what the loser owed, of each kind what is due first; return the clocks as they were."""
    own = {clock.kind: clock for clock in await _open_clocks(session, winner.id)}
    were: list[Json] = []
    for clock in await _open_clocks(session, loser.id):
        known = own.get(clock.kind)
        late = clock if known is not None and known.due_at <= clock.due_at else known
        if late is not None:
            were.append(_state(late))
            clocks.drop(late)
            # Only one clock of a kind may be open for the winner.
            await session.flush()
        if late is not clock:
            were.append({**_state(clock), "is_moved": True})
            clock.case_id = winner.id
    return were


async def _part_clocks(session: AsyncSession, were: list[Json]) -> None:
    """Let clocks be what they were; those that moved go back first, to make room for those that were dropped."""
    for state in sorted(were, key=lambda state: state["is_moved"], reverse=True):
        clock = await session.get_one(Clock, state["id"], with_for_update={"key_share": True}, populate_existing=True)
        clock.case_id = state["case"]
        clock.dropped_at = None
        clock.due_at = datetime.fromisoformat(state["due_at"])
        clock.warn_at = datetime.fromisoformat(state["warn_at"]) if state["warn_at"] else None
        clock.paused_seconds = state["paused_seconds"]
        clock.paused_since = datetime.fromisoformat(state["paused_since"]) if state["paused_since"] else None
        await session.flush()


def _state(clock: Clock) -> Json:
    return {
        "id": clock.id,
        "case": clock.case_id,
        "is_moved": False,
        "due_at": clock.due_at.isoformat(),
        "warn_at": clock.warn_at.isoformat() if clock.warn_at else None,
        "paused_seconds": clock.paused_seconds,
        "paused_since": clock.paused_since.isoformat() if clock.paused_since else None,
    }


async def _open_clocks(session: AsyncSession, case_id: str) -> list[Clock]:
    rows = await session.scalars(
        select(Clock)
        .where(Clock.case_id == case_id, clocks.is_open())
        .order_by(Clock.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return list(rows)

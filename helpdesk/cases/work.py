"""What an agent does with a case: moving it, filling it in, giving it an owner, closing it; all on its timeline."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import audit, clock
from helpdesk.agents.model import Agent
from helpdesk.agents.rights import Right, may
from helpdesk.cases import closing, deadlines, states, store, timeline
from helpdesk.cases.errors import CaseClosedError, CaseMoveNotAllowedError, CaseOwnerInvalidError
from helpdesk.cases.fields import empty_fields, form_of, read_changes
from helpdesk.cases.model import Case, CaseStatus, CaseType, Priority
from helpdesk.cases.service import open_case
from helpdesk.conversations.model import Conversation
from helpdesk.database import Json
from helpdesk.outbox import conversation as customer
from helpdesk.outbox import service as outbox
from helpdesk.privacy.masking import mask

_OBJECTION = "credit_objection_on"
# A request about data or help is nobody's emergency; whoever opens a graver case says so.
_PRIORITY = {
    CaseType.SCAM: Priority.URGENT,
    CaseType.CRISIS: Priority.URGENT,
    CaseType.IDENTITY_THEFT: Priority.HIGH,
    CaseType.COMPLAINT: Priority.HIGH,
}


async def note(session: AsyncSession, case: Case, kind: str, agent_id: str, details: Json, **audited: object) -> None:
    """Write what an agent did on the case's timeline, and that they did it in the audit trail.

    Args:
        session: The transaction of what was done.
        case: Locked.
        kind: The event; the audit trail knows it as `case_KIND`.
        agent_id: Who did it.
        details: For the timeline; texts in them are masked already.
        audited: Ids and codes for the audit trail.
    """
    actor = f"agent:{agent_id}"
    await timeline.append(session, case, kind=kind, actor=actor, details=details)
    audit.record(session, actor=actor, action=f"case_{kind}", subject=f"case:{case.id}", details=dict(audited))


async def open_by_agent(
    session: AsyncSession, conversation: Conversation, *, case_type: CaseType, summary: str, agent_id: str
) -> Case:
    """Open a case of a type for a locked conversation, or return the one that it has; the agent becomes its owner."""
    case = await open_case(
        session,
        conversation,
        case_type=case_type,
        priority=_PRIORITY.get(case_type, Priority.NORMAL),
        summary=mask(summary.strip()).text,
        fields=empty_fields(case_type),
        details={},
        actor=f"agent:{agent_id}",
    )
    if case.owner_id is None:
        case.owner_id = agent_id
    if case.status is CaseStatus.OPEN:
        case.status = states.taken_up(case_type)
    audit.record(
        session,
        actor=f"agent:{agent_id}",
        action="case_opened",
        subject=f"case:{case.id}",
        details={"type": case_type.value, "conversation": conversation.id},
    )
    return case


async def change_status(session: AsyncSession, case_id: str, target: CaseStatus, *, agent_id: str, reason: str) -> Case:
    """Move a case to another state; from `closed` that reopens it.

    Raises:
        CaseNotFoundError: There is none with this id.
        CaseMoveNotAllowedError: Its type has no such move, or it is part of another case.
        CaseTypeOpenError: A conversation of the reopened case has another open case of its type.
    """
    case = (await store.lock_with_conversations(session, case_id))[case_id]
    if case.merged_into_id is not None:
        raise CaseMoveNotAllowedError
    states.demand_move(case.type, case.status, target)
    before, kind = case.status, "state_changed"
    if before is CaseStatus.CLOSED:
        for conversation_id in await store.conversation_ids_of(session, [case.id]):
            await store.demand_room(session, case, conversation_id)
        kind = "reopened"
        # The timeline keeps how it was closed.
        case.closed_at = case.resolution = case.closing = None
    case.status = target
    details: Json = {"from": before.value, "to": target.value, "reason": mask(reason).text}
    await note(session, case, kind, agent_id, details, **{"from": before.value, "to": target.value})
    await deadlines.moved(session, case, before)
    return case


async def change_fields(session: AsyncSession, case_id: str, filled_in: Mapping[str, Any], *, agent_id: str) -> Case:
    """Keep what an agent filled in; fields that are not named stay as they are, and None empties one.

    Raises:
        CaseNotFoundError: There is none with this id.
        CaseClosedError: It is closed.
        CaseFieldInvalidError: Its type has no such field, or it cannot hold this.
    """
    case = await store.lock_case(session, case_id)
    if case.status is CaseStatus.CLOSED:
        raise CaseClosedError
    changes = read_changes(form_of(case.type), filled_in)
    news = {name: value for name, value in changes.items() if value != (case.fields.get(name) or None)}
    # Yes and no are both worth keeping, but "no" instead of "unknown" is news.
    news |= {name: value for name, value in changes.items() if value is False and case.fields.get(name) is None}
    if not news:
        return case
    case.fields = {**case.fields, **news}
    await note(session, case, "fields_changed", agent_id, {"fields": news}, fields=sorted(news))
    if _OBJECTION in news:
        await deadlines.credit_objection(session, case, news[_OBJECTION])
    return case


async def change_owner(session: AsyncSession, case_id: str, owner: Agent | None, *, agent_id: str, reason: str) -> Case:
    """Make an agent responsible for a case, or nobody.

    Raises:
        CaseNotFoundError: There is none with this id.
        CaseClosedError: It is closed.
        CaseOwnerInvalidError: They are not active or do not serve.
    """
    case = await store.lock_case(session, case_id)
    if case.status is CaseStatus.CLOSED:
        raise CaseClosedError
    if owner is not None and not (owner.active and may(owner, Right.SERVE)):
        raise CaseOwnerInvalidError
    new_id = owner.id if owner else None
    if new_id == case.owner_id:
        return case
    details: Json = {
        "from": f"agent:{case.owner_id}" if case.owner_id else None,
        "to": f"agent:{new_id}" if new_id else None,
        "reason": mask(reason).text,
    }
    case.owner_id = new_id
    await note(session, case, "owner_changed", agent_id, details, owner=new_id)
    return case


async def close(
    session: AsyncSession, case_id: str, code: str, filled_in: Mapping[str, Any], *, agent_id: str, reason: str
) -> Case:
    """Close a case with a code of its type; its conversations go on.

    Raises:
        CaseNotFoundError: There is none with this id.
        CaseClosedError: It is closed already.
        ResolutionUnknownError, CaseMoveNotAllowedError, CaseFieldInvalidError: As `closing.read_closing`.
    """
    case = await store.lock_case(session, case_id)
    if case.status is CaseStatus.CLOSED:
        raise CaseClosedError
    details = closing.read_closing(case.type, case.status, code, filled_in)
    case.status, case.closed_at = CaseStatus.CLOSED, clock.now()
    case.resolution, case.closing = code, details
    await note(
        session,
        case,
        "closed",
        agent_id,
        {"resolution": code, "note": mask(reason).text, "closing": details},
        resolution=code,
    )
    await deadlines.settle(session, case)
    if code in closing.NOTHING_TO_FOLLOW:
        await outbox.withdraw_of_case(session, case.id, destination=customer.DESTINATION, reason=code)
    return case

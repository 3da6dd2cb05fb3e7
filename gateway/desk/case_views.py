"""Cases as docs/protocol.md shows them at the desk."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.desk.access import visible_conversation
from gateway.views import customer_view, when
from helpdesk.agents.model import Agent
from helpdesk.agents.rights import Right, may
from helpdesk.cases import closing, states, store, timeline
from helpdesk.cases.deadlines import clock_view, clocks_of, next_due
from helpdesk.cases.fields import form_of
from helpdesk.cases.forms import Form
from helpdesk.cases.merging import find_undoable
from helpdesk.cases.model import Case, CaseEvent, CaseStatus
from helpdesk.conversations.model import Conversation
from helpdesk.database import Json
from helpdesk.errors import ConversationNotFoundError
from helpdesk.evidence.words import actor_text, is_known, label, resolution_text, titled, value_text
from helpdesk.texts import titles

_AGENT = "agent:"
# Bookkeeping of the conversation: what it comes to is in the other fields and on the timeline.
_BOOKKEEPING = frozenset({"recorded", "asked", "spoken", "checklist", "alert"})
# On the timeline for machines.
_TECHNICAL = frozenset({"message", "article", "scam", "crisis", "told", "case", "clock"})
_SHORT_ID = 8


def limit_of(agent: Agent) -> str | None:
    """Return whose cases an agent is limited to: their own, or None for no limit."""
    return None if may(agent, Right.READ_ANY_CASE) else agent.id


async def case_rows(session: AsyncSession, cases: Sequence[Case]) -> list[Json]:
    """Return a `CaseRow` for each case, with as many queries for many as for one."""
    contacts = await store.contacts_by_id(session, [case.contact_id for case in cases])
    names = await store.agent_names(session, [case.owner_id for case in cases if case.owner_id])
    due = await next_due(session, [case.id for case in cases])
    return [
        {
            "id": case.id,
            "number": case.number,
            "type": case.type.value,
            "type_text": titles("case_types")[case.type.value],
            "status": case.status.value,
            "status_text": titles("case_statuses")[case.status.value],
            "priority": case.priority.value,
            "customer": customer_view(contacts[case.contact_id]),
            "owner": {"id": case.owner_id, "name": names[case.owner_id]} if case.owner_id else None,
            "summary": case.summary,
            "opened_at": when(case.opened_at),
            "updated_at": when(case.updated_at),
            "closed_at": when(case.closed_at) if case.closed_at else None,
            "due": clock_view(due[case.id]) if case.id in due else None,
        }
        for case in cases
    ]


async def case_detail(session: AsyncSession, case: Case, reader: Agent, *, is_workable: bool) -> Json:
    """Return a `CaseDetail` for one reader.

    Args:
        session: Where to read.
        case: One that the reader may see.
        reader: Decides which conversations and related cases are shown.
        is_workable: Whether the reader may change the case.
    """
    [row] = await case_rows(session, [case])
    events = await timeline.events_of(session, case.id)
    broken = timeline.first_broken(events)
    names = await store.agent_names(session, _agent_ids(events))
    conversations = await store.conversations_of(session, case.id)
    readable = {one.id for one in conversations if await _can_read(session, one, reader)}
    linkable = [
        one for one in await store.linkable_conversations(session, case) if await _can_read(session, one, reader)
    ]
    undoable = await find_undoable(session, case.id)
    winner = await session.get(Case, case.merged_into_id) if case.merged_into_id else None
    form = form_of(case.type)
    return {
        **row,
        "resolution": _resolution(case),
        "form": [{**_field(name, one), "value": case.fields.get(name)} for name, one in form.items()],
        "known": [
            {"label": label(name), "text": value_text(name, value)}
            for name, value in case.fields.items()
            if name not in form and name not in _BOOKKEEPING and is_known(value) and value is not False
        ],
        "moves": _moves(case) if is_workable else [],
        "closings": _closings(case) if is_workable else [],
        "clocks": [clock_view(clock) for clock in await clocks_of(session, case.id)],
        "timeline": [_event(event, names) for event in events],
        "chain": {
            "is_whole": broken is None,
            "broken_at": broken.seq if broken else None,
            "head": events[-1].hash if events else timeline.GENESIS,
        },
        "conversations": [{**_conversation(one), "can_open": one.id in readable} for one in conversations],
        "linkable": [_conversation(one) for one in linkable] if is_workable else [],
        "attachments": [
            {
                "message": message.id,
                "conversation": message.conversation_id,
                "at": when(message.created_at),
                "file": message.body["file"],
            }
            for message in await store.attachments_of(session, case.id)
            if message.conversation_id in readable
        ],
        "related": await _related(session, case, reader),
        "others": await _others(session, case, reader),
        "merged_into": winner.number if winner is not None else None,
        "undoable_merge": undoable.id if undoable is not None and is_workable else None,
        "may": _may(case, reader, is_workable=is_workable),
    }


def choice_text(name: str, code: str) -> str:
    """Return a code of a field in words."""
    return titles("case_choices").get(f"{name}_{code}") or titles("scam_values").get(code, code)


def field_texts(values: Mapping[str, Any], name: str) -> str:
    """Return what a case knows in one field, in words."""
    form_value = values.get(name)
    if isinstance(form_value, str):
        return choice_text(name, form_value)
    return value_text(name, form_value)


def _field(name: str, form: Form) -> Json:
    return {
        "name": name,
        "label": label(name),
        "kind": form.kind,
        "most": form.most or None,
        "choices": [{"code": code, "text": choice_text(name, code)} for code in form.choices],
        "is_required": form.is_required,
    }


def _moves(case: Case) -> list[Json]:
    if case.merged_into_id is not None:
        return []
    return [
        {"status": status.value, "text": titles("case_statuses")[status.value]}
        for status in CaseStatus
        if status in states.targets(case.type, case.status)
    ]


def _closings(case: Case) -> list[Json]:
    return [
        {
            "code": code,
            "text": resolution_text(code),
            "details": [_field(name, form) for name, form in one.form.items()],
        }
        for code, one in closing.allowed(case.type, case.status).items()
    ]


def _resolution(case: Case) -> Json | None:
    if case.resolution is None:
        return None
    details = [{"label": label(name), "text": field_texts(case.closing or {}, name)} for name in case.closing or {}]
    return {"code": case.resolution, "text": resolution_text(case.resolution), "details": details}


def _conversation(conversation: Conversation) -> Json:
    return {
        "id": conversation.id,
        "channel": conversation.channel,
        "owner": conversation.owner.value,
        "opened_at": when(conversation.opened_at),
        "closed_at": when(conversation.closed_at) if conversation.closed_at else None,
    }


async def _can_read(session: AsyncSession, conversation: Conversation, reader: Agent) -> bool:
    try:
        await visible_conversation(session, conversation.id, reader)
    except ConversationNotFoundError:
        return False
    return True


async def _related(session: AsyncSession, case: Case, reader: Agent) -> list[Json]:
    """Return the relations; of cases that are not the reader's to see only that there are some."""
    relations = await store.relations_of(session, case.id)
    readable = await store.readable_among(session, [other.id for _, other in relations], agent_id=limit_of(reader))
    return [
        {
            "kind": relation.kind.value,
            "kind_text": titles("case_relations")[relation.kind.value],
            "case": _short(other) if other.id in readable else None,
        }
        for relation, other in relations
    ]


async def _others(session: AsyncSession, case: Case, reader: Agent) -> list[Json]:
    """Return the same customer's other cases that the reader may see, the open ones first."""
    wanted = store.CaseFilter(agent_id=limit_of(reader), contact_id=case.contact_id)
    return [_short(one) for one in await store.list_cases(session, wanted, page=1) if one.id != case.id]


def _short(case: Case) -> Json:
    return {
        "id": case.id,
        "number": case.number,
        "type_text": titles("case_types")[case.type.value],
        "status": case.status.value,
        "status_text": titles("case_statuses")[case.status.value],
    }


def _may(case: Case, reader: Agent, *, is_workable: bool) -> list[str]:
    """Return what the reader can do now beside moving and closing, so that a page offers nothing else."""
    if not is_workable:
        return []
    found = ["link", "relate"]
    if case.status is not CaseStatus.CLOSED:
        found += ["fields", "owner", "merge"]
        if may(reader, Right.MANAGE_CASES):
            found.append("assign")
    return found


def _agent_ids(events: Iterable[CaseEvent]) -> set[str]:
    found = {event.actor for event in events}
    found |= {str(event.details[side]) for event in events for side in ("from", "to") if event.details.get(side)}
    return {one.removeprefix(_AGENT) for one in found if one.startswith(_AGENT)}


def _event(event: CaseEvent, names: Mapping[str, str]) -> Json:
    return {
        "seq": event.seq,
        "kind": event.kind,
        "kind_text": titled("event", event.kind),
        "by": actor_text(event.actor, names),
        "at": when(event.at),
        "details": [
            {"label": label(name), "text": words}
            for name, value in event.details.items()
            if name not in _TECHNICAL and is_known(value) and (words := _detail(name, value, names))
        ],
    }


def _detail(name: str, value: Any, names: Mapping[str, str]) -> str:
    match name:
        case "from" | "to" if isinstance(value, str):
            return actor_text(value, names) if value.startswith(_AGENT) else titles("case_statuses").get(value, value)
        case "to":
            # Whom a clock has warned: ids of many.
            return ""
        case "resolution":
            return resolution_text(str(value)) or ""
        case "relation":
            return titles("case_relations").get(str(value), str(value))
        case "reason":
            return titles("reasons").get(str(value), str(value))
        case "conversation":
            return str(value)[:_SHORT_ID]
        case "intent":
            return titles("intents").get(str(value), str(value))
        case "fields" if isinstance(value, Mapping):
            known = {key: one for key, one in value.items() if key not in _BOOKKEEPING}
            return value_text(name, known) if known else ""
        case _:
            return value_text(name, value)

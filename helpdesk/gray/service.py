"""Raising flags from what the bot noticed, deciding them by people, and the notice that a confirmed one allows."""

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import audit, clock
from helpdesk.conversations.model import Conversation, Message
from helpdesk.database import Json
from helpdesk.errors import (
    AppealNotOpenError,
    AppealOpenError,
    CrisisOpenError,
    CustomerUnreachableError,
    FlagStateWrongError,
    HelpdeskError,
    NoticeSentAlreadyError,
    NoticeTextMissingError,
    OwnDecisionError,
)
from helpdesk.gray import store
from helpdesk.gray.cue import GrayCue, read_gray
from helpdesk.gray.model import (
    AppealOutcome,
    FlagAppeal,
    FlagEvent,
    FlagEvidence,
    FlagRole,
    FlagState,
    RiskNotice,
    SuspectFlag,
)
from helpdesk.gray.notice import notices
from helpdesk.outbox.service import enqueue
from helpdesk.privacy.masking import mask

DESTINATION = "notice"
NOTICE_KIND = "risk_notice"
_BOT = "bot"


async def record(
    session: AsyncSession, conversation: Conversation, message: Message, nlu: Json | None
) -> SuspectFlag | None:
    """Keep what a customer's message says of the gray industry; return its flag, None where it says nothing.

    Messages of one customer and type join one flag; after a clearing they open it again. The same message again
    changes nothing. Nothing else depends on a flag: neither routing nor what the customer is told.
    """
    cue = read_gray(nlu, length=len(message.text))
    if cue is None or await store.is_recorded(session, message.id):
        return None
    flag = await store.lock_flag_of(session, conversation.contact_id, cue.type)
    if flag is None:
        flag, is_new = await _raise(session, conversation, message, cue)
    else:
        is_new = False
    if not is_new:
        flag.take_in(score=cue.score, at=message.created_at)
    session.add(
        FlagEvidence(
            flag_id=flag.id,
            message_id=message.id,
            conversation_id=message.conversation_id,
            spans=list(cue.spans),
            score=cue.score,
            at=message.created_at,
        )
    )
    details: Json = {"message": message.id, "type": cue.type}
    if is_new:
        _note(session, flag, "raised", details=details)
    elif flag.state is FlagState.CLEARED:
        flag.reopen()
        _note(session, flag, "reopened", details=details)
    else:
        audit.record(session, actor=_BOT, action="flag_evidence_added", subject=f"flag:{flag.id}", details=details)
    return flag


async def _raise(
    session: AsyncSession, conversation: Conversation, message: Message, cue: GrayCue
) -> tuple[SuspectFlag, bool]:
    """Return a new flag, or the one that another conversation of the customer has raised this moment."""
    flag = SuspectFlag(
        contact_id=conversation.contact_id,
        conversation_id=conversation.id,
        type=cue.type,
        score=cue.score,
        first_seen_at=message.created_at,
        last_seen_at=message.created_at,
    )
    try:
        async with session.begin_nested():
            session.add(flag)
    except IntegrityError:
        known = await store.lock_flag_of(session, conversation.contact_id, cue.type)
        if known is None:
            raise
        return known, False
    return flag, True


async def confirm(session: AsyncSession, flag_id: str, *, agent_id: str, role: FlagRole, note: str) -> SuspectFlag:
    """Confirm a suspicion and say which part the customer plays.

    Raises:
        FlagNotFoundError: There is none with this id.
        FlagStateWrongError: It is not suspected.
    """
    flag = await store.lock_flag(session, flag_id)
    _demand_state(flag, FlagState.SUSPECTED)
    flag.role = role
    flag.decide(FlagState.CONFIRMED, by=agent_id, note=mask(note).text, at=clock.now())
    _note(session, flag, "confirmed", agent_id=agent_id, note=flag.note, details={"role": role.value})
    return flag


async def clear(session: AsyncSession, flag_id: str, *, agent_id: str, note: str) -> SuspectFlag:
    """Clear a flag, confirmed or not; only new evidence opens it again.

    Raises:
        FlagNotFoundError: There is none with this id.
        FlagStateWrongError: It is cleared already.
        AppealOpenError: Somebody else has to decide the appeal first.
    """
    flag = await store.lock_flag(session, flag_id)
    _demand_state(flag, FlagState.SUSPECTED, FlagState.CONFIRMED)
    await _demand_no_appeal(session, flag)
    _clear(flag, agent_id=agent_id, note=mask(note).text)
    _note(session, flag, "cleared", agent_id=agent_id, note=flag.note)
    return flag


async def appeal(session: AsyncSession, flag_id: str, *, agent_id: str, note: str) -> SuspectFlag:
    """Keep an objection to a confirmed flag until somebody else than who confirmed it has decided.

    Raises:
        FlagNotFoundError: There is none with this id.
        FlagStateWrongError: It is not confirmed.
        AppealOpenError: There is one already.
    """
    flag = await store.lock_flag(session, flag_id)
    _demand_state(flag, FlagState.CONFIRMED)
    await _demand_no_appeal(session, flag)
    filed = FlagAppeal(flag_id=flag.id, text=mask(note).text, filed_by=agent_id, filed_at=clock.now())
    session.add(filed)
    _note(session, flag, "appealed", agent_id=agent_id, note=filed.text, details={"appeal": filed.id})
    return flag


async def decide_appeal(
    session: AsyncSession, flag_id: str, *, agent_id: str, outcome: AppealOutcome, note: str
) -> SuspectFlag:
    """Decide the open appeal: granted clears the flag, dismissed leaves it confirmed.

    Raises:
        FlagNotFoundError: There is none with this id.
        AppealNotOpenError: No appeal waits.
        OwnDecisionError: The agent confirmed the flag.
    """
    flag = await store.lock_flag(session, flag_id)
    filed = await store.find_open_appeal(session, flag.id)
    if filed is None:
        raise AppealNotOpenError
    if flag.decided_by == agent_id:
        raise OwnDecisionError
    filed.outcome, filed.decided_by, filed.note = outcome, agent_id, mask(note).text
    filed.decided_at = clock.now()
    if outcome is AppealOutcome.GRANTED:
        _clear(flag, agent_id=agent_id, note=filed.note)
    _note(session, flag, f"appeal_{outcome.value}", agent_id=agent_id, note=filed.note, details={"appeal": filed.id})
    return flag


async def send_notice(session: AsyncSession, flag_id: str, *, agent_id: str) -> RiskNotice:
    """Put the reviewed notice of a confirmed flag's type into the outbox, once for each version of the text.

    Raises:
        FlagNotFoundError: There is none with this id.
        FlagStateWrongError, AppealOpenError, NoticeTextMissingError, NoticeSentAlreadyError, CrisisOpenError,
        CustomerUnreachableError: As `find_notice_obstacle`.
    """
    flag = await store.lock_flag(session, flag_id)
    obstacle = await find_notice_obstacle(session, flag)
    if obstacle is not None:
        raise obstacle
    notice = notices()[flag.type]
    message = await enqueue(
        session,
        destination=DESTINATION,
        kind=NOTICE_KIND,
        key=f"{flag.id}:{notice.template}:{notice.version}",
        # Without a conversation: nothing of this appears where the customer chats.
        payload={
            "event": NOTICE_KIND,
            "template": notice.template,
            "version": notice.version,
            "text": notice.text,
            "customer": await store.find_host_subject(session, flag.contact_id),
            "at": clock.now().isoformat(),
        },
    )
    sent = RiskNotice(
        flag_id=flag.id,
        template=notice.template,
        version=notice.version,
        outbox_id=message.id,
        requested_by=agent_id,
        requested_at=clock.now(),
    )
    session.add(sent)
    details: Json = {"template": notice.template, "version": notice.version, "outbox": message.id}
    _note(session, flag, "notice_requested", agent_id=agent_id, details=details)
    return sent


async def find_notice_obstacle(session: AsyncSession, flag: SuspectFlag) -> HelpdeskError | None:
    """Return why the notice may not be sent, None where it may."""
    notice = notices().get(flag.type)
    if flag.state is not FlagState.CONFIRMED:
        return FlagStateWrongError(state=flag.state.value)
    if await store.find_open_appeal(session, flag.id) is not None:
        return AppealOpenError()
    if notice is None:
        return NoticeTextMissingError()
    sent = [(one.template, one.version) for one, _ in await store.notices_of(session, flag.id)]
    if (notice.template, notice.version) in sent:
        return NoticeSentAlreadyError()
    if await store.has_open_crisis(session, flag.contact_id):
        # Whoever is in despair must not be frightened further.
        return CrisisOpenError()
    if await store.find_host_subject(session, flag.contact_id) is None:
        return CustomerUnreachableError()
    return None


def _clear(flag: SuspectFlag, *, agent_id: str, note: str) -> None:
    flag.role = FlagRole.UNKNOWN
    flag.decide(FlagState.CLEARED, by=agent_id, note=note, at=clock.now())


def _demand_state(flag: SuspectFlag, *allowed: FlagState) -> None:
    if flag.state not in allowed:
        raise FlagStateWrongError(state=flag.state.value)


async def _demand_no_appeal(session: AsyncSession, flag: SuspectFlag) -> None:
    if await store.find_open_appeal(session, flag.id) is not None:
        raise AppealOpenError


def _note(
    session: AsyncSession,
    flag: SuspectFlag,
    kind: str,
    *,
    agent_id: str | None = None,
    note: str | None = None,
    details: Json | None = None,
) -> None:
    """Add a step to the flag's history and, without the words, to the audit trail."""
    known = details or {}
    session.add(FlagEvent(flag_id=flag.id, kind=kind, agent_id=agent_id, note=note, details=known, at=clock.now()))
    actor = f"agent:{agent_id}" if agent_id else _BOT
    audit.record(session, actor=actor, action=f"flag_{kind}", subject=f"flag:{flag.id}", details=known)

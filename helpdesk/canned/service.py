"""Writing, approving and retiring canned replies: shared ones take two people, one's own takes one."""

import re
from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import audit, clock
from helpdesk.agents.model import Agent
from helpdesk.canned import store
from helpdesk.canned.errors import CannedReplyNotFoundError, NoDraftError, OwnDraftError, ShortcutTakenError
from helpdesk.canned.model import FOLDER_LIMIT, TITLE_LIMIT, CannedReply, CannedVersion, VersionState
from helpdesk.canned.wording import Filled, check_shortcut, check_wording, fill
from helpdesk.conversations.service import clean_text

Promises = Sequence[re.Pattern[str]]


async def propose(
    session: AsyncSession,
    agent: Agent,
    *,
    shortcut: str,
    folder: str,
    title: str,
    body: str,
    is_shared: bool,
    promises: Promises,
) -> CannedReply:
    """Create a reply: one's own can be used at once, a shared one waits for somebody's approval.

    Raises:
        ShortcutInvalidError, ShortcutTakenError: The shortcut cannot be used.
        TextEmptyError, TextTooLongError: Title or body cannot be a message.
        VariableUnknownError, AsksForSecretError, ReplyHoldsSecretError, PromiseForbiddenError: As `check_wording`.
    """
    owner_id = None if is_shared else agent.id
    name = check_shortcut(shortcut.strip())
    await _refuse_taken(session, name, owner_id=owner_id, but=None)
    reply = CannedReply(owner_id=owner_id, shortcut=name, folder=_folder(folder), created_at=clock.now())
    session.add(reply)
    # Its first version refers to it.
    await session.flush()
    await _write(session, reply, agent, title=title, body=body, promises=promises)
    return reply


async def revise(
    session: AsyncSession,
    reply_id: str,
    agent: Agent,
    *,
    shortcut: str,
    folder: str,
    title: str,
    body: str,
    promises: Promises,
) -> CannedReply:
    """Write a new version of a reply; the version in use stays until the new one is approved.

    Raises:
        CannedReplyNotFoundError: There is none, or it is somebody else's own.
        ShortcutInvalidError, ShortcutTakenError, TextEmptyError, TextTooLongError, VariableUnknownError,
            AsksForSecretError, ReplyHoldsSecretError, PromiseForbiddenError: As `propose`.
    """
    reply = await store.lock_reply(session, reply_id, agent_id=agent.id)
    name = check_shortcut(shortcut.strip())
    await _refuse_taken(session, name, owner_id=reply.owner_id, but=reply.id)
    reply.shortcut, reply.folder = name, _folder(folder)
    draft = await store.current_version(session, reply.id, VersionState.DRAFT)
    if draft is not None:
        # The newer proposal takes the older one's place; both are kept.
        _decide(draft, VersionState.RETIRED, agent)
    if reply.owner_id is not None:
        await _retire_current(session, reply, agent)
    # One version a state: the old one has to be gone first.
    await session.flush()
    await _write(session, reply, agent, title=title, body=body, promises=promises)
    return reply


async def approve(session: AsyncSession, reply_id: str, agent: Agent) -> CannedReply:
    """Put a shared reply's draft into use in place of the version before.

    Raises:
        CannedReplyNotFoundError: There is none.
        NoDraftError: Nothing waits for approval.
        OwnDraftError: The agent wrote it.
    """
    reply, draft = await _draft_of(session, reply_id, agent)
    if draft.author_id == agent.id:
        raise OwnDraftError
    await _retire_current(session, reply, agent)
    await session.flush()
    _decide(draft, VersionState.APPROVED, agent)
    _record(session, agent, reply, "approve_canned_reply", version=draft.number)
    return reply


async def send_back(session: AsyncSession, reply_id: str, agent: Agent, *, note: str) -> CannedReply:
    """Refuse a draft, with the reason; its author may take it back the same way.

    Raises:
        CannedReplyNotFoundError, NoDraftError: As `approve`.
    """
    reply, draft = await _draft_of(session, reply_id, agent)
    _decide(draft, VersionState.RETIRED, agent)
    draft.note = note
    _record(session, agent, reply, "send_back_canned_reply", version=draft.number)
    return reply


async def retire(session: AsyncSession, reply_id: str, agent: Agent) -> None:
    """Take a reply out of use; its versions are kept.

    Raises:
        CannedReplyNotFoundError: There is none, or it is somebody else's own.
    """
    reply = await store.lock_reply(session, reply_id, agent_id=agent.id)
    for state in (VersionState.DRAFT, VersionState.APPROVED):
        version = await store.current_version(session, reply.id, state)
        if version is not None:
            _decide(version, VersionState.RETIRED, agent)
    reply.retired_at = clock.now()
    _record(session, agent, reply, "retire_canned_reply")


async def use(session: AsyncSession, reply_id: str, agent: Agent, values: Mapping[str, str]) -> Filled:
    """Return the version in use with its variables filled, and count that it was used.

    Raises:
        CannedReplyNotFoundError: There is none that may be used.
    """
    reply = await store.lock_reply(session, reply_id, agent_id=agent.id)
    version = await store.current_version(session, reply.id, VersionState.APPROVED)
    if version is None:
        raise CannedReplyNotFoundError
    reply.used_count += 1
    return fill(version.body, values)


async def _write(
    session: AsyncSession, reply: CannedReply, agent: Agent, *, title: str, body: str, promises: Promises
) -> None:
    cleaned = clean_text(body)
    check_wording(cleaned, promises)
    heading = clean_text(title)[:TITLE_LIMIT]
    check_wording(heading, promises)
    versions = (await store.versions_of(session, [reply.id]))[reply.id]
    is_own = reply.owner_id is not None
    at = clock.now()
    version = CannedVersion(
        reply_id=reply.id,
        number=versions[0].number + 1 if versions else 1,
        title=heading,
        body=cleaned,
        state=VersionState.APPROVED if is_own else VersionState.DRAFT,
        author_id=agent.id,
        created_at=at,
        decided_by=agent.id if is_own else None,
        decided_at=at if is_own else None,
    )
    session.add(version)
    _record(session, agent, reply, "write_canned_reply", version=version.number)


async def _draft_of(session: AsyncSession, reply_id: str, agent: Agent) -> tuple[CannedReply, CannedVersion]:
    reply = await store.lock_reply(session, reply_id, agent_id=agent.id)
    draft = await store.current_version(session, reply.id, VersionState.DRAFT)
    if draft is None:
        raise NoDraftError
    return reply, draft


async def _retire_current(session: AsyncSession, reply: CannedReply, agent: Agent) -> None:
    current = await store.current_version(session, reply.id, VersionState.APPROVED)
    if current is not None:
        current.state = VersionState.RETIRED
        _record(session, agent, reply, "supersede_canned_reply", version=current.number)


async def _refuse_taken(session: AsyncSession, shortcut: str, *, owner_id: str | None, but: str | None) -> None:
    other = await store.find_by_shortcut(session, shortcut, owner_id=owner_id)
    if other is not None and other.id != but:
        raise ShortcutTakenError


def _folder(folder: str) -> str:
    return " ".join(folder.split())[:FOLDER_LIMIT]


def _decide(version: CannedVersion, state: VersionState, agent: Agent) -> None:
    version.state = state
    version.decided_by = agent.id
    version.decided_at = clock.now()


def _record(
    session: AsyncSession, agent: Agent, reply: CannedReply, action: str, *, version: int | None = None
) -> None:
    audit.record(
        session,
        actor=f"agent:{agent.id}",
        action=action,
        subject=f"canned_reply:{reply.id}",
        details={} if version is None else {"version": version},
    )

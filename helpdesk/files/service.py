"""Files of conversations: kept, sent with a message, counted as evidence, and given out to who may have them."""

import asyncio
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.agents.model import Agent
from helpdesk.cases import timeline
from helpdesk.cases.service import open_cases_of
from helpdesk.conversations import service as conversations
from helpdesk.conversations import store as conversation_store
from helpdesk.conversations.model import Conversation, Message, MessageKind, Owner
from helpdesk.errors import ClientIdReusedError, NotOwnerError
from helpdesk.files import store
from helpdesk.files.errors import (
    FileInfectedError,
    FileNotReadyError,
    FileRemovedError,
    FileUsedError,
    TooManyFilesError,
    UnknownFileError,
)
from helpdesk.files.intake import Prepared
from helpdesk.files.model import FileState, StoredFile, Uploader
from helpdesk.files.scanner import Scanner, Verdict
from helpdesk.files.storage import Storage
from helpdesk.texts import text as sentence

# More than a victim's chat needs in screenshots; an attacker fills no disk with them.
MOST_FILES = 60
MOST_BYTES = 200 * 1024 * 1024
EVENT = "file_added"
_AGENT_PREFIX = "agent:"
_FIRST_SCAN_AGAIN = timedelta(seconds=30)
_LONGEST_PAUSE = timedelta(hours=1)
_NOT_READY_SECONDS = 30


async def find_repeat(
    session: AsyncSession, *, contact_id: str, client_id: str, sent_sha256: str, agent: Agent | None = None
) -> StoredFile | None:
    """Return the file that came in under this client's id before.

    Raises:
        ClientIdReusedError: It was another file.
    """
    file = await store.find_by_client_id(session, contact_id, _own_id(client_id, agent))
    if file is not None and (file.sent_sha256 != sent_sha256 or file.agent_id != (agent.id if agent else None)):
        raise ClientIdReusedError
    return file


async def scan(scanner: Scanner, prepared: Prepared) -> Verdict:
    """Return what the virus scanner says.

    Raises:
        FileInfectedError: It found something; nothing is kept.
    """
    verdict = await scanner.scan(prepared.content)
    if verdict is Verdict.INFECTED:
        raise FileInfectedError
    return verdict


async def keep_of_customer(
    session: AsyncSession, *, contact_id: str, channel: str, client_id: str, prepared: Prepared, verdict: Verdict
) -> StoredFile:
    """Keep a customer's file, whose bytes are stored already; the same one again gives the first.

    Raises:
        ClientIdReusedError, TooManyFilesError: Nothing was kept.
    """
    # Two deliveries of one file wait for each other.
    await conversation_store.lock_contact(session, contact_id)
    repeated = await find_repeat(session, contact_id=contact_id, client_id=client_id, sent_sha256=prepared.sent_sha256)
    if repeated is not None:
        return repeated
    conversation = await conversations.lock_current_conversation(session, contact_id, channel=channel)
    return await _keep(session, conversation, client_id=client_id, prepared=prepared, verdict=verdict)


async def keep_of_agent(
    session: AsyncSession, conversation_id: str, agent: Agent, *, client_id: str, prepared: Prepared, verdict: Verdict
) -> StoredFile:
    """Keep a file of the agent who owns the conversation.

    Raises:
        NotOwnerError: The agent does not own it.
        ClientIdReusedError, TooManyFilesError: As for customers.
    """
    conversation = await conversation_store.lock_conversation(session, conversation_id)
    if conversation.owner is not Owner.AGENT or conversation.agent_id != agent.id:
        raise NotOwnerError
    repeated = await find_repeat(
        session,
        contact_id=conversation.contact_id,
        client_id=client_id,
        sent_sha256=prepared.sent_sha256,
        agent=agent,
    )
    if repeated is not None:
        return repeated
    return await _keep(session, conversation, client_id=client_id, prepared=prepared, verdict=verdict, agent=agent)


async def _keep(
    session: AsyncSession,
    conversation: Conversation,
    *,
    client_id: str,
    prepared: Prepared,
    verdict: Verdict,
    agent: Agent | None = None,
) -> StoredFile:
    count, size = await store.usage(session, conversation.id)
    if count >= MOST_FILES or size + len(prepared.content) > MOST_BYTES:
        raise TooManyFilesError(limit=MOST_FILES)
    at = clock.now()
    file = StoredFile(
        conversation_id=conversation.id,
        contact_id=conversation.contact_id,
        uploader=Uploader.AGENT if agent else Uploader.CUSTOMER,
        agent_id=agent.id if agent else None,
        client_id=_own_id(client_id, agent),
        name=prepared.name,
        media_type=prepared.media_type,
        size=len(prepared.content),
        width=prepared.width,
        height=prepared.height,
        sha256=prepared.sha256,
        thumbnail_sha256=prepared.thumbnail_sha256,
        sent_sha256=prepared.sent_sha256,
        state=FileState.CLEAN if verdict is Verdict.CLEAN else FileState.RECEIVED,
        scan_at=None if verdict is Verdict.CLEAN else at + _FIRST_SCAN_AGAIN,
        created_at=at,
    )
    session.add(file)
    await session.flush()
    return file


def _own_id(client_id: str, agent: Agent | None) -> str:
    # Two clients choose their ids independently.
    return f"{_AGENT_PREFIX}{client_id}" if agent else client_id


async def accept(
    session: AsyncSession, *, contact_id: str, channel: str, client_id: str, file_id: str, text: str
) -> conversations.Accepted:
    """Store a customer's message that carries their file; with open cases it is evidence of theirs.

    Raises:
        UnknownFileError: It is not a file which this customer has uploaded.
        FileUsedError: Another message carries it.
        TextTooLongError, ClientIdReusedError: As for messages.
    """
    await conversation_store.lock_contact(session, contact_id)
    file = await store.get_file(session, file_id)
    if file.contact_id != contact_id or file.uploader is not Uploader.CUSTOMER:
        raise UnknownFileError
    accepted = await conversations.accept_attached(
        session,
        contact_id=contact_id,
        channel=channel,
        client_id=client_id,
        text=text,
        attached=attached(file),
    )
    if accepted.is_new:
        await _send_with(session, file, accepted.message, actor="customer")
    return accepted


async def attached_by_agent(
    session: AsyncSession, conversation_id: str, agent: Agent, file_id: str
) -> tuple[StoredFile, conversations.Attached]:
    """Return a file that an agent may send in a conversation, with what the message carries of it.

    Raises:
        UnknownFileError: It is not a file which this agent has uploaded there.
    """
    file = await store.get_file(session, file_id)
    if file.conversation_id != conversation_id or file.agent_id != agent.id:
        raise UnknownFileError
    return file, attached(file)


async def sent_by_agent(session: AsyncSession, file: StoredFile, accepted: conversations.Accepted) -> None:
    """Note which message of an agent carries a file.

    Raises:
        FileUsedError: Another message carries it.
    """
    if accepted.is_new:
        await _send_with(session, file, accepted.message, actor=f"agent:{file.agent_id}")


async def _send_with(session: AsyncSession, file: StoredFile, message: Message, *, actor: str) -> None:
    if file.message_id is not None:
        raise FileUsedError
    # The file refers to the message.
    await session.flush()
    file.message_id = message.id
    # The conversation of the upload may have been closed since; the message has opened the next one.
    file.conversation_id = message.conversation_id
    for case in await open_cases_of(session, message.conversation_id):
        file.held_since = file.held_since or clock.now()
        await timeline.append(
            session,
            case,
            kind=EVENT,
            actor=actor,
            details={
                "message": message.id,
                "file": file.id,
                "type": file.media_type,
                "size": file.size,
                "sha256": file.sha256,
                "sent_sha256": file.sent_sha256,
            },
        )


def attached(file: StoredFile) -> conversations.Attached:
    """Return what a message carries of a file."""
    kind = MessageKind.IMAGE if file.is_picture else MessageKind.FILE
    stand_in = sentence("files", f"stand_in_{kind.value}", name=file.name)
    return conversations.Attached(kind=kind, body={"file": file.shown()}, stand_in=stand_in)


async def content_of(storage: Storage, file: StoredFile, *, thumbnail: bool = False) -> tuple[str, bytes]:
    """Return media type and bytes of a file, or of its thumbnail.

    Raises:
        FileNotReadyError: The virus scanner has not looked at it.
        FileRemovedError: It was refused, or its bytes are lost or changed.
        UnknownFileError: It has no thumbnail.
    """
    if file.state is FileState.RECEIVED:
        raise FileNotReadyError(retry_after=_NOT_READY_SECONDS)
    if file.state is FileState.REFUSED:
        raise FileRemovedError
    if not thumbnail:
        return file.media_type, await asyncio.to_thread(storage.read, file.sha256)
    if file.thumbnail_sha256 is None:
        raise UnknownFileError
    return "image/jpeg", await asyncio.to_thread(storage.read, file.thumbnail_sha256)


def note_verdict(file: StoredFile, verdict: Verdict) -> None:
    """Take in what the virus scanner says of a file that waits for it; without an answer it is asked again later."""
    if verdict is Verdict.UNKNOWN:
        file.scan_attempts += 1
        pause = min(_FIRST_SCAN_AGAIN * 2 ** min(file.scan_attempts, 10), _LONGEST_PAUSE)
        file.scan_at = clock.now() + pause
        return
    file.state = FileState.CLEAN if verdict is Verdict.CLEAN else FileState.REFUSED
    file.scan_at = None

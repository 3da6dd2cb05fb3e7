"""The files of a case, for its evidence pack: their bytes, and what the transcript says of each."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.cases.model import Case
from helpdesk.conversations.model import Message
from helpdesk.database import Json
from helpdesk.evidence import store
from helpdesk.evidence.model import Attachment, attachment_path
from helpdesk.files.errors import FileNotReadyError, FileRemovedError
from helpdesk.files.model import StoredFile
from helpdesk.files.service import content_of
from helpdesk.files.storage import Storage


@dataclass(frozen=True, kw_only=True)
class CaseFiles:
    """The files of a case's conversations in the order in which they were sent."""

    attachments: Sequence[Attachment]
    by_message: dict[str, Json]


async def collect_files(session: AsyncSession, storage: Storage, case: Case) -> CaseFiles:
    """Return the files that messages of the case's conversations carried.

    What the virus scanner refused or has not seen yet, and what the disk has lost, is named without its bytes: its
    `path` is null. It must not keep a case from being exported.
    """
    attachments: list[Attachment] = []
    by_message: dict[str, Json] = {}
    for conversation in await store.conversations_of(session, case):
        files = await session.scalars(
            select(StoredFile)
            .join(Message, Message.id == StoredFile.message_id)
            .where(Message.conversation_id == conversation.id)
            .order_by(Message.seq)
        )
        for file in files.all():
            path = None
            try:
                media_type, content = await content_of(storage, file)
            except (FileNotReadyError, FileRemovedError):
                pass
            else:
                attachments.append(Attachment(name=file.name, media_type=media_type, content=content))
                path = attachment_path(len(attachments))
            told = {**file.shown(), "sha256": file.sha256, "sent_sha256": file.sent_sha256, "path": path}
            by_message[str(file.message_id)] = told
    return CaseFiles(attachments=attachments, by_message=by_message)

"""Queries on files."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.files.errors import UnknownFileError
from helpdesk.files.model import FileState, StoredFile, Uploader


async def get_file(session: AsyncSession, file_id: str) -> StoredFile:
    """Return a file.

    Raises:
        UnknownFileError: There is none with this id.
    """
    file = await session.get(StoredFile, file_id)
    if file is None:
        raise UnknownFileError
    return file


async def file_of_contact(session: AsyncSession, file_id: str, contact_id: str) -> StoredFile:
    """Return a file of one of a customer's conversations: their own, or one that an agent has sent them.

    Raises:
        UnknownFileError: There is none, it is somebody else's, or an agent has not sent it yet.
    """
    file = await get_file(session, file_id)
    if file.contact_id != contact_id or (file.uploader is Uploader.AGENT and file.message_id is None):
        raise UnknownFileError
    return file


async def find_by_client_id(session: AsyncSession, contact_id: str, client_id: str) -> StoredFile | None:
    """Return the file that came in under a client's id."""
    return await session.scalar(
        select(StoredFile).where(StoredFile.contact_id == contact_id, StoredFile.client_id == client_id)
    )


async def lock_file(session: AsyncSession, file_id: str) -> StoredFile | None:
    """Return a file with its row locked."""
    return await session.scalar(
        select(StoredFile)
        .where(StoredFile.id == file_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )


async def usage(session: AsyncSession, conversation_id: str) -> tuple[int, int]:
    """Return how many files a conversation holds, and how many bytes."""
    row = (
        await session.execute(
            select(func.count(), func.coalesce(func.sum(StoredFile.size), 0)).where(
                StoredFile.conversation_id == conversation_id
            )
        )
    ).one()
    return row[0], row[1]


async def due_for_scan(session: AsyncSession, now: datetime, *, limit: int) -> Sequence[str]:
    """Return ids of files which the virus scanner has to be asked about."""
    rows = await session.scalars(
        select(StoredFile.id)
        .where(StoredFile.state == FileState.RECEIVED, StoredFile.scan_at <= now)
        .order_by(StoredFile.scan_at)
        .limit(limit)
    )
    return rows.all()


async def orphans(session: AsyncSession, before: datetime, *, limit: int) -> Sequence[str]:
    """Return ids of files that no message came to carry; those under hold are none."""
    rows = await session.scalars(
        select(StoredFile.id)
        .where(StoredFile.message_id.is_(None), StoredFile.held_since.is_(None), StoredFile.created_at < before)
        .order_by(StoredFile.created_at)
        .limit(limit)
    )
    return rows.all()


async def is_referred_to(session: AsyncSession, sha256: str) -> bool:
    """Return whether any file needs these bytes: one that was not refused, or is evidence all the same."""
    found = await session.scalar(
        select(StoredFile.id)
        .where(
            or_(StoredFile.sha256 == sha256, StoredFile.thumbnail_sha256 == sha256),
            or_(StoredFile.state != FileState.REFUSED, StoredFile.held_since.is_not(None)),
        )
        .limit(1)
    )
    return found is not None

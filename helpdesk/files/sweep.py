"""What is done about files while nobody looks: the scanner asked again, orphans and their bytes removed."""

import asyncio
import logging
from datetime import timedelta
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import audit, clock
from helpdesk.database import Database
from helpdesk.files import store
from helpdesk.files.errors import FileRemovedError
from helpdesk.files.model import FileState
from helpdesk.files.scanner import Scanner, Verdict
from helpdesk.files.service import note_verdict
from helpdesk.files.storage import Storage

logger = logging.getLogger(__name__)

# A customer without a network may send the message a day later.
ORPHAN_AFTER = timedelta(hours=48)
# Far longer than an upload takes from its bytes to its row.
UNUSED_AFTER = timedelta(hours=2)
_MOST = 100
_ACTOR = "system"


async def scan_again(database: Database, storage: Storage, scanner: Scanner) -> list[str]:
    """Ask the virus scanner about what is due; return the conversations in which a file's state has changed."""
    async with database.reading() as session:
        due = await store.due_for_scan(session, clock.now(), limit=_MOST)
    changed = []
    for file_id in due:
        async with database.reading() as session:
            digest = (await store.get_file(session, file_id)).sha256
        try:
            verdict = await scanner.scan(await asyncio.to_thread(storage.read, digest))
        except FileRemovedError:
            # Nothing is left that could be shown.
            verdict = Verdict.INFECTED
        conversation_id = await database.retrying(partial(_note, file_id=file_id, verdict=verdict))
        if conversation_id is not None:
            changed.append(conversation_id)
    return changed


async def _note(session: AsyncSession, *, file_id: str, verdict: Verdict) -> str | None:
    file = await store.lock_file(session, file_id)
    # Another gateway may have asked as well.
    if file is None or file.state is not FileState.RECEIVED:
        return None
    note_verdict(file, verdict)
    if file.state is FileState.RECEIVED:
        return None
    if file.state is FileState.REFUSED:
        audit.record(session, actor=_ACTOR, action="file_refused", subject=f"file:{file.id}")
    return file.conversation_id


async def remove_orphans(database: Database) -> int:
    """Remove the rows of files that were uploaded and never sent; return how many."""
    before = clock.now() - ORPHAN_AFTER
    async with database.reading() as session:
        found = await store.orphans(session, before, limit=_MOST)
    removed = 0
    for file_id in found:
        async with database.transaction() as session:
            file = await store.lock_file(session, file_id)
            # It may have been sent this moment.
            if file is not None and file.message_id is None and file.held_since is None:
                await session.delete(file)
                removed += 1
    return removed


async def remove_unused(database: Database, storage: Storage) -> int:
    """Remove bytes that no file needs any more; return how many pieces."""
    before = clock.now() - UNUSED_AFTER
    removed = 0
    for digest in await asyncio.to_thread(storage.older, before):
        async with database.reading() as session:
            if await store.is_referred_to(session, digest):
                continue
        removed += await asyncio.to_thread(storage.discard, digest, before=before)
    if removed:
        logger.info("removed %d unused pieces from the file storage", removed)
    return removed

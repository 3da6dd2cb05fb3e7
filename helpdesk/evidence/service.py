"""Exporting a case: noted on its timeline and in the audit trail first, then written."""

import asyncio
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import audit
from helpdesk.cases import timeline
from helpdesk.cases.model import Case
from helpdesk.database import Json
from helpdesk.evidence import store
from helpdesk.evidence.files import collect_files
from helpdesk.evidence.model import Evidence, Pack, encode
from helpdesk.evidence.pack import write_pack
from helpdesk.evidence.verify import EXPORTED, digest
from helpdesk.files.storage import Storage
from helpdesk.privacy.masking import mask

_AGENT_PREFIX = "agent:"


async def export_case(session: AsyncSession, case: Case, *, by: str, reason: str, storage: Storage) -> Pack:
    """Return the evidence pack of a locked case; who wanted it and why stays on the case and in the audit trail.

    The timeline's last row holds the transcript's digest, so that its hash chain covers the transcript too, and with
    the digests that stand there, every file. The audit trail holds the manifest's, against which a pack can be checked
    that somebody else has kept.
    """
    # The audit trail holds no secrets, not even those that somebody quotes as a reason.
    reason = mask(reason).text
    files = await collect_files(session, storage, case)
    transcript = await store.transcript_content(session, case, files.by_message)
    transcript_file = encode(transcript)
    details = {"by": by, "reason": reason, "transcript_sha256": digest(transcript_file)}
    event = await timeline.append(session, case, kind=EXPORTED, actor=by, details=details)
    content = await store.case_content(session, case)
    rows = [store.row_content(one) for one in await timeline.events_of(session, case.id)]
    content["agents"] = await store.agent_names(session, _agents(transcript, rows))
    evidence = Evidence(
        number=case.number,
        case_id=case.id,
        created_at=event.at,
        case=content,
        transcript=transcript,
        transcript_file=transcript_file,
        rows=rows,
    )
    # Thousands of messages take a while: nobody else has to wait for them.
    pack = await asyncio.to_thread(write_pack, evidence, files.attachments)
    audit.record(
        session,
        actor=by,
        action="export_evidence",
        subject=f"case:{case.id}",
        details={"reason": reason, "head": pack.head, "manifest_sha256": pack.manifest_sha256},
    )
    return pack


def _agents(transcript: Json, rows: list[Json]) -> set[str]:
    """Return the ids of everybody at the desk who had to do with the case."""
    ids = {row["actor"] for row in rows}
    found: list[Any] = []
    for conversation in transcript["conversations"]:
        ids |= {one["decided_by"] for one in conversation["assignments"]}
        found += [one["agent"] for one in (*conversation["assignments"], *conversation["messages"])]
    found += [actor.removeprefix(_AGENT_PREFIX) for actor in ids if actor.startswith(_AGENT_PREFIX)]
    return {agent_id for agent_id in found if agent_id}

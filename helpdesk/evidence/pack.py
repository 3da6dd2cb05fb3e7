"""Putting an evidence pack together: its files, their digests and the ZIP; the same evidence gives the same bytes."""

from collections.abc import Sequence
from datetime import UTC
from pathlib import Path

from helpdesk.clock import local
from helpdesk.database import Json
from helpdesk.evidence import verify
from helpdesk.evidence.model import ATTACHMENTS, Attachment, Evidence, Pack, attachment_path, encode
from helpdesk.evidence.report import write_report
from helpdesk.texts import titles

_SENTENCES = "verify_"


def write_pack(evidence: Evidence, attachments: Sequence[Attachment] = ()) -> Pack:
    """Return the ZIP of a case with everything that is needed to read and to check it."""
    files = {
        verify.CASE: encode(evidence.case),
        verify.TRANSCRIPT: evidence.transcript_file,
        verify.TIMELINE: encode(evidence.rows),
        verify.CHINESE: encode(_sentences()),
        "report.html": write_report(evidence).encode(),
        "verify.py": Path(verify.__file__).read_bytes(),
    }
    index = []
    for number, attachment in enumerate(attachments, start=1):
        path = attachment_path(number)
        files[path] = attachment.content
        index.append({"path": path, "name": attachment.name, "media_type": attachment.media_type})
    head = evidence.rows[-1]["hash"]
    manifest = encode(
        {
            "schema_version": verify.SCHEMA_VERSION,
            "case": {"id": evidence.case_id, "number": evidence.number},
            "created_at": evidence.created_at.isoformat(),
            "created_at_beijing": local(evidence.created_at).isoformat(),
            "head": head,
            "files": [_entry(name, content) for name, content in sorted(files.items())],
            "attachments": {"folder": ATTACHMENTS, "files": index},
        }
    )
    files[verify.MANIFEST] = manifest
    files[verify.MANIFEST_DIGEST] = verify.digest_line(manifest)
    return Pack(
        file_name=f"evidence-{evidence.number}-{evidence.created_at.astimezone(UTC):%Y%m%dT%H%M%SZ}.zip",
        content=verify.build_archive(files),
        manifest_sha256=verify.digest(manifest),
        head=head,
    )


def _entry(name: str, content: bytes) -> Json:
    return {"path": name, "size": len(content), "sha256": verify.digest(content)}


def _sentences() -> dict[str, str]:
    """Return the Chinese sentences of verify.py, which as code holds none."""
    return {
        key.removeprefix(_SENTENCES): sentence
        for key, sentence in titles("evidence").items()
        if key.startswith(_SENTENCES)
    }

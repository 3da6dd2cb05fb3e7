"""What an evidence pack is made of, free of the database, and the one way in which it is written as JSON."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from helpdesk.database import Json


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A case at one moment.

    `case` and `transcript` are the contents of their files, `transcript_file` the very bytes whose SHA-256 stands in
    the last row. `rows` is the timeline, each row as it was hashed, with its `hash`.
    """

    number: str
    case_id: str
    created_at: datetime
    case: Json
    transcript: Json
    transcript_file: bytes
    rows: Sequence[Json]


ATTACHMENTS = "attachments/"


def attachment_path(number: int) -> str:
    """Return where the `number`-th attachment lies: a sender's name for a file could lead anywhere, or run."""
    return f"{ATTACHMENTS}{number:04d}"


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file that belongs to a case; `name` is what its sender called it and never becomes a path."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, kw_only=True)
class Pack:
    """A finished ZIP; `manifest_sha256` and `head` are what a recipient compares with the audit trail."""

    file_name: str
    content: bytes
    manifest_sha256: str
    head: str


def encode(value: Any) -> bytes:
    """Return `value` as JSON for people and machines: indented, keys in order, UTF-8."""
    return (json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()

"""Hash chains: rows that each carry the hash of the one before, so that a changed or missing one shows."""

import hashlib
import json

from helpdesk.database import Json

# What the first row of a chain carries.
GENESIS = "0" * 64


def as_stored(details: Json) -> Json:
    """Return what a reader gets back of a JSON column, so that what is hashed is what is read."""
    stored: Json = json.loads(json.dumps(details, ensure_ascii=False))
    return stored


def digest(content: Json) -> str:
    """Return the SHA-256 of JSON with sorted keys, without blanks, in UTF-8, as 64 hexadecimal digits."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()

"""What a file is called: a text to read, never a path and never a claim about what it is."""

import re
import unicodedata

from helpdesk.files.model import NAME_LIMIT
from helpdesk.files.sniffing import SUFFIXES
from helpdesk.privacy.masking import mask

_FORBIDDEN = re.compile(r'[\\/:*?"<>|%;]')
# What looks like the end of a file's name; a date or a version does not.
_SUFFIX = re.compile(r"\.([a-z0-9]{0,8}[a-z][a-z0-9]{0,8})$", re.IGNORECASE)
_FALLBACK = "file"


def clean_name(name: str, media_type: str) -> str:
    """Return `name` as it is shown: its last part, visible, short, without secrets, ending as its content does."""
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    # Controls and what turns the direction of writing: a name must not read backwards.
    visible = "".join(" " if unicodedata.category(one)[0] in "CZ" else one for one in last)
    stem = _FORBIDDEN.sub("_", " ".join(visible.split())).strip(". ")
    suffixes = SUFFIXES[media_type]
    found = _SUFFIX.search(stem)
    suffix = suffixes[0]
    if found is not None:
        stem = stem[: found.start()].strip(". ")
        if found[1].lower() in suffixes:
            suffix = found[1].lower()
        elif (inner := _SUFFIX.search(stem)) is not None and inner[1].lower() in suffixes:
            # "photo.jpg.exe" that is a JPEG.
            stem, suffix = stem[: inner.start()].strip(". "), inner[1].lower()
    stem = mask(stem).text if stem else ""
    return f"{(stem or _FALLBACK)[: NAME_LIMIT - len(suffix) - 1].strip('. ')}.{suffix}"

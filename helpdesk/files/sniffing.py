"""What a file is, by its content alone; neither its name nor what the sender declares is believed.

An own table, not a library: only a handful of types is accepted, each with a fixed signature at a fixed place, and of
the libraries one guesses too widely (it takes an MP3 for something else) and the other has no releases any more.
"""

import re
from enum import Enum

from helpdesk.files.errors import FileEmptyError, FileTypeRefusedError


class FileType(Enum):
    """An accepted type; the value is its media type."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    GIF = "image/gif"
    PDF = "application/pdf"
    TEXT = "text/plain"
    AMR = "audio/amr"
    MP3 = "audio/mpeg"
    M4A = "audio/mp4"


class Refused(Enum):
    """What something that is not accepted looks like."""

    MARKUP = "markup"
    HEIC = "heic"
    ARCHIVE = "archive"
    PROGRAM = "program"
    UNKNOWN = "unknown"


PICTURES = frozenset({FileType.JPEG, FileType.PNG, FileType.WEBP, FileType.GIF})
# Names end so; the first is given to a file whose name ends otherwise.
SUFFIXES: dict[str, tuple[str, ...]] = {
    FileType.JPEG.value: ("jpg", "jpeg"),
    FileType.PNG.value: ("png",),
    FileType.WEBP.value: ("webp",),
    FileType.GIF.value: ("gif",),
    FileType.PDF.value: ("pdf",),
    FileType.TEXT.value: ("txt", "log", "csv"),
    FileType.AMR.value: ("amr",),
    FileType.MP3.value: ("mp3",),
    FileType.M4A.value: ("m4a",),
}

# A chat's export is smaller. Masking reads all of it, and takes seconds for as much as this in digits alone.
TEXT_MOST_BYTES = 256 * 1024

_ACCEPTED = (
    (re.compile(rb"\xff\xd8\xff"), FileType.JPEG),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), FileType.PNG),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), FileType.WEBP),
    (re.compile(rb"GIF8[79]a"), FileType.GIF),
    (re.compile(rb"%PDF-[12]\.\d"), FileType.PDF),
    (re.compile(rb"#!AMR(?:-WB)?\n"), FileType.AMR),
    # ID3, or the sync word of MPEG 1, 2 or 2.5, layer 3, with a bit rate that exists.
    (re.compile(rb"ID3[\x02-\x04]|\xff[\xe2\xe3\xf2\xf3\xfa\xfb][\x10-\xeb]"), FileType.MP3),
    (re.compile(rb"....ftypM4[AB] ", re.DOTALL), FileType.M4A),
)
_REFUSED = (
    (re.compile(rb"....ftyp(?:hei[cxms]|hev[cx]|mif1|msf1|avi[fs])", re.DOTALL), Refused.HEIC),
    # Office documents are archives, or the older compound files.
    (
        re.compile(rb"PK(?:\x03\x04|\x05\x06|\x07\x08)|Rar!|7z\xbc\xaf|\x1f\x8b|BZh|\xfd7zXZ|\xd0\xcf\x11\xe0"),
        Refused.ARCHIVE,
    ),
    (re.compile(rb"MZ|\x7fELF|\xca\xfe\xba\xbe|[\xce\xcf]\xfa\xed\xfe|dex\n|#!"), Refused.PROGRAM),
)
# Wherever it stands: what a browser could be talked into running is no plain text.
_MARKUP = re.compile(
    r"<\s*(?:!doctype|\?xml|html|head|body|svg|script|iframe|object|embed|style|link|meta)\b", re.IGNORECASE
)
_INVISIBLE = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
# Chinese texts of older programs; a superset of GBK and GB 2312.
_ENCODINGS = ("utf-8-sig", "gb18030")


def sniff(content: bytes) -> FileType:
    """Return what the content is.

    Raises:
        FileEmptyError: There is none.
        FileTypeRefusedError: It is nothing that is accepted.
    """
    if not content:
        raise FileEmptyError
    for pattern, accepted in _ACCEPTED:
        if pattern.match(content):
            return accepted
    for pattern, refused in _REFUSED:
        if pattern.match(content):
            raise FileTypeRefusedError(kind=refused.value)
    text = decode(content)
    if text is None:
        raise FileTypeRefusedError(kind=Refused.UNKNOWN.value)
    if _MARKUP.search(text):
        raise FileTypeRefusedError(kind=Refused.MARKUP.value)
    return FileType.TEXT


def decode(content: bytes) -> str | None:
    """Return plain text, or None where the bytes are not one or are too many."""
    if len(content) > TEXT_MOST_BYTES:
        return None
    for encoding in _ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if _INVISIBLE.search(text) else text
    return None

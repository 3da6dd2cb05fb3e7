"""From what was sent to what is kept: sniffed, pictures written anew, secrets in texts masked."""

import asyncio
import hashlib
from dataclasses import dataclass

from helpdesk.files.errors import FileDamagedError, FileTypeRefusedError
from helpdesk.files.names import clean_name
from helpdesk.files.pictures import PictureWriter
from helpdesk.files.sniffing import PICTURES, FileType, Refused, decode, sniff
from helpdesk.privacy.masking import mask

_LINES_TOGETHER = 20
# Where a whole PDF has its end mark (ISO 32000-1, implementation note 18).
_PDF_TAIL_BYTES = 1024


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """What is kept of a file, with the digests of that, of its thumbnail and of what was sent."""

    name: str
    media_type: str
    content: bytes
    sha256: str
    sent_sha256: str
    thumbnail: bytes | None = None
    thumbnail_sha256: str | None = None
    width: int | None = None
    height: int | None = None


def digest(content: bytes) -> str:
    """Return the SHA-256 in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


async def prepare(content: bytes, *, name: str, sent_sha256: str, pictures: PictureWriter) -> Prepared:
    """Return what is kept of a file that somebody sent under `name`; `sent_sha256` is the digest of `content`.

    Raises:
        FileEmptyError, FileTypeRefusedError, FileDamagedError, PictureTooLargeError: It is refused.
    """
    found = await asyncio.to_thread(sniff, content)
    if found in PICTURES:
        picture = await pictures.rewrite(content)
        return Prepared(
            name=clean_name(name, picture.media_type),
            media_type=picture.media_type,
            content=picture.content,
            sha256=await asyncio.to_thread(digest, picture.content),
            sent_sha256=sent_sha256,
            thumbnail=picture.thumbnail,
            thumbnail_sha256=digest(picture.thumbnail),
            width=picture.width,
            height=picture.height,
        )
    if found is FileType.TEXT:
        content = await asyncio.to_thread(_masked, content)
    elif found is FileType.PDF and b"%%EOF" not in content[-_PDF_TAIL_BYTES:]:
        # Cut off on its way; nobody could read it.
        raise FileDamagedError
    return Prepared(
        name=clean_name(name, found.value),
        media_type=found.value,
        content=content,
        sha256=await asyncio.to_thread(digest, content),
        sent_sha256=sent_sha256,
    )


def _masked(content: bytes) -> bytes:
    """Return a text in UTF-8 with its secrets masked, as in messages."""
    text = decode(content)
    if text is None:
        raise FileTypeRefusedError(kind=Refused.UNKNOWN.value)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    # A few lines at a time, as many as a message has: what announces a secret may stand in the line before it.
    parts = ["\n".join(lines[at : at + _LINES_TOGETHER]) for at in range(0, len(lines), _LINES_TOGETHER)]
    return "\n".join(mask(part).text for part in parts).encode()

"""Files over HTTP, for customers and agents alike: read within limits, prepared, stored, and given out safely."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote, unquote

from aiohttp import BodyPartReader, web

from gateway.errors import RequestError
from gateway.requests import client_id
from helpdesk.database import Json
from helpdesk.files import service
from helpdesk.files.errors import FileTooLargeError, UploadsBusyError, UploadSlowError
from helpdesk.files.intake import Prepared, digest, prepare
from helpdesk.files.model import StoredFile
from helpdesk.files.pictures import PictureWriter
from helpdesk.files.scanner import ClamdScanner, NoScanner, Scanner, Verdict
from helpdesk.files.storage import FolderStorage, Storage
from helpdesk.settings import Settings

_MEGABYTE = 1024 * 1024
_CHUNK_BYTES = 64 * 1024
# What stands around a file in its form: boundaries, heads and the client's id.
_FORM_BYTES = 16 * 1024
_FIELD_BYTES = 256
# Ten megabytes over a weak mobile network.
_UPLOAD_SECONDS = 180.0
# Each may hold a whole file in memory.
_UPLOADS_AT_ONCE = 16
# More than a client sends at once; one sender who dawdles does not take everybody's places.
_UPLOADS_OF_ONE = 4
_BUSY_SECONDS = 5


@dataclass(frozen=True, kw_only=True)
class Upload:
    """What came in: the client's id, the name the sender gave, and the bytes."""

    client_id: str
    name: str
    content: bytes
    sha256: str


class FileDesk:
    """The gateway's one way to take in files and to give them out."""

    def __init__(self, settings: Settings) -> None:
        """Open nothing yet."""
        self.storage: Storage = FolderStorage(settings.files_dir)
        self.scanner: Scanner = _scanner(settings.clamd_address)
        self.most_mb = settings.upload_most_mb
        self._pictures = PictureWriter()
        self._open: Counter[str] = Counter()

    async def take_in(
        self,
        request: web.Request,
        *,
        sender: str,
        find: Callable[[Upload], Awaitable[StoredFile | None]],
        keep: Callable[[Upload, Prepared, Verdict], Awaitable[StoredFile]],
    ) -> web.Response:
        """Answer an upload of a sender (the id of a contact or agent).

        `find` returns what a repeat got before, `keep` stores the row once the bytes are safe.

        Raises:
            RequestError, HelpdeskError: It is refused; nothing was kept but perhaps bytes that the sweep removes.
        """
        if (request.content_length or 0) > self.most_mb * _MEGABYTE + _FORM_BYTES:
            # Before a single byte of it is read.
            raise FileTooLargeError(limit=self.most_mb)
        async with self._place(sender):
            upload = await read_upload(request, most_mb=self.most_mb)
            file = await find(upload)
            if file is None:
                prepared = await prepare(
                    upload.content, name=upload.name, sent_sha256=upload.sha256, pictures=self._pictures
                )
                verdict = await service.scan(self.scanner, prepared)
                await asyncio.to_thread(self.storage.put, prepared.content)
                if prepared.thumbnail is not None:
                    await asyncio.to_thread(self.storage.put, prepared.thumbnail)
                file = await keep(upload, prepared, verdict)
        return web.json_response(file.shown(), status=201)

    async def give_out(self, file: StoredFile, *, thumbnail: bool) -> web.Response:
        """Answer with a file or its thumbnail, in a form that nothing runs.

        Raises:
            FileNotReadyError, FileRemovedError, UnknownFileError: It cannot be had.
        """
        media_type, content = await service.content_of(self.storage, file, thumbnail=thumbnail)
        return web.Response(body=content, headers=_headers(file, media_type))

    @asynccontextmanager
    async def _place(self, sender: str) -> AsyncIterator[None]:
        # Refused, not queued: who waits here would hold their connection and their bytes all the same.
        if self._open.total() >= _UPLOADS_AT_ONCE or self._open[sender] >= _UPLOADS_OF_ONE:
            raise UploadsBusyError(retry_after=_BUSY_SECONDS)
        self._open[sender] += 1
        try:
            yield
        finally:
            self._open[sender] -= 1
            if not self._open[sender]:
                del self._open[sender]


def _scanner(address: str) -> Scanner:
    if not address:
        return NoScanner()
    host, _, port = address.rpartition(":")
    return ClamdScanner(host, int(port))


def _headers(file: StoredFile, media_type: str) -> Json:
    # Pictures were written anew here, so they may be shown in place; everything else is only ever saved.
    how = "inline" if file.is_picture else "attachment"
    suffix = file.name.rpartition(".")[2]
    return {
        "Content-Type": f"{media_type}; charset=utf-8" if media_type == "text/plain" else media_type,
        "Content-Disposition": f"{how}; filename=\"file.{suffix}\"; filename*=UTF-8''{quote(file.name, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-store",
    }


async def read_upload(request: web.Request, *, most_mb: int, seconds: float = _UPLOAD_SECONDS) -> Upload:
    """Return the one file of a form, and the `client_id` beside it.

    Raises:
        RequestError: It is not such a form.
        FileTooLargeError: The file has more than `most_mb` megabytes; the rest of it was not read.
        UploadSlowError: It did not arrive within `seconds`.
    """
    if request.content_type != "multipart/form-data":
        raise RequestError("malformed")
    fields: dict[str, str] = {}
    found: tuple[str, bytes] | None = None
    try:
        async with asyncio.timeout(seconds):
            reader = await request.multipart()
            while (part := await reader.next()) is not None:
                if not isinstance(part, BodyPartReader) or part.name in fields:
                    raise RequestError("malformed")
                if part.name == "client_id":
                    fields[part.name] = (
                        await _read(part, most=_FIELD_BYTES, too_large=RequestError("malformed"))
                    ).decode()
                elif part.name == "file" and found is None:
                    too_large = FileTooLargeError(limit=most_mb)
                    content = await _read(part, most=most_mb * _MEGABYTE, too_large=too_large)
                    # Browsers escape quotes and line ends, some programs everything.
                    found = unquote(part.filename or ""), content
                else:
                    raise RequestError("malformed")
    except TimeoutError as error:
        raise UploadSlowError from error
    except (ValueError, AssertionError, web.RequestPayloadError, ConnectionError) as error:
        # No boundary, half a form, or the sender has left.
        raise RequestError("malformed") from error
    chosen = client_id(fields)
    if found is None:
        raise RequestError("field_invalid", status=422, field="file")
    name, content = found
    return Upload(client_id=chosen, name=name, content=content, sha256=await asyncio.to_thread(digest, content))


async def _read(part: BodyPartReader, *, most: int, too_large: Exception) -> bytes:
    content = bytearray()
    while chunk := await part.read_chunk(_CHUNK_BYTES):
        content += chunk
        if len(content) > most:
            raise too_large
    return bytes(content)

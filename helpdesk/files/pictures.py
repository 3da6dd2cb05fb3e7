"""Writing pictures anew in a process of its own, so that neither the event loop waits nor the gateway crashes."""

import asyncio
import json
import logging
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from helpdesk.files import picture_process
from helpdesk.files.errors import FileDamagedError, PictureTooLargeError

logger = logging.getLogger(__name__)

# Each may need hundreds of megabytes for a moment.
_AT_ONCE = 2
_SECONDS = 40
_MILLION = 1_000_000
_PROGRAM = Path(picture_process.__file__)


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture that holds nothing but its pixels."""

    media_type: str
    content: bytes
    thumbnail: bytes
    width: int
    height: int


class PictureWriter:
    """Writes pictures anew, a few at a time; others wait their turn."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def rewrite(self, content: bytes) -> Picture:
        """Return the picture anew, with a thumbnail.

        Raises:
            FileDamagedError: It cannot be decoded to its end.
            PictureTooLargeError: It has too many pixels.
        """
        async with self._places:
            code, answer = await self._run(content)
        if code == picture_process.TOO_LARGE:
            raise PictureTooLargeError(limit=picture_process.MOST_PIXELS // _MILLION)
        if code != 0:
            if code != picture_process.DAMAGED:
                logger.warning("writing a picture anew ended with %d", code)
            raise FileDamagedError
        head, _, rest = answer.partition(b"\n")
        described = json.loads(head)
        size, thumbnail_size = described["size"], described["thumbnail_size"]
        if len(rest) != size + thumbnail_size:
            raise FileDamagedError
        return Picture(
            media_type=described["type"],
            content=rest[:size],
            thumbnail=rest[size:],
            width=described["width"],
            height=described["height"],
        )

    @staticmethod
    async def _run(content: bytes) -> tuple[int, bytes]:
        # -I: neither the environment nor the current folder has a say in what is imported there.
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-I",
            str(_PROGRAM),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={},
        )
        try:
            async with asyncio.timeout(_SECONDS):
                answer, _ = await process.communicate(content)
        except TimeoutError as error:
            raise FileDamagedError from error
        finally:
            # Late, or nobody waits for it any more.
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        return process.returncode or 0, answer

"""A virus scanner as clamd is: the INSTREAM command of clamd(8) on a loopback port, and the EICAR test file."""

import asyncio
import struct

from tests.samples import EICAR

_LENGTH = struct.calcsize("!I")


class FakeClamd:
    """Answers to `zINSTREAM`; finds the EICAR test file wherever it stands in a stream."""

    def __init__(self, *, most_bytes: int = 100 * 1024 * 1024) -> None:
        self.scanned: list[int] = []
        self.is_silent = False
        self._most = most_bytes
        self._server: asyncio.Server | None = None
        self._port = 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Listen; after a stop, on the same port again."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            command = await reader.readuntil(b"\0")
            answer = await self._answer(reader) if command == b"zINSTREAM\0" else b"UNKNOWN COMMAND"
            if not self.is_silent:
                writer.write(answer + b"\0")
                await writer.drain()
            else:
                await reader.read()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader) -> bytes:
        content = b""
        while size := struct.unpack("!I", await reader.readexactly(_LENGTH))[0]:
            content += await reader.readexactly(size)
            if len(content) > self._most:
                return b"INSTREAM size limit exceeded. ERROR"
        self.scanned.append(len(content))
        return b"stream: Win.Test.EICAR_HDB-1 FOUND" if EICAR in content else b"stream: OK"

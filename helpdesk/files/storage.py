"""Where the bytes of files lie: under their own digest, so that what is there can be checked and never changes."""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from helpdesk.files.errors import FileRemovedError

_TEMPORARY = "tmp-"
_LOCK = ".lock"


class Storage(Protocol):
    """Keeps bytes under their SHA-256; every call may block.

    Several gateways share one storage. What nobody refers to is discarded by the sweep, which must not meet an upload
    of the same bytes: `put` renews what is there, and `discard` spares what was renewed.
    """

    def put(self, content: bytes) -> str:
        """Keep `content` durably and return its SHA-256 in hexadecimal digits."""
        ...

    def read(self, sha256: str) -> bytes:
        """Return the bytes of a digest.

        Raises:
            FileRemovedError: They are not there, or not the same any more.
        """
        ...

    def older(self, before: datetime) -> list[str]:
        """Return the digests of what was last put before a moment."""
        ...

    def discard(self, sha256: str, *, before: datetime) -> bool:
        """Remove what was last put before a moment; return whether it was."""
        ...


class FolderStorage:
    """A folder on disk, which several gateways may share."""

    def __init__(self, folder: Path) -> None:
        """Use `folder`, which is created when the first file comes."""
        self._folder = folder

    def put(self, content: bytes) -> str:
        """Keep `content`: written aside, synchronised, then renamed, so that no half of a file has a name."""
        digest = hashlib.sha256(content).hexdigest()
        path = self._path(digest)
        with self._locked(fcntl.LOCK_SH):
            if path.exists() and path.stat().st_size == len(content):
                os.utime(path)
                return digest
            if not path.parent.exists():
                path.parent.mkdir(mode=0o700, exist_ok=True)
                _synchronise(self._folder)
            temporary = self._folder / f"{_TEMPORARY}{secrets.token_hex(8)}"
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                with os.fdopen(descriptor, "wb") as opened:
                    opened.write(content)
                    opened.flush()
                    os.fsync(opened.fileno())
                temporary.replace(path)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
            _synchronise(path.parent)
        return digest

    def read(self, sha256: str) -> bytes:
        """Return the bytes of a digest, checked.

        Raises:
            FileRemovedError: They are not there, or not the same any more.
        """
        try:
            content = self._path(sha256).read_bytes()
        except FileNotFoundError as error:
            raise FileRemovedError from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise FileRemovedError
        return content

    def older(self, before: datetime) -> list[str]:
        """Return the digests of what was last put before a moment; remove what a killed process left half-written."""
        if not self._folder.exists():
            return []
        for left in self._folder.glob(f"{_TEMPORARY}*"):
            if left.stat().st_mtime < before.timestamp():
                left.unlink(missing_ok=True)
        return [path.name for path in self._folder.glob("??/*") if path.stat().st_mtime < before.timestamp()]

    def discard(self, sha256: str, *, before: datetime) -> bool:
        """Remove what was last put before a moment; return whether it was."""
        path = self._path(sha256)
        # Alone: an upload of the same bytes has either renewed them by now, or will write them again.
        with self._locked(fcntl.LOCK_EX):
            if not path.exists() or path.stat().st_mtime >= before.timestamp():
                return False
            path.unlink()
        return True

    def _path(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, how)
            yield
        finally:
            os.close(descriptor)


def _synchronise(folder: Path) -> None:
    # A new name survives a power cut only once its folder is on the disk.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

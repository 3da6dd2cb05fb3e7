"""The folder of files: durable, checked, and safe against its own sweep."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helpdesk.files.errors import FileRemovedError
from helpdesk.files.storage import FolderStorage


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    return FolderStorage(tmp_path / "files")


def path_of(tmp_path: Path, digest: str) -> Path:
    return tmp_path / "files" / digest[:2] / digest


def soon() -> datetime:
    return datetime.now(tz=UTC) + timedelta(minutes=1)


def long_ago() -> datetime:
    return datetime.now(tz=UTC) - timedelta(hours=1)


def test_what_is_put_is_read_and_lies_there_once(storage: FolderStorage, tmp_path: Path):
    first, second = storage.put(b"abc"), storage.put(b"abc")

    assert first == second
    assert storage.read(first) == b"abc"
    assert storage.older(soon()) == [first]
    assert path_of(tmp_path, first).stat().st_mode & 0o777 == 0o600


def test_changed_bytes_are_not_given_out(storage: FolderStorage, tmp_path: Path):
    digest = storage.put(b"abc")
    path_of(tmp_path, digest).write_bytes(b"abd")

    with pytest.raises(FileRemovedError):
        storage.read(digest)


def test_what_is_not_there_is_not_given_out(storage: FolderStorage):
    with pytest.raises(FileRemovedError):
        storage.read("0" * 64)


def test_half_a_file_is_written_again(storage: FolderStorage, tmp_path: Path):
    digest = storage.put(b"abc")
    path_of(tmp_path, digest).write_bytes(b"a")

    storage.put(b"abc")

    assert storage.read(digest) == b"abc"


def test_old_bytes_are_discarded_and_renewed_ones_are_not(storage: FolderStorage):
    digest = storage.put(b"abc")

    assert storage.discard(digest, before=long_ago()) is False
    assert storage.read(digest) == b"abc"
    assert storage.discard(digest, before=soon()) is True
    assert storage.older(soon()) == []


def test_an_upload_of_the_same_bytes_spares_them(storage: FolderStorage, tmp_path: Path):
    digest = storage.put(b"abc")
    # Written hours ago, found by a sweep, and uploaded anew before the sweep came to it.
    os.utime(path_of(tmp_path, digest), (0, 0))
    assert storage.older(long_ago()) == [digest]
    storage.put(b"abc")

    assert storage.discard(digest, before=long_ago()) is False


def test_what_a_killed_process_left_is_tidied_up(storage: FolderStorage, tmp_path: Path):
    storage.put(b"abc")
    left = tmp_path / "files" / "tmp-0123"
    left.write_bytes(b"half")

    storage.older(long_ago())
    assert left.exists()
    storage.older(soon())

    assert not left.exists()


def test_nothing_is_older_where_there_is_no_folder(storage: FolderStorage):
    assert storage.older(soon()) == []

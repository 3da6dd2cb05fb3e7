"""Whatever is changed in an evidence pack, verify.py finds it: any bit of any file, and of the ZIP itself."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.database import Database
from helpdesk.evidence.model import Pack, encode
from helpdesk.evidence.verify import digest_line, main
from tests.evidence import export, files_of, problems, served_case, unpack

BITS = st.integers(0, 7)


@pytest.fixture
async def pack(database: Database) -> Pack:
    case, _, _ = await served_case(database)
    return await export(database, case.number)


def flipped(content: bytes, place: int, bit: int) -> bytes:
    return content[:place] + bytes([content[place] ^ (1 << bit)]) + content[place + 1 :]


def places_of(content: bytes) -> st.SearchStrategy[int]:
    return st.integers(0, len(content) - 1)


def test_unchanged_pack_passes(pack: Pack, tmp_path: Path):
    (tmp_path / "pack.zip").write_bytes(pack.content)
    folder = unpack(files_of(pack.content), tmp_path / "unpacked")

    assert [problems(tmp_path / "pack.zip"), problems(folder)] == [set(), set()]


def test_any_flipped_bit_of_any_unpacked_file_is_found(pack: Pack, tmp_path: Path):
    files = files_of(pack.content)
    folder = unpack(files, tmp_path / "unpacked")

    @settings(max_examples=100)
    @given(st.sampled_from(sorted(files)).flatmap(lambda name: st.tuples(st.just(name), places_of(files[name]))), BITS)
    def check(where: tuple[str, int], bit: int) -> None:
        name, place = where
        (folder / name).write_bytes(flipped(files[name], place, bit))

        found = problems(folder)

        (folder / name).write_bytes(files[name])
        assert found

    check()
    assert problems(folder) == set()


@pytest.mark.parametrize("name", ["manifest.sha256", "manifest.json"])
def test_every_single_bit_of_the_manifest_counts(pack: Pack, tmp_path: Path, name: str):
    files = files_of(pack.content)
    folder = unpack(files, tmp_path / "unpacked")

    silent = []
    for place in range(len(files[name])):
        (folder / name).write_bytes(flipped(files[name], place, place % 8))
        if not problems(folder):
            silent.append(place)

    assert silent == []


def test_any_flipped_bit_of_the_zip_is_found(pack: Pack, tmp_path: Path):
    archive = tmp_path / "pack.zip"

    @settings(max_examples=150)
    @given(places_of(pack.content), BITS)
    def check(place: int, bit: int) -> None:
        archive.write_bytes(flipped(pack.content, place, bit))

        assert problems(archive)

    check()


def test_any_cut_of_the_zip_is_found(pack: Pack, tmp_path: Path):
    archive = tmp_path / "pack.zip"

    @settings(max_examples=150)
    @given(places_of(pack.content))
    def check(length: int) -> None:
        archive.write_bytes(pack.content[:length])

        assert problems(archive)

    check()


@given(st.binary(max_size=300))
def test_bytes_that_are_no_pack_end_in_a_refusal(tmp_path_factory: pytest.TempPathFactory, content: bytes):
    file = tmp_path_factory.mktemp("noise") / "pack.zip"
    file.write_bytes(content)

    assert main([str(file)]) == 1


@given(st.recursive(st.none() | st.integers() | st.text(max_size=3), lambda inner: st.lists(inner, max_size=3)))
def test_manifest_of_any_other_form_is_refused(tmp_path_factory: pytest.TempPathFactory, value: object):
    folder = tmp_path_factory.mktemp("noise")
    manifest = encode({"schema_version": 1, "case": value, "head": value, "files": value})
    unpack({"manifest.json": manifest, "manifest.sha256": digest_line(manifest)}, folder)

    assert main([str(folder)]) == 1

"""Speaking with clamd: its words, its silence and its absence."""

from collections.abc import AsyncIterator

import pytest

from helpdesk.files.scanner import ClamdScanner, NoScanner, Verdict
from tests.fake_clamd import FakeClamd
from tests.samples import EICAR, PDF


@pytest.fixture
async def clamd() -> AsyncIterator[FakeClamd]:
    clamd = FakeClamd(most_bytes=1_000_000)
    await clamd.start()
    yield clamd
    await clamd.stop()


def scanner_of(clamd: FakeClamd, *, seconds: float = 5) -> ClamdScanner:
    host, port = clamd.address.split(":")
    return ClamdScanner(host, int(port), seconds=seconds)


async def test_clean_bytes_are_clean(clamd: FakeClamd):
    assert await scanner_of(clamd).scan(PDF * 3000) is Verdict.CLEAN
    assert clamd.scanned == [len(PDF) * 3000]


async def test_infected_bytes_are_infected(clamd: FakeClamd):
    assert await scanner_of(clamd).scan(b"x" * 100_000 + EICAR) is Verdict.INFECTED


async def test_more_than_clamd_takes_is_not_called_clean(clamd: FakeClamd):
    assert await scanner_of(clamd).scan(b"x" * 1_500_000) is Verdict.UNKNOWN


async def test_silence_is_not_called_clean(clamd: FakeClamd):
    clamd.is_silent = True

    assert await scanner_of(clamd, seconds=0.2).scan(PDF) is Verdict.UNKNOWN


async def test_absence_is_not_called_clean(clamd: FakeClamd):
    await clamd.stop()

    assert await scanner_of(clamd).scan(PDF) is Verdict.UNKNOWN


async def test_without_a_scanner_everything_passes():
    assert await NoScanner().scan(EICAR) is Verdict.CLEAN

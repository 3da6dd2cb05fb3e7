"""Work in the background of the gateway: what ends by a failure is told, and does not hinder an orderly stop."""

import asyncio
import logging

from gateway.app import _running


async def test_failure_is_told_when_it_happens_and_the_stop_goes_on(caplog):
    async def fail() -> None:
        raise RuntimeError

    with caplog.at_level(logging.CRITICAL, logger="gateway.app"):
        async with _running(fail()):
            await asyncio.sleep(0.01)
            told = [record.levelname for record in caplog.records]

    assert told == ["CRITICAL"]


async def test_work_that_is_stopped_is_no_failure(caplog):
    async with _running(asyncio.Event().wait()):
        await asyncio.sleep(0.01)

    assert caplog.records == []

"""Hints within a process and what is passed on to others."""

import asyncio
import json

from gateway import live_postgres
from gateway.live import QUEUE, Hub
from gateway.live_postgres import Relay, payloads


async def test_hint_wakes_the_readers_of_its_topic_only():
    hub = Hub()
    with hub.subscribed("a") as reader, hub.subscribed("b") as other:
        hub.hint("a")

        assert await reader.wait() == []
        assert not other._changed.is_set()


async def test_frame_goes_to_everybody_but_its_sender():
    hub = Hub()
    with hub.subscribed("a") as sender, hub.subscribed("a") as reader:
        hub.post("a", {"t": "typing"}, but=sender)

        assert await reader.wait() == [{"t": "typing"}]
        assert not sender._changed.is_set()


async def test_reader_looks_unasked_after_a_while():
    reader = Hub(poll_seconds=0.01).subscription()

    async with asyncio.timeout(5):
        assert await reader.wait() == []


async def test_reader_that_hears_others_trusts_longer_in_hints():
    hub = Hub(poll_seconds=0.01)
    hub.hears_others(True)
    waiting = asyncio.create_task(hub.subscription().wait())

    done, _ = await asyncio.wait([waiting], timeout=0.1)

    assert done == set()
    waiting.cancel()


async def test_hints_and_frames_are_passed_on_and_what_is_taken_over_is_not():
    hub, passed = Hub(), []
    hub.passes_on_to(lambda topic, frame: passed.append((topic, frame)))

    hub.hint(QUEUE)
    hub.post("a", {"t": "typing"})
    hub.take_over("b", None)
    hub.hint_all()

    assert passed == [(QUEUE, None), ("a", {"t": "typing"})]


async def test_what_another_process_said_reaches_the_readers():
    hub = Hub()
    with hub.subscribed("a") as reader:
        hub.take_over("a", {"t": "typing"})
        assert await reader.wait() == [{"t": "typing"}]

        hub.take_over("a", None)
        assert await reader.wait() == []


def heard(said: list[str]) -> list[object]:
    return [hint for payload in said for hint in json.loads(payload)["hints"]]


def test_equal_hints_are_said_once_and_the_order_stays():
    said = payloads("one", [("a", None), ("b", {"on": True}), ("a", None), ("b", {"on": False})])

    assert heard(said) == [["a", None], ["b", {"on": True}], ["b", {"on": False}]]
    assert [json.loads(payload)["from"] for payload in said] == ["one"]


def test_many_hints_are_split_below_the_limit_of_one_notification():
    hints = [(f"{number:040d}", None) for number in range(1000)]

    said = payloads("one", hints)

    assert heard(said) == [list(hint) for hint in hints]
    assert max(len(payload.encode()) for payload in said) < 8000
    assert len(said) > 1


async def test_what_cannot_be_read_does_not_end_the_relay(monkeypatch):
    monkeypatch.setattr(live_postgres, "_AGAIN_SECONDS", 0.0)
    hub, tries, again = Hub(poll_seconds=0.01), [], asyncio.Event()

    async def serve(self: Relay) -> None:
        tries.append(hub._hears_others)
        hub.hears_others(True)
        if len(tries) == 1:
            # As of another release: {"from": …} without hints.
            raise KeyError("hints")
        again.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(Relay, "_serve", serve)
    running = asyncio.create_task(Relay(hub, "postgresql+psycopg://u@h/d").run())

    async with asyncio.timeout(5):
        await again.wait()
    running.cancel()

    # In between, readers look of their own accord again.
    assert tries == [False, False]

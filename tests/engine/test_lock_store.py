"""One turn of a conversation at a time, first come, first served."""

from __future__ import annotations

import asyncio

import pytest
from rasa.core.lock_store import LockError

from bot.engine.lock_store import ConversationLockStore


async def take_turns(store: ConversationLockStore, conversation: str, names: list[str]) -> list[str]:
    """Let several messages of one conversation come in at once; return when each began and ended."""
    seen: list[str] = []

    async def turn(name: str) -> None:
        async with store.lock(conversation):
            seen.append(f"{name} begins")
            await asyncio.sleep(0)
            seen.append(f"{name} ends")

    await asyncio.gather(*(turn(name) for name in names))
    return seen


def test_turns_of_a_conversation_follow_each_other_in_order() -> None:
    seen = asyncio.run(take_turns(ConversationLockStore(), "a", ["1", "2", "3"]))

    assert seen == ["1 begins", "1 ends", "2 begins", "2 ends", "3 begins", "3 ends"]


def test_conversations_do_not_wait_for_each_other() -> None:
    async def both() -> bool:
        store = ConversationLockStore()
        async with store.lock("a"), store.lock("b", lock_lifetime=0.1):
            return True

    assert asyncio.run(both())


def test_a_turn_that_fails_lets_the_next_one_in_and_nothing_is_kept() -> None:
    async def fail_then_succeed() -> int:
        store = ConversationLockStore()
        with pytest.raises(ZeroDivisionError):
            async with store.lock("a"):
                raise ZeroDivisionError
        async with store.lock("a", lock_lifetime=0.1):
            pass
        return len(store._turns)

    assert asyncio.run(fail_then_succeed()) == 0


def test_who_waits_too_long_or_behind_too_many_is_refused() -> None:
    async def crowd() -> None:
        store = ConversationLockStore(most_waiting=1)
        async with store.lock("a"):
            with pytest.raises(LockError):
                async with store.lock("a", lock_lifetime=0.01):
                    raise AssertionError("two turns at once")
            waiting = asyncio.create_task(take_turns(store, "a", ["next"]))
            await asyncio.sleep(0.05)
            with pytest.raises(LockError):
                async with store.lock("a"):
                    raise AssertionError("two turns at once")
        assert await waiting == ["next begins", "next ends"]

    asyncio.run(crowd())

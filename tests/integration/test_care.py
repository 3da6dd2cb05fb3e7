"""Elderly and disabled customers: how it is known, where it is kept, and that they are served first."""

import pytest

from helpdesk.cases.model import Priority
from helpdesk.conversations import store
from helpdesk.conversations.sessions import HostIdentity
from helpdesk.database import Database
from helpdesk.handoff import queue
from helpdesk.handoff.card import build_card
from helpdesk.turns.model import BotReply, BotTurn
from helpdesk.turns.writing import Renderer
from tests.factories import make_nlu
from tests.integration.conftest import MovableClock
from tests.scenes import Customer, answer, open_customer, queue_up, say


async def told_the_bot(database: Database, customer: Customer, words: str, renderer: Renderer) -> None:
    said = await say(database, customer, words)
    turn = BotTurn(replies=(BotReply(response="utter_greet", text="您好"),), nlu=make_nlu("greet", decision="flow"))
    await answer(database, said.message, turn, renderer)


async def served_in_order(database: Database) -> list[str]:
    async with database.reading() as session:
        return [entry.conversation_id for entry in await queue.waiting(session)]


async def card_of(database: Database, customer: Customer) -> dict[str, object]:
    async with database.reading() as session:
        conversation = await store.get_conversation(session, customer.conversation_id)
        card = await build_card(session, conversation, {})
    assert card is not None
    return card


async def test_hosts_claim_puts_them_first_within_their_band_only(
    database: Database, movable_clock: MovableClock
) -> None:
    first = await open_customer(database)
    elder = await open_customer(database, HostIdentity(subject="u-1", name="", care="elder"))
    urgent = await open_customer(database)
    await queue_up(database, first)
    movable_clock.move(seconds=10)
    await queue_up(database, elder)
    movable_clock.move(seconds=10)
    await queue_up(database, urgent, priority=Priority.URGENT)

    order = await served_in_order(database)

    assert order == [urgent.conversation_id, elder.conversation_id, first.conversation_id]
    assert (await card_of(database, elder))["care"] == {
        "kind": "elder",
        "text": "老年客户",
        "source_text": "App 告知",
    }
    assert (await card_of(database, first))["care"] is None


async def test_customers_own_words_are_kept_for_the_next_time(
    database: Database, movable_clock: MovableClock, renderer: Renderer
) -> None:
    customer = await open_customer(database)
    await told_the_bot(database, customer, "我是听障人士，只能打字", renderer)
    other = await open_customer(database)
    await queue_up(database, other)

    await queue_up(database, customer)

    assert await served_in_order(database) == [customer.conversation_id, other.conversation_id]
    assert (await card_of(database, customer))["care"] == {
        "kind": "disabled",
        "text": "残障客户",
        "source_text": "客户自述",
    }


@pytest.mark.parametrize("words", ["怎么提前还款", "老年人可以借款吗"])
async def test_other_words_move_nobody(
    database: Database, movable_clock: MovableClock, renderer: Renderer, words: str
) -> None:
    other = await open_customer(database)
    await queue_up(database, other)
    customer = await open_customer(database)
    await told_the_bot(database, customer, words, renderer)

    await queue_up(database, customer)

    assert await served_in_order(database) == [other.conversation_id, customer.conversation_id]

"""The audit of the load and kill tests: it accepts what is whole and finds each fault that is planted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from helpdesk.conversations.model import Conversation, Owner, Sender
from tests.load.audit import Receipt, Seen, audit
from tests.load.figures import percentile, summary
from tests.load.ledger import Entry, Interval, Ledger

BEGAN = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def at(minute: int) -> datetime:
    return BEGAN + timedelta(minutes=minute)


def entry(seq: int, sender: Sender, **fields: object) -> Entry:
    usual = {"client_id": None, "in_reply_to": None, "reply_index": None, "is_waiting": False, "at": at(seq)}
    return Entry(id=f"m{seq}", conversation="c", seq=seq, sender=sender, **usual | fields)  # type: ignore[arg-type]


def whole() -> Ledger:
    """A question that the bot answers, a handoff and a question to people."""
    conversation = Conversation(
        contact_id="p",
        channel="web",
        owner=Owner.QUEUED,
        owner_epoch=2,
        last_seq=4,
        opened_at=at(0),
        last_message_at=at(4),
    )
    return Ledger(
        conversations={"c": conversation},
        messages={
            "c": [
                entry(1, Sender.CUSTOMER, client_id="L1"),
                entry(2, Sender.BOT, in_reply_to="m1", reply_index=0),
                entry(3, Sender.SYSTEM),
                entry(4, Sender.CUSTOMER, client_id="L2"),
            ]
        },
        intervals={
            "c": [
                Interval(epoch=1, owner=Owner.BOT, agent=None, began=at(0), ended=at(3)),
                Interval(epoch=2, owner=Owner.QUEUED, agent=None, began=at(3), ended=None),
            ]
        },
        waiting=["c"],
    )


RECEIPTS = {
    "L1": Receipt(id="m1", seq=1, conversation="c"),
    "L2": Receipt(id="m4", seq=4, conversation="c"),
}


def seen(*messages: tuple[int, str], after: int = 0) -> Seen:
    return Seen(reader="somebody", conversation="c", after=after, messages=messages)


def kinds(findings: list[str]) -> list[str]:
    return sorted({finding.partition(":")[0] for finding in findings})


def test_whole_conversation_has_no_findings():
    views = [seen((1, "m1"), (2, "m2"), (3, "m3"), (4, "m4")), seen((4, "m4"), after=3)]

    assert audit(whole(), RECEIPTS, views, prefix="L") == []


def planted(**changes: object) -> Ledger:
    return replace(whole(), **changes)  # type: ignore[arg-type]


def test_acknowledged_message_that_is_not_stored_is_lost():
    more = RECEIPTS | {"L3": Receipt(id="m5", seq=5, conversation="c")}

    assert kinds(audit(whole(), more, [], prefix="L")) == ["lost"]


def test_message_that_is_stored_twice_is_doubled():
    messages = [*whole().messages["c"], entry(5, Sender.CUSTOMER, client_id="L2")]
    ledger = planted(messages={"c": messages})
    ledger.conversations["c"].last_seq = 5

    assert kinds(audit(ledger, RECEIPTS, [], prefix="L")) == ["doubled"]


def test_message_of_which_nobody_was_told_is_found():
    assert kinds(audit(whole(), {"L1": RECEIPTS["L1"]}, [], prefix="L")) == ["unacknowledged"]


def test_missing_number_is_a_gap():
    messages = [message for message in whole().messages["c"] if message.seq != 3]

    assert kinds(audit(planted(messages={"c": messages}), RECEIPTS, [], prefix="L")) == ["gap"]


def test_bot_that_speaks_after_the_handoff_is_found():
    messages = [*whole().messages["c"], entry(5, Sender.BOT, in_reply_to="m4", reply_index=0)]
    ledger = planted(messages={"c": messages})
    ledger.conversations["c"].last_seq = 5

    assert kinds(audit(ledger, RECEIPTS, [], prefix="L")) == ["out of turn"]


def test_question_that_nobody_answers_is_found():
    messages = [message for message in whole().messages["c"] if message.seq in {1, 4}]
    only_bot = Interval(epoch=1, owner=Owner.BOT, agent=None, began=at(0), ended=None)
    ledger = planted(messages={"c": [messages[0]]}, intervals={"c": [only_bot]}, waiting=[])
    conversation = ledger.conversations["c"]
    conversation.owner, conversation.owner_epoch, conversation.last_seq = Owner.BOT, 1, 1

    assert kinds(audit(ledger, {"L1": RECEIPTS["L1"]}, [], prefix="L")) == ["unanswered"]


def test_question_that_two_turns_answered_is_found():
    first, answer, *others = whole().messages["c"]
    twice = [first, answer, replace(answer, id="m3", seq=3, at=answer.at), *others[1:]]

    assert kinds(audit(planted(messages={"c": twice}), RECEIPTS, [], prefix="L")) == ["doubled"]


@pytest.mark.parametrize("waiting", [[], ["c", "c"]])
def test_queue_entry_that_does_not_fit_the_owner_is_found(waiting: list[str]):
    assert kinds(audit(planted(waiting=waiting), RECEIPTS, [], prefix="L")) == ["owner"]


def test_two_open_intervals_are_found():
    first, second = whole().intervals["c"]

    findings = audit(planted(intervals={"c": [replace(first, ended=None), second]}), RECEIPTS, [], prefix="L")

    assert kinds(findings) == ["owner"]


VIEWS = {
    "lost": [(1, "m1"), (2, "m2"), (4, "m4")],
    "doubled": [(1, "m1"), (2, "m2"), (2, "m2"), (3, "m3"), (4, "m4")],
    "order": [(1, "m1"), (3, "m3"), (2, "m2"), (4, "m4")],
    "changed": [(1, "m1"), (2, "m2"), (3, "m3"), (4, "m4"), (5, "m5")],
}


@pytest.mark.parametrize("kind", VIEWS)
def test_fault_in_what_a_client_received_is_found(kind: str):
    assert kinds(audit(whole(), RECEIPTS, [seen(*VIEWS[kind])], prefix="L")) == [kind]


def test_percentile_is_a_value_that_was_measured():
    values = [number / 1000 for number in range(1, 101)]

    assert [percentile(values, percent) for percent in (50, 95, 99, 100)] == [0.05, 0.095, 0.099, 0.1]
    assert summary([]) == {"n": 0}
    with pytest.raises(ValueError):
        percentile([], 95)

"""Comparing what was acknowledged, what clients received and what the database holds: every difference is a finding."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from helpdesk.conversations.model import Owner, Sender
from tests.load.ledger import Entry, Interval, Ledger


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What a client was told when its message was accepted."""

    id: str
    seq: int
    conversation: str


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What one client received of one conversation after `after`, in the order in which it came: (seq, id)."""

    reader: str
    conversation: str
    after: int
    messages: Sequence[tuple[int, str]]


def audit(ledger: Ledger, receipts: Mapping[str, Receipt], seen: Sequence[Seen], *, prefix: str = "") -> list[str]:
    """Return what is wrong, a line each; empty where nothing was lost, doubled, out of order or left without an owner.

    `receipts` are by the client's own id; `prefix` tells the load's messages from those that were there before.
    """
    return [
        *_check_receipts(ledger, receipts, prefix),
        *_check_numbers(ledger),
        *_check_owners(ledger),
        *_check_answers(ledger),
        *(finding for view in seen for finding in _check_view(ledger, view)),
    ]


def _check_receipts(ledger: Ledger, receipts: Mapping[str, Receipt], prefix: str) -> Iterator[str]:
    stored: dict[str, list[Entry]] = {}
    for entries in ledger.messages.values():
        for entry in entries:
            if entry.client_id is not None and entry.client_id.removeprefix("agent:").startswith(prefix):
                stored.setdefault(entry.client_id.removeprefix("agent:"), []).append(entry)
    for client_id, receipt in receipts.items():
        found = stored.get(client_id, [])
        if not found:
            yield f"lost: {client_id} was acknowledged and is not stored"
        elif [(entry.id, entry.seq, entry.conversation) for entry in found[:1]] != [
            (receipt.id, receipt.seq, receipt.conversation)
        ]:
            yield f"changed: {client_id} is not what was acknowledged"
    for client_id, found in stored.items():
        if len(found) > 1:
            yield f"doubled: {client_id} is stored {len(found)} times"
        if client_id not in receipts:
            yield f"unacknowledged: {client_id} is stored and its sender was never told"


def _check_numbers(ledger: Ledger) -> Iterator[str]:
    for conversation_id, entries in ledger.messages.items():
        numbers = [entry.seq for entry in entries]
        if numbers != list(range(1, ledger.conversations[conversation_id].last_seq + 1)):
            yield f"gap: the numbers of {conversation_id} are not dense"
        times = [entry.at for entry in entries]
        if times != sorted(times):
            yield f"order: {conversation_id} is not in the order of time"


def _check_owners(ledger: Ledger) -> Iterator[str]:
    waiting = Counter(ledger.waiting)
    still_open = Counter(row.contact_id for row in ledger.conversations.values() if row.owner is not Owner.CLOSED)
    for contact_id, count in still_open.items():
        if count > 1:
            yield f"owner: {contact_id} has {count} open conversations"
    for conversation_id, row in ledger.conversations.items():
        intervals = ledger.intervals[conversation_id]
        current = [(i.epoch, i.owner, i.agent) for i in intervals if i.ended is None]
        if current != [(row.owner_epoch, row.owner, row.agent_id)]:
            yield f"owner: {conversation_id} has not exactly the one open interval of its owner"
        if [interval.epoch for interval in intervals] != list(range(1, row.owner_epoch + 1)):
            yield f"owner: the epochs of {conversation_id} are not dense"
        if waiting[conversation_id] != (1 if row.owner is Owner.QUEUED else 0):
            yield f"owner: {conversation_id} is {row.owner.value} and waits {waiting[conversation_id]} times"


def _check_answers(ledger: Ledger) -> Iterator[str]:
    for conversation_id, entries in ledger.messages.items():
        intervals = ledger.intervals[conversation_id]
        answers: dict[str, list[Entry]] = {}
        for entry in entries:
            if entry.in_reply_to is not None:
                answers.setdefault(entry.in_reply_to, []).append(entry)
            if entry.sender is Sender.BOT and not _owned_by(intervals, Owner.BOT, entry):
                yield f"out of turn: the bot wrote {entry.id} in a conversation of people's"
        for entry in entries:
            if entry.sender is not Sender.CUSTOMER:
                continue
            if entry.is_waiting:
                yield f"unanswered: {entry.id} still waits"
            replies = answers.get(entry.id, [])
            if [reply.reply_index for reply in replies] != list(range(len(replies))):
                yield f"doubled: {entry.id} was answered by two turns"
            if not replies and not entry.is_waiting and not _went_to_people(intervals, entry):
                yield f"unanswered: {entry.id} was nobody's"


def _owned_by(intervals: Sequence[Interval], owner: Owner, entry: Entry) -> bool:
    return any(i.owner is owner and i.began <= entry.at and (i.ended is None or entry.at <= i.ended) for i in intervals)


def _went_to_people(intervals: Sequence[Interval], entry: Entry) -> bool:
    """Return whether somebody else than the bot owned the conversation at the message's time or later."""
    return any(i.owner is not Owner.BOT and (i.ended is None or i.ended >= entry.at) for i in intervals)


def _check_view(ledger: Ledger, view: Seen) -> Iterator[str]:
    expected = [(entry.seq, entry.id) for entry in ledger.messages[view.conversation] if entry.seq > view.after]
    if list(view.messages) == expected:
        return
    received, wanted = Counter(view.messages), Counter(expected)
    where = f"{view.reader} in {view.conversation}"
    if any(count > 1 for count in received.values()):
        yield f"doubled: {where} received a message twice"
    if lost := wanted - received:
        yield f"lost: {where} missed {sum(lost.values())} messages"
    if received.keys() - wanted.keys():
        yield f"changed: {where} received what is not stored"
    if received == wanted:
        yield f"order: {where} received messages out of order"

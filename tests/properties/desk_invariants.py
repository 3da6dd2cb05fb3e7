"""What must hold at the desk after any step."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import select

from helpdesk.cases.model import Case, CaseConversation, CaseStatus
from helpdesk.conversations.model import Assignment, Conversation, Message, MessageKind, Owner, Sender, TurnState
from helpdesk.handoff.model import QueueEntry
from tests.properties.desk import Desk

# What each event tells the customer; the others do not change the owner.
_OWNER_AFTER = {
    "queued": Owner.QUEUED,
    "kept": Owner.QUEUED,
    "agent_joined": Owner.AGENT,
    "returned_to_bot": Owner.BOT,
    "closed": Owner.CLOSED,
}
# Who may write while somebody owns the conversation; the system tells of changes at any time.
_SPEAKER = {Owner.BOT: Sender.BOT, Owner.AGENT: Sender.AGENT}


class Invariants:
    """Compares the whole database with the rules, and with what it held before."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._epochs: dict[str, int] = {}
        self._messages: dict[str, tuple[str, int, str]] = {}

    async def check(self) -> None:
        async with self._desk.database.reading() as session:
            conversations = (await session.scalars(select(Conversation))).all()
            messages = (await session.scalars(select(Message).order_by(Message.seq))).all()
            intervals = (await session.scalars(select(Assignment).order_by(Assignment.epoch))).all()
            entries = await session.scalars(select(QueueEntry.conversation_id).where(QueueEntry.left_at.is_(None)))
            waiting = Counter(entries)
            cases = await session.execute(
                select(CaseConversation.conversation_id, Case.type)
                .join(Case, Case.id == CaseConversation.case_id)
                .where(Case.status != CaseStatus.CLOSED)
            )
            open_cases = Counter((conversation_id, case_type) for conversation_id, case_type in cases)
        assert max(open_cases.values(), default=1) == 1, "two open cases of one type"
        written = sorted(message.id for message in messages if message.sender is Sender.CUSTOMER)
        assert written == sorted(self._desk.accepted.values()), "an accepted message is gone or stored twice"
        self._check_conversations(conversations)
        for conversation in conversations:
            own = [message for message in messages if message.conversation_id == conversation.id]
            owned = [interval for interval in intervals if interval.conversation_id == conversation.id]
            self._check_owner(conversation, owned, waiting[conversation.id])
            self._check_transcript(conversation, own, owned)
            self._check_turns(own)

    def _check_conversations(self, conversations: Sequence[Conversation]) -> None:
        still_open = [conversation for conversation in conversations if conversation.owner is not Owner.CLOSED]
        assert len(still_open) <= 1, "two open conversations of one customer"
        previous = {conversation.previous_id for conversation in conversations}
        assert len(previous) == len(conversations), "a conversation is not linked to the one before"

    def _check_owner(self, conversation: Conversation, intervals: Sequence[Assignment], waiting: int) -> None:
        still_open = [(i.epoch, i.owner, i.agent_id) for i in intervals if i.ended_at is None]
        assert still_open == [(conversation.owner_epoch, conversation.owner, conversation.agent_id)]
        assert [interval.epoch for interval in intervals] == list(range(1, conversation.owner_epoch + 1))
        assert conversation.owner_epoch >= self._epochs.get(conversation.id, 1), "an epoch went back"
        self._epochs[conversation.id] = conversation.owner_epoch
        assert (conversation.agent_id is not None) is (conversation.owner is Owner.AGENT)
        assert waiting == (1 if conversation.owner is Owner.QUEUED else 0)

    def _check_transcript(
        self, conversation: Conversation, messages: Sequence[Message], intervals: Sequence[Assignment]
    ) -> None:
        assert [message.seq for message in messages] == list(range(1, conversation.last_seq + 1))
        owners = [Owner.BOT]
        for message in messages:
            written = (message.conversation_id, message.seq, message.text)
            assert self._messages.setdefault(message.id, written) == written, "a message was changed"
            if message.kind is MessageKind.EVENT and message.body["event"] in _OWNER_AFTER:
                owners.append(_OWNER_AFTER[message.body["event"]])
            if message.sender in _SPEAKER.values():
                assert _SPEAKER.get(owners[-1]) is message.sender, f"{message.sender.value} spoke out of turn"
            if message.sender is Sender.CUSTOMER:
                assert owners[-1] is not Owner.CLOSED, "a message went into a closed conversation"
        assert owners == [interval.owner for interval in intervals], "the customer was not told of a change"

    def _check_turns(self, messages: Sequence[Message]) -> None:
        answers: dict[str, list[Message]] = {}
        for message in messages:
            if message.in_reply_to is not None:
                answers.setdefault(message.in_reply_to, []).append(message)
            is_finished = message.id in self._desk.finished
            wanted = {True: TurnState.DONE, False: TurnState.WAITING}[is_finished]
            assert message.turn_state is (wanted if message.sender is Sender.CUSTOMER else None)
        for question, replies in answers.items():
            first = replies[0].seq
            assert question in self._desk.finished
            assert [reply.reply_index for reply in replies] == list(range(len(replies)))
            assert [reply.seq for reply in replies] == list(range(first, first + len(replies))), "answered twice"

"""Whatever happens at the desk, in whichever order: one owner at a time, nothing lost, nothing said out of turn."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant, run_state_machine_as_test
from sqlalchemy import select

from helpdesk.cases.model import Case, CaseConversation, CaseStatus
from helpdesk.conversations.model import Assignment, Conversation, Message, MessageKind, Owner, Sender, TurnState
from helpdesk.handoff.model import QueueEntry
from tests.factories import make_knowledge
from tests.properties.desk_machine import Desk
from tests.scenes import make_renderer

OWNER_AFTER = {
    "queued": Owner.QUEUED,
    "kept": Owner.QUEUED,
    "agent_joined": Owner.AGENT,
    "returned_to_bot": Owner.BOT,
    "closed": Owner.CLOSED,
}
# Who may write while somebody owns the conversation; the system tells of changes at any time.
SPEAKERS = {Owner.BOT: Sender.BOT, Owner.AGENT: Sender.AGENT}


class CheckedDesk(Desk):
    """The invariants, looked at after every step."""

    seen_epochs: dict[str, int]

    def __init__(self) -> None:
        super().__init__()
        self.seen_epochs = {}
        self.seen_messages: dict[str, tuple[str, int, str]] = {}

    @invariant()
    def all_is_well(self) -> None:
        if hasattr(self, "agents"):
            self.run(self.look())

    async def look(self) -> None:
        async with self.database.reading() as session:
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
        for conversation in conversations:
            own = [message for message in messages if message.conversation_id == conversation.id]
            owned = [interval for interval in intervals if interval.conversation_id == conversation.id]
            self.check_owner(conversation, owned, waiting[conversation.id])
            self.check_transcript(conversation, own, owned)
            self.check_bookkeeping(own)
        self.check_contacts(list(conversations))
        assert max(Counter(map(tuple, cases)).values(), default=1) == 1, "two open cases of one type"

    def check_owner(self, conversation: Conversation, intervals: list[Assignment], waiting: int) -> None:
        open_intervals = [interval for interval in intervals if interval.ended_at is None]
        assert [(i.epoch, i.owner, i.agent_id) for i in open_intervals] == [
            (conversation.owner_epoch, conversation.owner, conversation.agent_id)
        ]
        assert [interval.epoch for interval in intervals] == list(range(1, conversation.owner_epoch + 1))
        assert conversation.owner_epoch >= self.seen_epochs.get(conversation.id, 1), "an epoch went back"
        self.seen_epochs[conversation.id] = conversation.owner_epoch
        assert (conversation.agent_id is not None) is (conversation.owner is Owner.AGENT)
        assert waiting == (1 if conversation.owner is Owner.QUEUED else 0)

    def check_transcript(
        self, conversation: Conversation, messages: list[Message], intervals: list[Assignment]
    ) -> None:
        assert [message.seq for message in messages] == list(range(1, conversation.last_seq + 1))
        owners = [Owner.BOT]
        for message in messages:
            if message.kind is MessageKind.EVENT and message.body["event"] in OWNER_AFTER:
                owners.append(OWNER_AFTER[message.body["event"]])
            if message.sender in SPEAKERS.values():
                assert SPEAKERS.get(owners[-1]) is message.sender, f"{message.sender.value} spoke out of turn"
            if message.sender is Sender.CUSTOMER:
                assert owners[-1] is not Owner.CLOSED
        assert owners == [interval.owner for interval in intervals], "the customer was not told of a change"

    def check_bookkeeping(self, messages: list[Message]) -> None:
        answers: dict[str, list[Message]] = {}
        for message in messages:
            first_seen = (message.conversation_id, message.seq, message.text)
            assert self.seen_messages.setdefault(message.id, first_seen) == first_seen, "a message was changed"
            if message.in_reply_to is not None:
                answers.setdefault(message.in_reply_to, []).append(message)
            if message.sender is Sender.CUSTOMER:
                assert (message.turn_state is TurnState.DONE) is (message.id in self.finished)
            else:
                assert message.turn_state is None
        for question, replies in answers.items():
            assert question in self.finished
            assert [reply.reply_index for reply in replies] == list(range(len(replies)))
            assert [reply.seq for reply in replies] == list(range(replies[0].seq, replies[0].seq + len(replies)))

    def check_contacts(self, conversations: list[Conversation]) -> None:
        still_open = Counter(c.contact_id for c in conversations if c.owner is not Owner.CLOSED)
        assert max(still_open.values(), default=0) <= 1, "two open conversations of one customer"
        previous = [c.previous_id for c in conversations if c.previous_id is not None]
        assert len(previous) == len(set(previous)) == len(conversations) - 1
        assert set(self.accepted.values()) <= set(self.seen_messages), "an accepted message is gone"


@pytest.fixture(scope="module")
def desk(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> type[CheckedDesk]:
    CheckedDesk.template = sqlite_template
    CheckedDesk.renderer = make_renderer(make_knowledge(tmp_path_factory.mktemp("desk") / "knowledge"))
    return CheckedDesk


def test_desk_stays_whole_whatever_happens(desk: type[CheckedDesk]):
    run_state_machine_as_test(
        desk,
        settings=settings(
            max_examples=20, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
        ),
    )

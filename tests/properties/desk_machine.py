"""A support desk that hypothesis plays with: a customer, a bot that answers late or fails, and two agents."""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from helpdesk.agents.model import Agent
from helpdesk.cases.model import Priority
from helpdesk.conversations import store
from helpdesk.conversations.model import Conversation, Message, Owner
from helpdesk.conversations.service import Accepted, lock_current_conversation, write_agent_reply
from helpdesk.database import Database
from helpdesk.errors import AlreadyClaimedError, HandoffNotQueuedError, NotOwnerError, NotQueuedError
from helpdesk.handoff import service as handoff
from helpdesk.turns import service as turns
from helpdesk.turns.model import BotReply
from helpdesk.turns.service import Outcome
from helpdesk.turns.writing import Renderer
from tests.databases import sqlite_url
from tests.factories import make_nlu, make_scam
from tests.scenes import CHANNEL, Customer, add_agent, answer, ask_for_person, look_up, make_turn, open_customer, say

STILL_OPEN = {Outcome.ASK_AGAIN, Outcome.ALREADY_DONE}
REPLY = BotReply(response="utter_scripted", text="先看合同。")
TURNS = {
    "one reply": make_turn("先看合同。"),
    "two replies": make_turn("先看合同。", "还有问题吗？"),
    "an article": make_turn(article="overdue_fee"),
    "an article for people": make_turn(article="pii_leak"),
    "an urgent article": make_turn(article="victim_stop"),
    "a miss": make_turn("没有听明白。", decision="fallback"),
    "urgent words": make_turn("先停下。", scam=make_scam("P0")),
}
agents = st.integers(min_value=0, max_value=1)


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A turn that the bot works on, with the epoch in which it began."""

    question: Message
    epoch: int


class Desk(RuleBasedStateMachine):
    """The rules: everything that people and the bot can do, at any moment and in any order."""

    template: ClassVar[Path]
    renderer: ClassVar[Renderer]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="xb-desk-"))
        self.runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        shutil.copy(self.template, self.folder / "xiaobao.db")
        self.database = Database(sqlite_url(self.folder / "xiaobao.db"))
        self.begun: list[Begun] = []
        self.accepted: dict[str, str] = {}
        self.finished: dict[str, Outcome] = {}

    def run[T](self, work: Awaitable[T]) -> T:
        async def bounded() -> T:
            async with asyncio.timeout(20):
                return await work

        return self.runner.run(bounded())

    def teardown(self) -> None:
        self.runner.run(self.database.close())
        self.runner.close()
        shutil.rmtree(self.folder)

    @initialize()
    def open_the_desk(self) -> None:
        async def people() -> None:
            self.customer: Customer = await open_customer(self.database)
            self.agents: list[Agent] = [await add_agent(self.database, name, name=name) for name in ("lin", "wang")]

        self.run(people())

    async def current(self) -> Conversation:
        async with self.database.reading() as session:
            found = await store.find_current_conversation(session, self.customer.contact_id)
        assert found is not None
        return found

    async def next_waiting(self, conversation_id: str) -> Message | None:
        async with self.database.reading() as session:
            return await store.next_waiting_message(session, conversation_id)

    def finish(self, question: Message, outcome: Outcome) -> None:
        if outcome not in STILL_OPEN:
            assert question.id not in self.finished, "a message was dealt with twice"
            self.finished[question.id] = outcome

    async def expected(self, turn: Begun) -> Outcome | None:
        """Return what must become of a turn that comes too late, None for one in time."""
        if turn.question.id in self.finished:
            return Outcome.ALREADY_DONE
        conversation = await look_up(self.database, turn.question.conversation_id)
        if conversation.owner is not Owner.BOT:
            return Outcome.LEFT_TO_PEOPLE
        return Outcome.ASK_AGAIN if conversation.owner_epoch != turn.epoch else None

    @rule()
    def customer_writes(self) -> None:
        client_id = f"message-{len(self.accepted)}"
        accepted = self.run(say(self.database, self.customer, client_id, client_id=client_id))
        assert accepted.is_new
        self.accepted[client_id] = accepted.message.id

    @precondition(lambda self: self.accepted)
    @rule(data=st.data())
    def customer_sends_again(self, data: st.DataObject) -> None:
        client_id = data.draw(st.sampled_from(sorted(self.accepted)))
        twice = [say(self.database, self.customer, client_id, client_id=client_id) for _ in range(2)]

        async def both() -> list[Accepted]:
            return await asyncio.gather(*twice)

        assert [(one.message.id, one.is_new) for one in self.run(both())] == [(self.accepted[client_id], False)] * 2

    @rule()
    def bot_begins_a_turn(self) -> None:
        conversation = self.run(self.current())
        question = self.run(self.next_waiting(conversation.id))
        if question is not None and conversation.owner is Owner.BOT:
            self.begun.append(Begun(question=question, epoch=conversation.owner_epoch))

    @precondition(lambda self: self.begun)
    @rule(data=st.data(), priority=st.sampled_from(Priority))
    def action_asks_for_a_person(self, data: st.DataObject, priority: Priority) -> None:
        turn = data.draw(st.sampled_from(self.begun))
        self.run(ask_for_person(self.database, turn.question, priority=priority))

    @precondition(lambda self: self.begun)
    @rule(data=st.data(), what=st.sampled_from(sorted(TURNS)), is_last=st.booleans())
    def bot_answers(self, data: st.DataObject, what: str, is_last: bool) -> None:
        turn = data.draw(st.sampled_from(self.begun))
        if is_last:
            self.begun.remove(turn)
        expected = self.run(self.expected(turn))
        outcome = self.run(answer(self.database, turn.question, TURNS[what], self.renderer, epoch=turn.epoch))
        assert expected is None or outcome is expected
        self.finish(turn.question, outcome)

    @precondition(lambda self: self.begun)
    @rule(data=st.data(), replies=st.sampled_from([(), (REPLY,)]))
    def bot_fails(self, data: st.DataObject, replies: tuple[BotReply, ...]) -> None:
        turn = data.draw(st.sampled_from(self.begun))
        self.begun.remove(turn)

        async def fail() -> Outcome:
            async with self.database.transaction() as session:
                return await turns.commit_failure(
                    session,
                    question_id=turn.question.id,
                    epoch=turn.epoch,
                    replies=replies,
                    nlu=None,
                    renderer=self.renderer,
                )

        expected = self.run(self.expected(turn))
        outcome = self.run(fail())
        assert outcome is (expected or Outcome.HANDED_OVER)
        self.finish(turn.question, outcome)

    @rule(is_urgent=st.booleans())
    def message_to_people_is_annotated(self, is_urgent: bool) -> None:
        conversation = self.run(self.current())
        question = self.run(self.next_waiting(conversation.id))
        if question is None:
            return

        async def annotate() -> Outcome:
            nlu = make_nlu(scam=make_scam("P0") if is_urgent else None)
            async with self.database.transaction() as session:
                return await turns.commit_annotation(session, question_id=question.id, nlu=nlu)

        outcome = self.run(annotate())
        assert (outcome is Outcome.ASK_AGAIN) is (conversation.owner is Owner.BOT)
        self.finish(question, outcome)

    @rule()
    def customer_asks_for_a_person(self) -> None:
        async def ask() -> None:
            async with self.database.transaction() as session:
                conversation = await lock_current_conversation(session, self.customer.contact_id, channel=CHANNEL)
                if conversation.owner is Owner.BOT:
                    await handoff.hand_over(
                        session, conversation, reason="request_human", priority=Priority.NORMAL, decided_by="customer"
                    )

        self.run(ask())

    @rule()
    def customer_goes_back_to_the_bot(self) -> None:
        conversation = self.run(self.current())

        async def cancel() -> None:
            async with self.database.transaction() as session:
                await handoff.cancel(session, conversation.id)

        self.attempt(cancel(), conversation.owner is Owner.QUEUED, HandoffNotQueuedError)

    @rule()
    def both_agents_claim_at_once(self) -> None:
        conversation = self.run(self.current())

        async def claim(agent: Agent) -> str:
            async with self.database.transaction() as session:
                await handoff.claim(session, conversation.id, agent)
            return agent.id

        async def both() -> list[str | BaseException]:
            return await asyncio.gather(*(claim(agent) for agent in self.agents), return_exceptions=True)

        results = self.run(both())
        kinds = {type(result) for result in results}
        people = {Owner.QUEUED, Owner.AGENT}
        assert kinds == ({str, AlreadyClaimedError} if conversation.owner in people else {NotQueuedError})
        if conversation.owner is Owner.AGENT:
            assert conversation.agent_id in results

    @rule(agent=agents)
    def agent_replies(self, agent: int) -> None:
        conversation, sender = self.run(self.current()), self.agents[agent]

        async def reply() -> None:
            async with self.database.transaction() as session:
                await write_agent_reply(
                    session,
                    conversation_id=conversation.id,
                    agent_id=sender.id,
                    agent_name=sender.name,
                    client_id=f"reply-{conversation.last_seq}",
                    text="您好",
                )

        self.attempt(reply(), conversation.agent_id == sender.id, NotOwnerError)

    @rule(agent=agents, step=st.sampled_from(["close", "follow up", "return", "requeue"]))
    def agent_gives_up(self, agent: int, step: str) -> None:
        conversation, holder = self.run(self.current()), self.agents[agent]

        async def give_up() -> None:
            async with self.database.transaction() as session:
                if step == "return":
                    await handoff.return_to_bot(session, conversation.id, holder)
                elif step == "requeue":
                    await handoff.requeue(session, conversation.id, holder, note=None)
                else:
                    resolution = "resolved" if step == "close" else "follow_up"
                    await handoff.close(session, conversation.id, holder, resolution=resolution, note="")

        self.attempt(give_up(), conversation.agent_id == holder.id, NotOwnerError)

    def attempt(self, work: Awaitable[None], is_permitted: bool, refusal: type[Exception]) -> None:
        """Do what must succeed exactly when it is permitted."""
        try:
            self.run(work)
        except refusal:
            assert not is_permitted
        else:
            assert is_permitted

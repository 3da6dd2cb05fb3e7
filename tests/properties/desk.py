"""A support desk to play with: a customer, a bot that answers late or fails, and two agents, on the real services.

Each step knows from the state before it whether it must succeed, and which refusal is right otherwise. Any of them may
be cut short by the end of the process, and several may happen at once.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.agents.model import Agent
from helpdesk.cases.model import Priority
from helpdesk.conversations import store
from helpdesk.conversations.model import Conversation, Message, Owner
from helpdesk.conversations.service import Accepted, write_agent_reply
from helpdesk.database import Database
from helpdesk.errors import (
    AlreadyClaimedError,
    HandoffNotQueuedError,
    HelpdeskError,
    NotOwnerError,
    NotQueuedError,
)
from helpdesk.handoff import service as handoff
from helpdesk.handoff import transferring
from helpdesk.turns import service as turns
from helpdesk.turns.model import BotReply, BotTurn
from helpdesk.turns.service import Outcome
from helpdesk.turns.writing import Renderer
from tests.factories import make_nlu, make_scam
from tests.scenes import Customer, add_agent, answer, ask_for_person, open_customer, queue_up, say

# What leaves a message as it was.
_NO_END = {Outcome.ASK_AGAIN, Outcome.ALREADY_DONE}
_STEP_SECONDS = 20
_TURNS = 3


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A turn that the bot works on, with the epoch in which it began."""

    question: Message
    epoch: int


class CrashError(Exception):
    """Here the process has died."""


class Desk:
    """One customer's matter from all sides; `current` is the conversation as the last step left it."""

    def __init__(self, database_url: str, renderer: Renderer) -> None:
        self._url = database_url
        self._renderer = renderer
        # How many statements are left until the process dies.
        self._fuse: int | None = None
        self.database = self._connect()
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        # The newest turns; older ones would come too late whatever happens.
        self.begun: deque[Begun] = deque(maxlen=_TURNS)
        self.accepted: dict[str, str] = {}
        self.finished: dict[str, Outcome] = {}
        self.customer: Customer = self.run(open_customer(self.database))
        self.agents: list[Agent] = [self.run(add_agent(self.database, name, name=name)) for name in ("lin", "wang")]
        self.look()

    def run[T](self, work: Awaitable[T]) -> T:
        async def bounded() -> T:
            async with asyncio.timeout(_STEP_SECONDS):
                return await work

        return self._runner.run(bounded())

    def leave(self) -> None:
        self.run(self.database.close())
        self._runner.close()

    def _connect(self) -> Database:
        database = Database(self._url)
        event.listen(database.engine.sync_engine, "before_cursor_execute", self._burn)
        event.listen(database.engine.sync_engine, "commit", self._burn)
        return database

    def _burn(self, *_: object) -> None:
        if self._fuse is not None:
            self._fuse -= 1
            if self._fuse < 0:
                raise CrashError

    def crash_during(self, step: Callable[[], None], statements: int) -> None:
        """Let the process die after so many statements of a step, if it has as many, and start a new one.

        A step that is cut short notes nothing, so nothing of it may be found in the database.
        """
        self._fuse = statements
        try:
            step()
        except CrashError:
            pass
        finally:
            self._fuse = None
        self.run(self.database.close())
        self.database = self._connect()

    def look(self) -> None:
        """Take note of where the conversation stands."""

        async def find() -> tuple[Conversation | None, Message | None]:
            async with self.database.reading() as session:
                found = await store.find_current_conversation(session, self.customer.contact_id)
                return found, found and await store.next_waiting_message(session, found.id)

        current, self.waiting = self.run(find())
        assert current is not None
        self.current = current

    @property
    def owner(self) -> Owner:
        return self.current.owner

    @property
    def holder(self) -> Agent:
        """The agent who owns the conversation."""
        return next(agent for agent in self.agents if agent.id == self.current.agent_id)

    def write(self) -> None:
        client_id = f"message-{len(self.accepted)}"
        accepted = self.run(say(self.database, self.customer, client_id, client_id=client_id))
        assert accepted.is_new
        self.accepted[client_id] = accepted.message.id

    def write_again(self, client_id: str) -> None:
        for _ in range(2):
            accepted = self.run(say(self.database, self.customer, client_id, client_id=client_id))
            assert (accepted.message.id, accepted.is_new) == (self.accepted[client_id], False)

    @property
    def can_begin(self) -> bool:
        """Whether the worker would ask the bot now; it does not ask twice in one ownership."""
        epochs = {turn.question.id: turn.epoch for turn in self.begun}
        if self.waiting is None or self.owner is not Owner.BOT:
            return False
        return epochs.get(self.waiting.id) != self.current.owner_epoch

    @property
    def can_annotate(self) -> bool:
        """Whether the worker would only have the waiting message parsed: the bot does not work on it."""
        at_work = {turn.question.id for turn in self.begun}
        return self.waiting is not None and self.owner is not Owner.BOT and self.waiting.id not in at_work

    def begin_turn(self) -> None:
        assert self.waiting is not None
        self.begun.append(Begun(question=self.waiting, epoch=self.current.owner_epoch))

    def request_by_action(self, turn: Begun, priority: Priority) -> None:
        self.run(ask_for_person(self.database, turn.question, priority=priority))

    def answer(self, turn: Begun, said: BotTurn) -> None:
        outcome = self.run(answer(self.database, turn.question, said, self._renderer, epoch=turn.epoch))
        self._finish(turn, outcome, in_time={Outcome.ANSWERED, Outcome.HANDED_OVER})

    def fail(self, turn: Begun, replies: Sequence[BotReply]) -> None:
        outcome = self.run(self._do(lambda session: self._fail(session, turn, replies)))
        self._finish(turn, outcome, in_time={Outcome.HANDED_OVER})

    def annotate(self, *, is_urgent: bool) -> None:
        assert self.waiting is not None
        question = self.waiting
        nlu = make_nlu(scam=make_scam("P0") if is_urgent else None)

        async def annotate(session: AsyncSession) -> Outcome:
            return await turns.commit_annotation(session, question_id=question.id, nlu=nlu)

        turn = Begun(question=question, epoch=self.current.owner_epoch)
        self._finish(turn, self.run(self._do(annotate)), in_time=set())

    def _finish(self, turn: Begun, outcome: Outcome, *, in_time: set[Outcome]) -> None:
        """Compare an outcome with what was right before the step, and note that a message is dealt with."""
        if turn.question.id in self.finished:
            right = {Outcome.ALREADY_DONE}
        elif turn.question.conversation_id != self.current.id or self.owner is not Owner.BOT:
            right = {Outcome.LEFT_TO_PEOPLE}
        elif self.current.owner_epoch != turn.epoch:
            right = {Outcome.ASK_AGAIN}
        else:
            right = in_time
        assert outcome in right, f"{outcome} instead of {right}"
        if outcome is Outcome.ALREADY_DONE and turn in self.begun:
            self.begun.remove(turn)
        if outcome not in _NO_END:
            self.finished[turn.question.id] = outcome

    def ask_for_person(self) -> None:
        self.run(queue_up(self.database, self.customer))

    def cancel(self) -> None:
        self._attempt(
            lambda session: handoff.cancel(session, self.current.id), self.owner is Owner.QUEUED, HandoffNotQueuedError
        )

    def claim(self) -> None:
        """Let both agents claim at once."""

        async def claim(agent: Agent) -> str:
            await self._do(lambda session: handoff.claim(session, self.current.id, agent))
            return agent.id

        async def both() -> list[str | BaseException]:
            return await asyncio.gather(*(claim(agent) for agent in self.agents), return_exceptions=True)

        results = self.run(both())
        if self.owner in {Owner.QUEUED, Owner.AGENT}:
            assert {type(result) for result in results} == {str, AlreadyClaimedError}
        else:
            assert {type(result) for result in results} == {NotQueuedError}
        if self.owner is Owner.AGENT:
            assert self.current.agent_id in results

    def reply(self, agent: Agent) -> None:
        async def reply(session: AsyncSession) -> None:
            await write_agent_reply(
                session,
                conversation_id=self.current.id,
                agent_id=agent.id,
                agent_name=agent.name,
                client_id=f"reply-{self.current.last_seq}",
                text="您好",
            )

        self._attempt(reply, self.current.agent_id == agent.id, NotOwnerError)

    def give_up(self, agent: Agent, how: str) -> None:
        async def give_up(session: AsyncSession) -> None:
            if how == "return":
                await handoff.return_to_bot(session, self.current.id, agent)
            elif how == "requeue":
                await handoff.requeue(session, self.current.id, agent, note=None)
            else:
                await handoff.close(session, self.current.id, agent, resolution=how, note="")

        self._attempt(give_up, self.current.agent_id == agent.id, NotOwnerError)

    def take_over(self, agent: Agent) -> None:
        """Let the other agent get the conversation, whether it waits or is served."""
        is_right = self.owner is Owner.QUEUED or (self.owner is Owner.AGENT and self.current.agent_id != agent.id)
        self._attempt(
            lambda session: transferring.take_over(session, self.current.id, agent, reason="急"),
            is_right,
            HelpdeskError,
        )

    def at_once(self, whats: Sequence[str], turn: Begun | None, said: BotTurn) -> None:
        """Let several things happen at the same moment, in whichever order; each is done whole or refused."""
        jobs = [self._job(what, number, turn, said) for number, what in enumerate(whats)]

        async def together() -> list[object]:
            return await asyncio.gather(*(work for work, _ in jobs), return_exceptions=True)

        for (_, note), result in zip(jobs, self.run(together()), strict=True):
            if not isinstance(result, BaseException):
                note(result)
            elif not isinstance(result, HelpdeskError):
                raise result

    def _job(
        self, what: str, number: int, turn: Begun | None, said: BotTurn
    ) -> tuple[Awaitable[object], Callable[[object], None]]:
        current, agent = self.current.id, self.agents[number % len(self.agents)]
        if what == "write":
            client_id = f"message-{len(self.accepted)}-at-once-{number}"

            def accepted(result: object) -> None:
                assert isinstance(result, Accepted)
                self.accepted[client_id] = result.message.id

            return say(self.database, self.customer, client_id, client_id=client_id), accepted
        if what in {"answer", "fail"} and turn is not None:

            def finished(result: object) -> None:
                assert isinstance(result, Outcome)
                if result not in _NO_END:
                    assert turn.question.id not in self.finished, "two turns have dealt with one message"
                    self.finished[turn.question.id] = result

            if what == "answer":
                return answer(self.database, turn.question, said, self._renderer, epoch=turn.epoch), finished
            return self._do(lambda session: self._fail(session, turn, ())), finished
        works: dict[str, Callable[[AsyncSession], Awaitable[object]]] = {
            "cancel": lambda session: handoff.cancel(session, current),
            "close": lambda session: handoff.close(session, current, agent, resolution="resolved", note=""),
            "requeue": lambda session: handoff.requeue(session, current, agent, note=None),
            "take over": lambda session: transferring.take_over(session, current, agent, reason="急"),
        }
        work = works.get(what, lambda session: handoff.claim(session, current, agent))
        return self._do(work), lambda _: None

    async def _fail(self, session: AsyncSession, turn: Begun, replies: Sequence[BotReply]) -> Outcome:
        return await turns.commit_failure(
            session,
            question_id=turn.question.id,
            epoch=turn.epoch,
            replies=replies,
            nlu=None,
            renderer=self._renderer,
        )

    async def _do[T](self, work: Callable[[AsyncSession], Awaitable[T]]) -> T:
        async with self.database.transaction() as session:
            return await work(session)

    def _attempt(
        self, work: Callable[[AsyncSession], Awaitable[object]], is_right: bool, refusal: type[Exception]
    ) -> None:
        """Do what must succeed exactly when it is right."""
        try:
            self.run(self._do(work))
        except refusal:
            is_refused = True
        else:
            is_refused = False
        assert is_refused is not is_right

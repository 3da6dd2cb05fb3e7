"""The turn worker: one conversation's messages in order, many conversations at once."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession

from gateway.bot_client import BotClient, BotError
from gateway.live import QUEUE, Hub, about
from gateway.metrics import Metrics
from gateway.undisturbed import undisturbed
from helpdesk.conversations import store
from helpdesk.conversations.model import Owner
from helpdesk.database import Database, Json
from helpdesk.turns import service as turns
from helpdesk.turns.model import BotTurn
from helpdesk.turns.service import Outcome
from helpdesk.turns.writing import Renderer

logger = logging.getLogger(__name__)

# More would only wait for the bot, which works on one core.
_MOST_AT_ONCE = 16
_SWEEP_SECONDS = 2.0
_SWEEP_MOST = 500
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 2.0
# Cues on what people answer are wanted soon or not at all.
_PARSE_SECONDS = 3.0
# After an unexpected failure (a full disk, a lost database) the next try waits.
_FAILURE_PAUSE_SECONDS = 1.0
# A message that fails for its own sake this often goes to a person instead of being tried for ever.
_MOST_FAILURES = 3
_CUES = ("scam", "gray", "crisis")
# The database is away or busy, whatever the message holds: no reason to give the message up.
_DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeoutError, OSError)


@dataclass(frozen=True, kw_only=True)
class _Question:
    id: str
    conversation_id: str
    text: str
    payload: Json | None
    # A file without words: nothing to ask the bot about.
    is_mute: bool
    owner: Owner
    epoch: int
    last_seq: int


@dataclass(frozen=True, kw_only=True)
class _Done:
    """What a commit left behind."""

    outcome: Outcome
    owner: Owner
    agent_id: str | None
    last_seq: int
    has_cue: bool


class TurnWorker:
    """Takes waiting customer messages from the database; `wake` only saves it the time to look."""

    def __init__(
        self,
        *,
        database: Database,
        bot: BotClient,
        hub: Hub,
        metrics: Metrics,
        renderer: Callable[[], Renderer],
        attempt_seconds: float,
        budget_seconds: float,
    ) -> None:
        """Join the parts; `run` does the work."""
        self._database = database
        self._bot = bot
        self._hub = hub
        self._metrics = metrics
        self._renderer = renderer
        self._attempt_seconds = attempt_seconds
        self._budget_seconds = budget_seconds
        self._places = asyncio.Semaphore(_MOST_AT_ONCE)
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._woken_again: set[str] = set()
        self._failures: Counter[str] = Counter()

    def wake(self, conversation_id: str) -> None:
        """Look at a conversation now; while it is being looked at, look once more afterwards."""
        if conversation_id in self._busy:
            self._woken_again.add(conversation_id)
            return
        task = asyncio.create_task(self._serve(conversation_id))
        self._busy[conversation_id] = task
        task.add_done_callback(lambda _: self._served(conversation_id))

    def _served(self, conversation_id: str) -> None:
        self._busy.pop(conversation_id, None)
        if conversation_id in self._woken_again:
            self._woken_again.discard(conversation_id)
            self.wake(conversation_id)

    async def run(self) -> None:
        """Sweep for messages that nobody woke us for (after a restart, say), until cancelled."""
        try:
            while True:
                try:
                    waiting = await undisturbed(self._waiting())
                except Exception:
                    logger.exception("the sweep for waiting messages failed")
                    waiting = ()
                for conversation_id in waiting:
                    if conversation_id not in self._busy:
                        self.wake(conversation_id)
                await asyncio.sleep(_SWEEP_SECONDS)
        finally:
            tasks = list(self._busy.values())
            self._woken_again.clear()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _waiting(self) -> Sequence[str]:
        async with self._database.reading() as session:
            return await store.conversations_with_waiting_messages(session, limit=_SWEEP_MOST)

    async def _serve(self, conversation_id: str) -> None:
        async with self._places:
            try:
                while (question := await undisturbed(self._next(conversation_id))) is not None:
                    await self._answer_or_count(question)
            except (SQLAlchemyError, OSError):
                # The message stays waiting in the database; the sweep tries again once it is back.
                logger.exception("the database failed in conversation %s", conversation_id)
                await asyncio.sleep(_FAILURE_PAUSE_SECONDS)

    async def _answer_or_count(self, question: _Question) -> None:
        try:
            await self._answer(question)
        except _DATABASE_AWAY:
            raise
        except Exception:
            self._failures[question.id] += 1
            logger.exception("message %s failed (%d)", question.id, self._failures[question.id])
            if self._failures[question.id] < _MOST_FAILURES:
                await asyncio.sleep(_FAILURE_PAUSE_SECONDS)
                return
            await undisturbed(self._commit_failure(question, BotError("turn_failed")))
            self._hub.hint(question.conversation_id)
            self._hub.hint(QUEUE)
        self._failures.pop(question.id, None)

    async def _next(self, conversation_id: str) -> _Question | None:
        async with self._database.glancing() as session:
            message = await store.next_waiting_message(session, conversation_id)
            if message is None:
                return None
            conversation = await store.get_conversation(session, conversation_id)
            return _Question(
                id=message.id,
                conversation_id=conversation_id,
                # Never what stands in for the words of a picture or another file.
                text=message.spoken,
                payload=message.payload,
                is_mute=message.payload is None and message.spoken == "",
                owner=conversation.owner,
                epoch=conversation.owner_epoch,
                last_seq=conversation.last_seq,
            )

    async def _answer(self, question: _Question) -> None:
        with self._metrics.timed_turn():
            if question.is_mute:
                done = await undisturbed(self._commit_file(question))
            elif question.owner is Owner.BOT:
                done = await self._bot_turn(question)
            else:
                done = await self._annotate(question)
        self._metrics.turns.labels(done.outcome.value).inc()
        self._tell(question, done)

    def _tell(self, question: _Question, done: _Done) -> None:
        """Hint at what changed and at nothing else: each hint makes everybody concerned look."""
        if done.last_seq > question.last_seq or done.owner is Owner.CLOSED:
            # A closed one may go on in the customer's next.
            self._hub.hint(question.conversation_id)
        self._hub.hint(about(question.conversation_id))
        if done.agent_id is not None and done.has_cue:
            # Their list shows the case and how urgent it is.
            self._hub.hint(done.agent_id)
        if done.owner is not question.owner or done.owner not in {Owner.BOT, Owner.AGENT}:
            self._hub.hint(QUEUE)

    async def _bot_turn(self, question: _Question) -> _Done:
        try:
            turn = await self._ask(question)
        except BotError as error:
            logger.warning("bot failed on message %s: %s", question.id, error.code)
            return await undisturbed(self._commit_failure(question, error))
        return await undisturbed(self._commit_turn(question, turn))

    async def _commit_turn(self, question: _Question, turn: BotTurn) -> _Done:
        async with self._database.transaction() as session:
            outcome = await turns.commit_turn(
                session, question_id=question.id, epoch=question.epoch, turn=turn, renderer=self._renderer()
            )
            return await _done(session, question, outcome, turn.nlu)

    async def _commit_file(self, question: _Question) -> _Done:
        async with self._database.transaction() as session:
            outcome = await turns.commit_file(session, question_id=question.id)
            return await _done(session, question, outcome, None)

    async def _commit_failure(self, question: _Question, error: BotError) -> _Done:
        async with self._database.transaction() as session:
            outcome = await turns.commit_failure(
                session,
                question_id=question.id,
                epoch=question.epoch,
                replies=error.replies,
                nlu=error.nlu,
                renderer=self._renderer(),
            )
            return await _done(session, question, outcome, error.nlu)

    async def _ask(self, question: _Question) -> BotTurn:
        """Ask the bot within the budget, pausing longer after each failure.

        Raises:
            BotError: The last failure, once the budget is spent or the failure is final.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._budget_seconds
        pause = _FIRST_PAUSE_SECONDS
        while True:
            remaining = deadline - loop.time()
            try:
                return await self._bot.turn(
                    conversation=question.conversation_id,
                    message_id=question.id,
                    text=question.text,
                    payload=question.payload,
                    seconds=max(0.1, min(self._attempt_seconds, remaining)),
                )
            except BotError as error:
                if error.is_final or loop.time() + pause >= deadline:
                    raise
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    async def _annotate(self, question: _Question) -> _Done:
        try:
            nlu = await self._bot.parse(message_id=question.id, text=question.text, seconds=_PARSE_SECONDS)
        except BotError as error:
            logger.warning("no cues for message %s: %s", question.id, error.code)
            nlu = None
        return await undisturbed(self._commit_annotation(question, nlu))

    async def _commit_annotation(self, question: _Question, nlu: Json | None) -> _Done:
        async with self._database.transaction() as session:
            outcome = await turns.commit_annotation(session, question_id=question.id, nlu=nlu)
            return await _done(session, question, outcome, nlu)


async def _done(session: AsyncSession, question: _Question, outcome: Outcome, nlu: Json | None) -> _Done:
    # Locked and read by the commit: this asks the database nothing.
    conversation = await store.get_conversation(session, question.conversation_id)
    return _Done(
        outcome=outcome,
        owner=conversation.owner,
        agent_id=conversation.agent_id,
        last_seq=conversation.last_seq,
        has_cue=any((nlu or {}).get(cue) for cue in _CUES),
    )

"""The outbox's sender: claims what is due, delivers it outside any transaction and records how it went."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.live import QUEUE, Hub, Subscription
from gateway.webhooks import Webhook, WebhookError, answer_object
from helpdesk.database import Database, Json
from helpdesk.outbox import conversation, service
from helpdesk.outbox.model import OutboxMessage, OutboxState
from helpdesk.protection import service as protection
from helpdesk.protection.answer import parse_answer

logger = logging.getLogger(__name__)

# The topic that says: something was put into the outbox.
OUTBOX = "outbox"

_MOST_AT_ONCE = 16
_SWEEP_SECONDS = 1.0
# When the gateway stops, calls under way get this long; what is late goes back untried.
_GRACE_SECONDS = 5.0

_NOT_CONFIGURED = "not_configured"

# Records an outcome on a claimed message; returns the conversation that has something new.
Recording = Callable[[AsyncSession, OutboxMessage], Awaitable[str | None]]


class OutboxSender:
    """Delivers due messages, many at once; the database decides which, so several gateways may run one each."""

    def __init__(
        self,
        *,
        database: Database,
        hub: Hub,
        webhooks: Mapping[str, Webhook | None],
        others: Collection[str] = (),
        sweep_seconds: float = _SWEEP_SECONDS,
        grace_seconds: float = _GRACE_SECONDS,
    ) -> None:
        """Join the parts.

        Args:
            database: Holds the outbox.
            hub: Hears of what changed.
            webhooks: The host's addresses by destination, None where none is configured.
            others: Destinations that have a sender of their own.
            sweep_seconds: How long to trust in hints.
            grace_seconds: What calls under way are given when the gateway stops.
        """
        self._database = database
        self._hub = hub
        self._webhooks = webhooks
        self._others = others
        self._sweep_seconds = sweep_seconds
        self._grace_seconds = grace_seconds
        self._news = Subscription()
        self._work: set[asyncio.Task[None]] = set()
        self._calls: set[asyncio.Task[bytes]] = set()
        self._delivering = 0
        self._is_stopping = False

    async def run(self) -> None:
        """Deliver until cancelled; a hint saves a look, the sweep finds what nobody hinted at."""
        with (
            self._hub.subscribed(OUTBOX, self._news),
            # Turns that put something into the outbox hand the conversation over, and so change the queue.
            self._hub.subscribed(QUEUE, self._news),
        ):
            try:
                while True:
                    # Not to be torn by a cancellation: what is claimed and not delivered would wait for its lease.
                    await asyncio.shield(self._start(self._claim_and_deliver()))
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(self._sweep_seconds):
                            await self._news.wait()
            finally:
                await self._stop()

    async def _stop(self) -> None:
        self._is_stopping = True
        if self._calls:
            await asyncio.wait(self._calls, timeout=self._grace_seconds)
        for call in self._calls:
            call.cancel()
        while self._work:
            await asyncio.wait(self._work)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        return task

    async def _claim_and_deliver(self) -> None:
        places = _MOST_AT_ONCE - self._delivering
        if places <= 0:
            # Whoever is done hints, and the next look follows.
            return
        try:
            async with self._database.reading() as session:
                if not await service.is_any_due(session, others=self._others):
                    return
            async with self._database.transaction() as session:
                claimed = await service.claim_due(session, places, others=self._others)
        except Exception:
            logger.exception("the sweep of the outbox failed")
            return
        for message in claimed:
            self._delivering += 1
            self._start(self._deliver(message))

    async def _deliver(self, message: OutboxMessage) -> None:
        try:
            await self._record(message, await self._outcome(message))
        except Exception:
            logger.exception("outbox message %s failed", message.id)
            await self._record_internal_failure(message)
        finally:
            self._delivering -= 1
            # There is a place again, and perhaps the next message of the same case.
            self._news.hint()

    async def _outcome(self, message: OutboxMessage) -> Recording:
        """Deliver a message; return what is to be recorded."""
        if message.destination == conversation.DESTINATION:
            return conversation.deliver
        if message.destination not in self._webhooks:
            return _failed(WebhookError("destination_unknown", is_final=True))
        webhook = self._webhooks[message.destination]
        if webhook is None:
            return _not_configured
        if self._is_stopping:
            return _released
        # A task of its own, so that `_stop` can end the call and still have the outcome recorded.
        call = asyncio.create_task(webhook.post(message.id, message.payload))
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        await asyncio.wait([call])
        if call.cancelled():
            return _released
        try:
            body = call.result()
            if message.destination == protection.DESTINATION:
                return _answered(answer_object(body))
        except WebhookError as error:
            logger.warning("outbox message %s to %s: %s", message.id, message.destination, error.code)
            return _failed(error)
        return _arrived

    async def _record(self, claimed: OutboxMessage, recording: Recording) -> None:
        async def work(session: AsyncSession) -> str | None:
            message = await service.lock_claimed(session, claimed.id, attempt=claimed.attempts)
            # Its lease ran out and somebody else goes on with it.
            return None if message is None else await recording(session, message)

        conversation_id = await self._database.retrying(work)
        if conversation_id is not None:
            self._hub.hint(conversation_id)

    async def _record_internal_failure(self, message: OutboxMessage) -> None:
        try:
            await self._record(message, _failed(WebhookError("internal")))
        except Exception:
            # The message comes back when its lease has run out.
            logger.exception("the failure of outbox message %s was not recorded", message.id)


async def _arrived(_session: AsyncSession, message: OutboxMessage) -> str | None:
    service.mark_sent(message, {})
    return None


async def _released(_session: AsyncSession, message: OutboxMessage) -> str | None:
    service.release(message)
    return None


async def _not_configured(session: AsyncSession, message: OutboxMessage) -> str | None:
    service.mark_skipped(message, _NOT_CONFIGURED)
    if message.destination == protection.DESTINATION:
        await protection.record_silence(session, message, protection.NOT_CONFIGURED, error=_NOT_CONFIGURED)
    return message.conversation_id


def _answered(answer: Json) -> Recording:
    async def record(session: AsyncSession, message: OutboxMessage) -> str | None:
        try:
            checked = parse_answer(answer, requested=message.payload.get("actions", []))
        except ValueError:
            logger.warning("outbox message %s: the host's answer is not as agreed", message.id)
            return await _failed(WebhookError("answer_invalid"))(session, message)
        service.mark_sent(message, checked.as_json())
        return await protection.record_answer(session, message, checked) or message.conversation_id

    return record


def _failed(error: WebhookError) -> Recording:
    async def record(session: AsyncSession, message: OutboxMessage) -> str | None:
        service.mark_failed(message, error.code, is_final=error.is_final, retry_after=error.retry_after)
        if message.state is not OutboxState.DEAD:
            return None
        if message.destination == protection.DESTINATION:
            await protection.record_silence(session, message, protection.FAILED, error=error.code)
        return message.conversation_id

    return record

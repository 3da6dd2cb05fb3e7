"""The sender of alerts: what is due for one robot leaves as one message, at a pace that no platform refuses."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from gateway.alerts.robot import MOST_BYTES, RATE_LIMITED, Robot
from gateway.undisturbed import undisturbed
from gateway.webhooks import WebhookError
from helpdesk.alerts.policy import destination_of, fitting
from helpdesk.alerts.wording import line_of
from helpdesk.database import Database
from helpdesk.outbox import service
from helpdesk.outbox.model import OutboxMessage

logger = logging.getLogger(__name__)

# 20 messages a minute is the strictest limit, and one platform punishes the 21st with ten minutes: with 15 there is
# room for a clock that differs. Counted before a call, over all gateways that share the database.
PACE_SECONDS = 4.0
_MOST_AT_ONCE = 20
_SEPARATOR = "\n\n"


class AlertSender:
    """Delivers the alerts of the outbox, one robot at a time each; several gateways may run one each."""

    def __init__(
        self, *, database: Database, robots: Mapping[str, Robot], desk_url: str, pace_seconds: float = PACE_SECONDS
    ) -> None:
        """Join the parts; `robots` by their names in `helpdesk.settings.ALERT_ROBOTS`."""
        self._database = database
        self._robots = robots
        self._desk_url = desk_url
        self._pace_seconds = pace_seconds

    async def run(self) -> None:
        """Deliver until cancelled; what is under way is recorded first."""
        async with asyncio.TaskGroup() as group:
            for name in self._robots:
                group.create_task(self._serve(name))

    async def _serve(self, name: str) -> None:
        while True:
            try:
                await undisturbed(self.deliver(name))
            except Exception:
                # One robot's trouble must end neither its own loop nor that of the others.
                logger.exception("delivering alerts through %s failed", name)
            await asyncio.sleep(self._pace_seconds)

    async def deliver(self, name: str) -> None:
        """Send what is due for one robot, as one message, unless it is too early for the next one."""
        try:
            claimed = await self._claim(name)
        except Exception:
            logger.exception("the sweep of alerts for %s failed", name)
            return
        if not claimed:
            return
        claimed, lines = await self._worded(claimed)
        if not claimed:
            return
        kept = fitting(lines, separator=_SEPARATOR, most_bytes=MOST_BYTES)
        error: WebhookError | None = None
        try:
            await self._robots[name].send(_SEPARATOR.join(kept))
        except WebhookError as refused:
            logger.warning("%d alerts through %s: %s", len(kept), name, refused.code)
            error = refused
        except Exception as unexpected:
            # Its words may quote the address, and that holds the key.
            logger.error("alerts through %s failed: %s", name, type(unexpected).__name__)  # noqa: TRY400
            error = WebhookError("internal")
        await self._record(claimed, len(kept), error)

    async def _worded(self, claimed: Sequence[OutboxMessage]) -> tuple[Sequence[OutboxMessage], Sequence[str]]:
        """Return the alerts that there are words for; what another release has left must not hold them up."""
        kept, lines = [], []
        for message in claimed:
            try:
                lines.append(line_of(message.kind, message.payload, desk_url=self._desk_url))
            except (KeyError, ValueError):
                logger.exception("there are no words for alert %s", message.id)
                await self._record([message], 1, WebhookError("no_words", is_final=True))
            else:
                kept.append(message)
        return kept, lines

    async def _claim(self, name: str) -> Sequence[OutboxMessage]:
        destination = destination_of(name)
        async with self._database.reading() as session:
            if not await service.is_any_due(session, destination=destination):
                return ()
            if await self._is_too_early(session, destination):
                return ()
        async with self._database.transaction() as session:
            return await service.claim_due(session, _MOST_AT_ONCE, destination=destination)

    async def _is_too_early(self, session: AsyncSession, destination: str) -> bool:
        # A tenth less: our own last message must not delay the next by a whole round.
        pace = timedelta(seconds=0.9 * self._pace_seconds)
        return await service.was_sent_within(session, destination, pace) or await service.is_put_off(
            session, destination, RATE_LIMITED
        )

    async def _record(self, claimed: Sequence[OutboxMessage], sent: int, error: WebhookError | None) -> None:
        async def work(session: AsyncSession) -> None:
            for place, ours in enumerate(claimed):
                message = await service.lock_claimed(session, ours.id, attempt=ours.attempts)
                if message is None:
                    # Its lease ran out and somebody else goes on with it.
                    continue
                if place >= sent:
                    service.release(message)
                elif error is None:
                    service.mark_sent(message, {})
                else:
                    service.mark_failed(message, error.code, is_final=error.is_final, retry_after=error.retry_after)

        try:
            await self._database.retrying(work)
        except Exception:
            # They come back when their lease has run out.
            logger.exception("the outcome of %d alerts was not recorded", len(claimed))

"""The router: offers what waits to agents, and takes back what they leave lying; the database decides, row by row."""

import asyncio
import logging
import time
from dataclasses import dataclass
from datetime import timedelta

from gateway.live import QUEUE, Hub, Subscription
from gateway.undisturbed import undisturbed
from helpdesk.agents import presence
from helpdesk.database import Database
from helpdesk.handoff import taking_back
from helpdesk.handoff.taking_back import Overdue, Patience
from helpdesk.routing import service as routing
from helpdesk.settings import Settings

logger = logging.getLogger(__name__)

# Hints wake it at once; offers run out without one.
_SWEEP_SECONDS = 1.0
# Many changes in a moment are one look.
_REST_SECONDS = 0.1
# What is counted in minutes need not be looked at each time.
_TIDY_SECONDS = 5.0
# A break in which a renewal of presence may have been missed.
_BREAK_SECONDS = presence.RENEW_SECONDS


@dataclass(frozen=True, kw_only=True)
class RoutingPolicy:
    """The settings of routing; see .env.example."""

    is_automatic: bool
    accept_within: timedelta
    patience: Patience

    @classmethod
    def of(cls, settings: Settings) -> "RoutingPolicy":
        """Take them out of the settings."""
        return cls(
            is_automatic=settings.routing == "automatic",
            accept_within=timedelta(seconds=settings.routing_accept_seconds),
            patience=Patience(
                offline=timedelta(seconds=settings.routing_offline_seconds),
                reply=timedelta(minutes=settings.routing_reply_minutes),
            ),
        )


class Router:
    """One transaction a conversation; gateways beside each other skip what another one has locked."""

    def __init__(
        self, *, database: Database, hub: Hub, policy: RoutingPolicy, sweep_seconds: float = _SWEEP_SECONDS
    ) -> None:
        """Join the parts."""
        self._database = database
        self._hub = hub
        self._policy = policy
        self._news = Subscription(sweep_seconds)
        # Since when the database has answered without a longer break, and when it did last.
        self._answered_since = time.monotonic()
        self._answered_at = self._answered_since
        self._tidied_at = float("-inf")

    async def run(self) -> None:
        """Sweep whenever the queue changes, and every second, until cancelled."""
        with self._hub.subscribed(QUEUE, self._news):
            while True:
                await undisturbed(self.sweep())
                await asyncio.sleep(_REST_SECONDS)
                await self._news.wait()

    async def sweep(self) -> None:
        """Look once; what fails is left to the next sweep and holds up nothing else."""
        try:
            if time.monotonic() - self._tidied_at >= _TIDY_SECONDS:
                self._tidied_at = time.monotonic()
                self._look_for_break()
                await self._end_availability()
                await self._take_back()
                self._answered_at = time.monotonic()
            if self._policy.is_automatic:
                await self._offer()
                self._answered_at = time.monotonic()
        except Exception:
            logger.exception("the sweep of routing failed")

    def _knows_who_is_gone(self) -> bool:
        # Just after a start the desks are still on their way back; after a break nobody could be noted as present.
        return time.monotonic() - self._answered_since >= self._policy.patience.offline.total_seconds()

    def _look_for_break(self) -> None:
        now = time.monotonic()
        if now - self._answered_at > _BREAK_SECONDS:
            self._answered_since = now

    async def _end_availability(self) -> None:
        if not self._knows_who_is_gone():
            return
        absent_for = self._policy.patience.offline
        async with self._database.reading() as session:
            if not await presence.find_absent(session, absent_for):
                return
        ended = await self._database.retrying(lambda session: presence.end_availability(session, absent_for))
        for agent_id in ended:
            logger.info("agent %s is not available any more: the desk was left", agent_id)
            self._hub.hint(agent_id)

    async def _take_back(self) -> None:
        async with self._database.reading() as session:
            overdue = await taking_back.find_overdue(
                session, self._policy.patience, with_offline=self._knows_who_is_gone()
            )
        for one in overdue:
            try:
                await self._take_back_one(one)
            except Exception:
                logger.exception("conversation %s was not taken back", one.conversation_id)

    async def _take_back_one(self, overdue: Overdue) -> None:
        if await self._database.retrying(lambda session: taking_back.take_back(session, overdue)):
            logger.info("conversation %s went back to the queue", overdue.conversation_id)
            self._tell(overdue.conversation_id, overdue.agent_id)

    async def _offer(self) -> None:
        tried: set[str] = set()
        # An offer changes who could take what else waits: without a new look a long queue is gone through in vain.
        while await self._offer_next(tried):
            pass

    async def _offer_next(self, tried: set[str]) -> bool:
        """Make the next offer, in the order of the queue; false where there is none to make."""
        async with self._database.reading() as session:
            waiting = await routing.find_routable(session)
        for conversation_id in waiting:
            if conversation_id in tried:
                continue
            tried.add(conversation_id)
            try:
                if await self._route(conversation_id):
                    return True
            except Exception:
                logger.exception("conversation %s was not routed", conversation_id)
        return False

    async def _route(self, conversation_id: str) -> bool:
        routed = await self._database.retrying(
            lambda session: routing.route(session, conversation_id, accept_within=self._policy.accept_within)
        )
        if routed is None:
            return False
        self._tell(conversation_id, *routed.agent_ids)
        return routed.offered_to is not None

    def _tell(self, *topics: str) -> None:
        for topic in (QUEUE, *topics):
            self._hub.hint(topic)

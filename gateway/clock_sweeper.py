"""The sweep over clocks: warnings and breaches are noted when they are due, and the desk hears of them."""

import asyncio
import logging

from gateway.live import QUEUE, Hub
from gateway.undisturbed import undisturbed
from helpdesk.cases import escalation
from helpdesk.clocks import service as clocks
from helpdesk.database import Database

logger = logging.getLogger(__name__)

# Promises are in minutes; a warning may be a few seconds late.
_SWEEP_SECONDS = 10.0


class ClockSweeper:
    """Notes what is due, one transaction a clock; row locks keep two gateways from noting it twice."""

    def __init__(self, *, database: Database, hub: Hub, sweep_seconds: float = _SWEEP_SECONDS) -> None:
        """Join the parts."""
        self._database = database
        self._hub = hub
        self._sweep_seconds = sweep_seconds

    async def run(self) -> None:
        """Sweep until cancelled."""
        while True:
            await undisturbed(self.sweep())
            await asyncio.sleep(self._sweep_seconds)

    async def sweep(self) -> None:
        """Look once; a clock that fails is left to the next sweep and holds up no other."""
        try:
            async with self._database.reading() as session:
                due = await clocks.due_ids(session)
        except Exception:
            logger.exception("the sweep of the clocks failed")
            return
        for clock_id in due:
            try:
                await self._escalate(clock_id)
            except Exception:
                logger.exception("clock %s was not escalated", clock_id)

    async def _escalate(self, clock_id: str) -> None:
        noted = await self._database.retrying(lambda session: escalation.escalate(session, clock_id))
        if noted is None:
            return
        logger.warning("%s: clock %s", noted.kind, clock_id)
        for topic in (QUEUE, *noted.conversation_ids, *noted.agent_ids):
            self._hub.hint(topic)

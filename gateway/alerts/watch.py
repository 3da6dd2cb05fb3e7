"""The look for what the people on call have to know; row keys keep two gateways from telling it twice."""

import asyncio
import logging
import socket
from datetime import datetime

from gateway.bot_client import BotClient
from gateway.undisturbed import undisturbed
from helpdesk import clock
from helpdesk.alerts import service as alerts
from helpdesk.alerts.policy import OnCall
from helpdesk.database import Database

logger = logging.getLogger(__name__)

_SWEEP_SECONDS = 5.0
# A bot that restarts is away for less.
_BOT_PATIENCE_SECONDS = 45.0
_NAME_MOST = 40


class AlertWatch:
    """Raises each alert once and clears it when its matter is over."""

    def __init__(
        self,
        *,
        database: Database,
        bot: BotClient,
        on_call: OnCall,
        patience_seconds: float,
        sweep_seconds: float = _SWEEP_SECONDS,
        bot_patience_seconds: float = _BOT_PATIENCE_SECONDS,
    ) -> None:
        """Join the parts; an urgent customer may wait `patience_seconds` while somebody is there."""
        self._database = database
        self._bot = bot
        self._on_call = on_call
        self._patience_seconds = patience_seconds
        self._sweep_seconds = sweep_seconds
        self._bot_patience_seconds = bot_patience_seconds
        # Each gateway has its own bot beside it: which of them is away?
        self._where = socket.gethostname()[:_NAME_MOST]
        self._away_since: datetime | None = None

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await undisturbed(self.look())
            await asyncio.sleep(self._sweep_seconds)

    async def look(self) -> None:
        """Look once; a look that fails is left to the next one."""
        try:
            is_ready = await self._bot.is_ready()
            await self._tell(is_ready)
            await self._clear(self._where if is_ready else None)
        except Exception:
            logger.exception("the look for alerts failed")

    async def _tell(self, is_ready: bool) -> None:
        async with self._database.reading() as session:
            found = await alerts.find_matters(session, patience_seconds=self._patience_seconds)
            outage = self._outage(is_ready)
            if outage is not None and not await alerts.has_open_bot_alert(session, self._where, self._on_call.robots):
                found.append(outage)
            news = await alerts.untold(session, found, self._on_call)
        if not news:
            return
        for alert in news:
            logger.warning("alert %s", alert.matter.value)
        await self._database.retrying(lambda session: alerts.raise_alerts(session, news, self._on_call))

    def _outage(self, is_ready: bool) -> alerts.Alert | None:
        """Return the alert of a bot that has been away for longer than a restart takes."""
        if is_ready:
            self._away_since = None
            return None
        self._away_since = self._away_since or clock.now()
        if (clock.now() - self._away_since).total_seconds() < self._bot_patience_seconds:
            return None
        return alerts.bot_down(self._where, self._away_since)

    async def _clear(self, recovered: str | None) -> None:
        async with self._database.reading() as session:
            over = await alerts.find_over(session, recovered=recovered)
        if over:
            await self._database.retrying(lambda session: alerts.clear(session, over))

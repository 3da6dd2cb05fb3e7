"""What waits now, as gauges for monitoring: read from the database when somebody asks."""

import logging

from prometheus_client import CollectorRegistry, Gauge

from helpdesk.alerts.figures import read_backlog
from helpdesk.database import Database

logger = logging.getLogger(__name__)


class BacklogGauges:
    """Gauges of the whole installation: every gateway on one database shows the same."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Register the figures."""
        self._queue = Gauge("xiaobao_queue_waiting", "Customers in the queue", ["priority"], registry=registry)
        self._oldest = Gauge("xiaobao_queue_oldest_seconds", "Longest present wait in the queue", registry=registry)
        self._due = Gauge("xiaobao_outbox_due", "Deliveries that should have left", ["destination"], registry=registry)
        self._due_oldest = Gauge("xiaobao_outbox_oldest_seconds", "Age of the oldest of these", registry=registry)
        self._dead = Gauge("xiaobao_outbox_dead", "Deliveries given up", ["destination"], registry=registry)
        self._breached = Gauge("xiaobao_clocks_breached", "Broken promises not yet made good", registry=registry)
        self._callbacks = Gauge("xiaobao_callbacks_due", "Calls that should have been made", registry=registry)
        self._readable = Gauge("xiaobao_database_readable", "1 where the figures above are fresh", registry=registry)

    async def refresh(self, database: Database) -> None:
        """Read the figures; while the database is away the others are still told."""
        try:
            async with database.reading() as session:
                backlog = await read_backlog(session)
        except Exception:
            logger.exception("the figures of what waits could not be read")
            self._readable.set(0)
            return
        for priority, count in backlog.queue.items():
            self._queue.labels(priority).set(count)
        self._oldest.set(backlog.queue_oldest_seconds)
        # A destination with nothing left must not keep its last figure.
        for gauge, counts in ((self._due, backlog.outbox_due), (self._dead, backlog.outbox_dead)):
            gauge.clear()
            for destination, count in counts.items():
                gauge.labels(destination).set(count)
        self._due_oldest.set(backlog.outbox_oldest_seconds)
        self._breached.set(backlog.clocks_breached)
        self._callbacks.set(backlog.callbacks_due)
        self._readable.set(1)

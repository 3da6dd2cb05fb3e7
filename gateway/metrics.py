"""Figures for monitoring, in Prometheus' text format; no text, names or numbers of customers."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from gateway.backlog import BacklogGauges

_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """One registry an application, so that tests do not share figures."""

    def __init__(self) -> None:
        """Register the figures."""
        self.registry = CollectorRegistry()
        self.messages = Counter("xiaobao_messages", "Customer messages stored", registry=self.registry)
        self.turns = Counter("xiaobao_turns", "Customer messages done with", ["outcome"], registry=self.registry)
        self.turn_seconds = Histogram(
            "xiaobao_turn_seconds",
            "From taking a waiting message to its answer's commit",
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.sockets = Gauge("xiaobao_open_sockets", "Open WebSockets", registry=self.registry)
        self.backlog = BacklogGauges(self.registry)

    @contextmanager
    def timed_turn(self) -> Iterator[None]:
        """Measure one turn."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.turn_seconds.observe(time.perf_counter() - began)


METRICS = web.AppKey("METRICS", Metrics)

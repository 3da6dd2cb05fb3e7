"""The only place that joins the gateway's parts."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import aiohttp
from aiohttp import web

from gateway import headers, health, metrics_endpoint, openapi, origins, pages
from gateway.alerts.wiring import alert_destinations, run_alerts
from gateway.bot_client import BotClient
from gateway.channels.web import api, uploads
from gateway.channels.web.socket import customer_socket
from gateway.clock_sweeper import ClockSweeper
from gateway.desk import (
    account,
    audit_log,
    auth,
    board,
    broadcasts,
    callbacks,
    canned,
    case_merging,
    cases,
    conversations,
    evidence,
    figures,
    gray,
    knowledge,
    notes,
    outbox,
    own_ratings,
    people,
    reveal,
    saved_views,
    teams,
    transfers,
)
from gateway.desk import uploads as desk_uploads
from gateway.desk.queue_board import QUEUE_BOARD, QueueBoard
from gateway.desk.socket import desk_socket
from gateway.desk.viewers import VIEWERS, Viewers
from gateway.errors import error_middleware
from gateway.file_sweeper import FileSweeper
from gateway.files import FileDesk
from gateway.keys import (
    BOT,
    DATABASE,
    FILES,
    HUB,
    KNOWLEDGE,
    MESSAGE_LIMIT,
    SECRET_BOX,
    SESSION_LIMIT,
    SETTINGS,
    SIGN_IN_LIMIT,
    TURNS,
    UPLOAD_LIMIT,
)
from gateway.knowledge import KnowledgeDesk
from gateway.live import Hub
from gateway.live_postgres import Relay
from gateway.metrics import METRICS, Metrics
from gateway.outbox_sender import OutboxSender
from gateway.presence import PRESENCE, Presence
from gateway.queue_places import QUEUE_PLACES, QueuePlaces
from gateway.rate_limit import RateLimiter
from gateway.router import Router, RoutingPolicy
from gateway.sockets import OPEN_SOCKETS, close_all
from gateway.turns import TurnWorker
from gateway.webhooks import Webhook
from helpdesk.agents.secret_box import SecretBox
from helpdesk.alerts.policy import DESTINATIONS as ALERT_DESTINATIONS
from helpdesk.database import Database, is_sqlite
from helpdesk.settings import Settings

logger = logging.getLogger(__name__)

_BODY_LIMIT = 256 * 1024
# A person types less; a broken client is told to wait (reference: 20 messages in 10 s a session).
_MESSAGES, _MESSAGE_SECONDS = 20, 10
# Many customers may share one address behind a mobile operator's gateway.
_SESSIONS, _SESSION_SECONDS = 60, 60
_SIGN_INS, _SIGN_IN_SECONDS = 20, 60
# A handful of screenshots at once, by one customer or agent; each costs the work of writing a picture anew.
_UPLOADS, _UPLOAD_SECONDS = 20, 60
# On PostgreSQL other gateways may have written; see Hub.
_POLL_SECONDS = 2.0


def init_app(settings: Settings) -> web.Application:
    """Build the application; nothing is opened before it starts.

    Raises:
        LibraryError: An article is broken.
    """
    app = web.Application(
        client_max_size=_BODY_LIMIT,
        middlewares=[origins.cors_middleware, error_middleware, auth.desk_middleware],
    )
    app[SETTINGS] = settings
    app[SECRET_BOX] = SecretBox(settings.second_factor_key)
    app[HUB] = Hub(poll_seconds=None if is_sqlite(settings.database_url) else _POLL_SECONDS)
    app[VIEWERS] = Viewers(app[HUB])
    app[METRICS] = Metrics()
    app[OPEN_SOCKETS] = set()
    app[KNOWLEDGE] = KnowledgeDesk(settings.knowledge_dir, settings.placeholders)
    app[FILES] = FileDesk(settings)
    app[UPLOAD_LIMIT] = RateLimiter(most=_UPLOADS, seconds=_UPLOAD_SECONDS, now=time.monotonic)
    app[MESSAGE_LIMIT] = RateLimiter(most=_MESSAGES, seconds=_MESSAGE_SECONDS, now=time.monotonic)
    app[SESSION_LIMIT] = RateLimiter(most=_SESSIONS, seconds=_SESSION_SECONDS, now=time.monotonic)
    app[SIGN_IN_LIMIT] = RateLimiter(most=_SIGN_INS, seconds=_SIGN_IN_SECONDS, now=time.monotonic)
    app.add_routes(
        [
            *api.routes(),
            *uploads.routes(),
            web.get("/api/v1/socket", customer_socket, allow_head=False),
            web.get("/api/v1/openapi.json", openapi.get_openapi, allow_head=False),
            *auth.routes(),
            *account.routes(),
            *audit_log.routes(),
            *conversations.routes(),
            *transfers.routes(),
            *teams.routes(),
            *people.routes(),
            *knowledge.routes(),
            *evidence.routes(),
            *cases.routes(),
            *case_merging.routes(),
            *outbox.routes(),
            *desk_uploads.routes(),
            *gray.routes(),
            *callbacks.routes(),
            *board.routes(),
            *figures.routes(),
            *broadcasts.routes(),
            *own_ratings.routes(),
            *canned.routes(),
            *notes.routes(),
            *reveal.routes(),
            *saved_views.routes(),
            web.get("/desk/socket", desk_socket, allow_head=False),
            web.get("/healthz", health.healthz),
            web.get("/readyz", health.readyz),
            web.get("/metrics", metrics_endpoint.get_metrics),
            *pages.routes(),
        ]
    )
    app.on_response_prepare.append(headers.add_security_headers)
    app.on_shutdown.append(close_all)
    app.cleanup_ctx.append(_database)
    app.cleanup_ctx.append(_background)
    return app


async def _database(app: web.Application) -> AsyncIterator[None]:
    app[DATABASE] = Database(app[SETTINGS].database_url)
    app[QUEUE_BOARD] = QueueBoard(app[DATABASE])
    app[PRESENCE] = Presence(database=app[DATABASE], hub=app[HUB])
    app[QUEUE_PLACES] = QueuePlaces(app[DATABASE])
    app[board.LIVE_BOARD] = board.LiveBoard(app[DATABASE])
    app[figures.FIGURES] = figures.FiguresDesk(app[DATABASE])
    yield
    await app[DATABASE].close()


async def _background(app: web.Application) -> AsyncIterator[None]:
    settings = app[SETTINGS]
    async with (
        aiohttp.ClientSession() as session,
        # Nothing of one call follows into the next.
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as host_session,
    ):
        app[BOT] = BotClient(session, url=settings.bot_url, token=settings.bot_token)
        app[TURNS] = TurnWorker(
            database=app[DATABASE],
            bot=app[BOT],
            hub=app[HUB],
            metrics=app[METRICS],
            renderer=lambda: app[KNOWLEDGE].renderer,
            attempt_seconds=settings.bot_attempt_seconds,
            budget_seconds=settings.bot_budget_seconds,
        )
        # Before the first search.
        await app[KNOWLEDGE].index(app[DATABASE])
        sender = OutboxSender(
            database=app[DATABASE],
            hub=app[HUB],
            webhooks=_webhooks(host_session, settings),
            others=alert_destinations(settings),
        )
        async with (
            _running(sender.run()),
            _running(ClockSweeper(database=app[DATABASE], hub=app[HUB]).run()),
            _running(_file_sweeper(app).run()),
            _running(run_alerts(database=app[DATABASE], bot=app[BOT], session=host_session, settings=settings)),
            _running(app[PRESENCE].run()),
            _running(Router(database=app[DATABASE], hub=app[HUB], policy=RoutingPolicy.of(settings)).run()),
            _running(_relay_hints(app)),
            _running(app[TURNS].run()),
            _running(app[KNOWLEDGE].keep_fresh(app[DATABASE])),
        ):
            yield


def _file_sweeper(app: web.Application) -> FileSweeper:
    files = app[FILES]
    return FileSweeper(database=app[DATABASE], hub=app[HUB], storage=files.storage, scanner=files.scanner)


async def _relay_hints(app: web.Application) -> None:
    if not is_sqlite(app[SETTINGS].database_url):
        await Relay(app[HUB], app[SETTINGS].database_url).run()


def _webhooks(session: aiohttp.ClientSession, settings: Settings) -> dict[str, Webhook | None]:
    """Return the host's addresses by the outbox's destination, None where none is configured."""
    addresses = {
        "risk_control": (settings.risk_control_url, settings.risk_control_secret),
        "notice": (settings.notice_url, settings.notice_secret),
    }
    # An alert for a robot that lost its address is nobody's to send any more.
    nobodys: dict[str, Webhook | None] = dict.fromkeys(ALERT_DESTINATIONS)
    return nobodys | {
        destination: Webhook(session, url=url, secret=secret) if url else None
        for destination, (url, secret) in addresses.items()
    }


@contextlib.asynccontextmanager
async def _running(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    task.add_done_callback(_log_failure)
    try:
        yield
    finally:
        task.cancel()
        # What failed was told when it did; the others still have to be ended in order.
        await asyncio.gather(task, return_exceptions=True)


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.critical("work in the background has ended; start the gateway again", exc_info=error)

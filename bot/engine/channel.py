"""The one channel into Rasa: turns and parses for the gateway, over loopback HTTP (docs/protocol.md 4)."""

from __future__ import annotations

import hmac
import logging
import os
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot.engine import answer, patches
from bot.engine.graph_runner import PlannedGraphRunner
from bot.engine.request import CHANNEL, MalformedRequestError, read_text, read_turn
from bot.engine.settings import Settings
from bot.engine.tracker_store import without_fallback
from bot.engine.turn import TurnError, run_turn

logger = logging.getLogger(__name__)

# Goes through everything a first customer would otherwise wait for: jieba's dictionary, the weights.
WARM_UP = "warm up"
BEARER = "Bearer "

Handler = Callable[[Request], Awaitable[HTTPResponse]]


class GatewayChannel(InputChannel):
    """Speaks the gateway's protocol: an error is an HTTP error, an empty answer is an error."""

    def __init__(self, token: str) -> None:
        """Accept only requests with this bearer token."""
        patches.apply()
        self._expected = (BEARER + token).encode()

    @classmethod
    def name(cls) -> str:
        """Give the name, which is also the path below /webhooks."""
        return CHANNEL

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> GatewayChannel:
        """Create the channel; the token is a secret and comes from the environment.

        Raises:
            SettingsError: The environment holds no token.
        """
        return cls(Settings.from_env(os.environ).token)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Define the routes.

        Rasa's own message handler is not used: it stores a turn whether or not its actions worked.
        """
        blueprint = Blueprint("gateway_channel")
        blueprint.ctx.warm = False

        @blueprint.listener("after_server_start")  # type: ignore[misc]  # Sanic is not typed
        async def warm_up(app: Any, _: Any) -> None:
            agent = app.ctx.agent
            if agent is None or not agent.is_ready():
                return
            agent.tracker_store = without_fallback(agent.tracker_store)
            agent.processor.tracker_store = agent.tracker_store
            agent.processor.graph_runner = PlannedGraphRunner.of(agent.processor.graph_runner)
            await agent.processor.parse_message(UserMessage(WARM_UP))
            blueprint.ctx.warm = True

        def guarded(handler: Handler) -> Handler:
            """Check the token and the model, and turn every failure into an error object."""

            @wraps(handler)
            async def handle(request: Request) -> HTTPResponse:
                if not self._is_authorised(request):
                    return _error(401, "unauthorized", "the bearer token is missing or wrong")
                if not blueprint.ctx.warm:
                    return _error(503, "model_not_ready", "no model is loaded yet")
                try:
                    return await handler(request)
                except MalformedRequestError as error:
                    return _error(400, error.code, error.message)
                except TurnError as error:
                    logger.warning("Turn failed: %s", error.code)
                    said = {key: error.said[key] for key in ("replies", "nlu") if key in error.said}
                    return _error(error.status, error.code, error.message, **said)
                except Exception as error:
                    # The text of an unforeseen error may quote the customer; its type may not.
                    logger.error("Turn failed: %s", _where(error))  # noqa: TRY400
                    return _error(500, "turn_failed", "the turn failed")

            return handle

        @blueprint.post("/turn")  # type: ignore[misc]  # Sanic is not typed
        @guarded
        async def turn(request: Request) -> HTTPResponse:
            return json(await run_turn(request.app.ctx.agent, read_turn(request.body)))

        @blueprint.post("/parse")  # type: ignore[misc]  # Sanic is not typed
        @guarded
        async def parse(request: Request) -> HTTPResponse:
            message = UserMessage(read_text(request.body))
            parsed = await request.app.ctx.agent.processor.parse_message(message)
            return json({"nlu": answer.nlu(parsed)})

        @blueprint.get("/ready")  # type: ignore[misc]  # Sanic is not typed
        @guarded
        async def ready(request: Request) -> HTTPResponse:
            return json({"model": request.app.ctx.agent.processor.model_filename})

        return blueprint

    def _is_authorised(self, request: Request) -> bool:
        given = request.headers.get("authorization", "").encode("utf-8", "surrogateescape")
        return hmac.compare_digest(given, self._expected)


def _error(status: int, code: str, message: str, **more: Any) -> HTTPResponse:
    return json({"error": {"code": code, "message": message}, **more}, status=status)


def _where(error: Exception) -> str:
    """Name the type of an error and the innermost line of it, without its text."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return type(error).__name__
    return f"{type(error).__name__} at {trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"

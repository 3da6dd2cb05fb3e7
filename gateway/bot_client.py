"""Talking to the bot's private channel (docs/protocol.md, section 4)."""

import json
import re
from collections.abc import Mapping
from typing import Any

import aiohttp

from helpdesk.database import Json
from helpdesk.turns.model import BotButton, BotReply, BotTurn

# A refusal that will not change by asking again.
_FINAL = {"malformed", "unauthorized", "action_failed", "empty_reply"}
_READY_SECONDS = 2.0
# PostgreSQL stores it in no text, not even in JSON. An even number of backslashes before it would be those of a text.
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")

# What others rely on in the bot's understanding; each part may be missing.
_NLU_KINDS = {
    "intent": dict,
    "topic": str,
    "article": str,
    "candidates": list,
    "entities": list,
    "scam": dict,
    "gray": dict,
    "crisis": str,
    "decision": str,
}
_INTENT_KINDS = {"name": str, "confidence": (int, float)}
_SCAM_KINDS = {"level": str, "type": str, "state": str, "spans": list}


class BotError(Exception):
    """The bot did not answer as it should; what it could still say is kept."""

    def __init__(self, code: str, *, replies: tuple[BotReply, ...] = (), nlu: Json | None = None) -> None:
        """Keep the code and the partial answer."""
        super().__init__(code)
        self.code = code
        self.replies = replies
        self.nlu = nlu

    @property
    def is_final(self) -> bool:
        """Whether asking again would give the same."""
        return self.code in _FINAL


class BotClient:
    """One keep-alive connection pool to the bot."""

    def __init__(self, session: aiohttp.ClientSession, *, url: str, token: str) -> None:
        """Call the bot at `url` with its bearer token."""
        self._session = session
        self._url = url
        self._headers = {"Authorization": f"Bearer {token}"}

    async def turn(
        self, *, conversation: str, message_id: str, text: str, payload: Json | None, seconds: float
    ) -> BotTurn:
        """Ask for the answer to one message.

        Raises:
            BotError: It failed, was late or made no sense.
        """
        request: Json = {"conversation": conversation, "message_id": message_id, "text": text}
        if payload is not None:
            request["payload"] = payload
        answer = await self._post("/webhooks/gateway/turn", request, seconds=seconds)
        turn = BotTurn(replies=_replies(answer), nlu=_nlu(answer))
        if not turn.replies:
            # An empty answer is an error, whatever the status says.
            raise BotError("empty_reply", nlu=turn.nlu)
        return turn

    async def parse(self, *, message_id: str, text: str, seconds: float) -> Json:
        """Return what the bot understands of a text, without a turn.

        Raises:
            BotError: It failed, was late or made no sense.
        """
        answer = await self._post("/webhooks/gateway/parse", {"message_id": message_id, "text": text}, seconds=seconds)
        return _nlu(answer)

    async def is_ready(self) -> bool:
        """Return whether the bot has a model and answers."""
        try:
            async with self._session.get(
                f"{self._url}/webhooks/gateway/ready",
                headers=self._headers,
                timeout=aiohttp.ClientTimeout(total=_READY_SECONDS),
            ) as response:
                return response.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def _post(self, path: str, request: Json, *, seconds: float) -> Json:
        try:
            async with self._session.post(
                self._url + path,
                json=request,
                headers=self._headers,
                timeout=aiohttp.ClientTimeout(total=seconds),
            ) as response:
                answer = await response.json(loads=_load)
                status = response.status
        except TimeoutError as error:
            raise BotError("timeout") from error
        except (aiohttp.ClientError, ValueError) as error:
            raise BotError("unreachable") from error
        if not isinstance(answer, dict):
            raise BotError("nonsense")
        if status != 200:
            refusal = answer.get("error")
            code = str(refusal.get("code")) if isinstance(refusal, dict) else f"status_{status}"
            raise BotError(code, replies=_replies(answer), nlu=_nlu(answer) if answer.get("nlu") else None)
        return answer


def _load(text: str) -> Any:
    """Read JSON of which every part can be stored and shown.

    Raises:
        ValueError: It is no JSON, or holds NaN, NUL or half of a surrogate pair.
    """
    if _NUL.search(text):
        raise ValueError
    value = json.loads(text)
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    return value


def _nlu(answer: Json) -> Json:
    nlu = answer.get("nlu")
    if not isinstance(nlu, dict) or not _fits(nlu, _NLU_KINDS):
        raise BotError("nonsense")
    candidates = nlu.get("candidates") or []
    if (
        not _fits(nlu.get("intent") or {}, _INTENT_KINDS)
        or not _fits(nlu.get("scam") or {}, _SCAM_KINDS)
        or not all(isinstance(candidate, dict) for candidate in candidates)
    ):
        raise BotError("nonsense")
    return nlu


def _fits(part: Json, kinds: Mapping[str, Any]) -> bool:
    return all(part.get(name) is None or isinstance(part[name], kind) for name, kind in kinds.items())


def _replies(answer: Json) -> tuple[BotReply, ...]:
    try:
        replies = [_reply(reply) for reply in answer.get("replies") or []]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BotError("nonsense") from error

    # A bubble with nothing in it says nothing.
    return tuple(reply for reply in replies if reply.text.strip() or reply.article)


def _reply(reply: dict[str, Any]) -> BotReply:
    article = reply.get("article")
    if article is not None and not isinstance(article, str):
        raise TypeError
    return BotReply(
        response=str(reply.get("response") or ""),
        text=str(reply.get("text") or ""),
        article=article,
        buttons=tuple(
            BotButton(title=str(button["title"]), payload=dict(button["payload"]))
            for button in reply.get("buttons") or []
        ),
        custom=dict(reply.get("custom") or {}),
    )

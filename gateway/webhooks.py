"""Signed calls to the host system: a configured address, an answer within limits (docs/protocol.md, section 6)."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

import aiohttp
from yarl import URL

from helpdesk import clock
from helpdesk.database import Json

TIMESTAMP_HEADER = "X-Xiaobao-Timestamp"
SIGNATURE_HEADER = "X-Xiaobao-Signature"
KEY_HEADER = "Idempotency-Key"
# A receiver refuses older ones: a copied request cannot be sent again later.
TOLERANCE_SECONDS = 300
# More digits are no time; thousands of them could not even be read as a number.
_TIMESTAMP_DIGITS = 12

CALL_SECONDS = 10.0
ANSWER_LIMIT = 16 * 1024

# Refusals that may pass: too slow, too early, too many.
_PASSING = {408, 425, 429}


class WebhookError(Exception):
    """A call that did not arrive or was not answered as agreed; `code` never holds the receiver's words."""

    def __init__(self, code: str, *, is_final: bool = False, retry_after: float | None = None) -> None:
        """Keep the code, whether trying again is pointless, and the seconds that the receiver asked for."""
        super().__init__(code)
        self.code = code
        self.is_final = is_final
        self.retry_after = retry_after


def sign(secret: str, *, timestamp: str, body: bytes) -> str:
    """Return the signature header's value: HMAC-SHA256 over `timestamp.body`, as hexadecimal digits."""
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"v1={digest}"


def is_signed(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Return whether a request was signed with `secret` within the last minutes; for receivers."""
    timestamp = headers.get(TIMESTAMP_HEADER, "")
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > _TIMESTAMP_DIGITS:
        return False
    if abs(clock.now().timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    given = headers.get(SIGNATURE_HEADER, "").encode("utf-8", "surrogateescape")
    return hmac.compare_digest(given, sign(secret, timestamp=timestamp, body=body).encode())


class Webhook:
    """One address of the host system with its secret."""

    def __init__(self, session: aiohttp.ClientSession, *, url: str, secret: str, seconds: float = CALL_SECONDS) -> None:
        """Post to `url` and nowhere else; a call takes at most `seconds`."""
        self._session = session
        self._url = url
        self._secret = secret
        self._seconds = seconds

    async def post(self, message_id: str, payload: Json) -> bytes:
        """Send `payload` with its id and return the body of a 2xx answer.

        Raises:
            WebhookError: It did not arrive, was refused, or the answer is no answer.
        """
        body = json.dumps({"id": message_id, **payload}, ensure_ascii=False, separators=(",", ":")).encode()
        timestamp = str(int(clock.now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            # Nothing to unpack, so nothing that unpacks to more than the limit.
            "Accept-Encoding": "identity",
            KEY_HEADER: message_id,
            TIMESTAMP_HEADER: timestamp,
            SIGNATURE_HEADER: sign(self._secret, timestamp=timestamp, body=body),
        }
        return await call(self._session, self._url, body=body, headers=headers, seconds=self._seconds)


async def call(
    session: aiohttp.ClientSession,
    url: str | URL,
    *,
    body: bytes,
    headers: Mapping[str, str],
    seconds: float = CALL_SECONDS,
) -> bytes:
    """Post `body` to `url`, nowhere else and within `seconds`; return the body of a 2xx answer.

    Raises:
        WebhookError: It did not arrive, was refused, or the answer is too long; never with the address in its words.
    """
    try:
        async with session.post(
            url,
            data=body,
            headers=headers,
            # A redirect would carry the customer's matter, signed, to an address that nobody configured.
            allow_redirects=False,
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=seconds),
        ) as response:
            _check(response)
            return await _read(response)
    except TimeoutError as error:
        raise WebhookError("timeout") from error
    except (aiohttp.ClientError, OSError) as error:
        raise WebhookError("unreachable") from error


def _check(response: aiohttp.ClientResponse) -> None:
    status = response.status
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise WebhookError("redirected")
    is_final = 400 <= status < 500 and status not in _PASSING
    raise WebhookError(f"status_{status}", is_final=is_final, retry_after=retry_after(response.headers))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of a Retry-After header, which holds seconds or a date; None where it says nothing usable."""
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        # Longer numbers than any patience only mean: very long.
        return float(value[:12])
    try:
        at = parsedate_to_datetime(value)
        return max(0.0, (at - clock.now()).total_seconds())
    except (ValueError, TypeError, OverflowError):
        # No date, or one without a zone.
        return None


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > ANSWER_LIMIT:
            raise WebhookError("answer_too_large")
    return bytes(body)


def answer_object(body: bytes) -> Json:
    """Return the JSON object of an answer.

    Raises:
        WebhookError: It is none; a maintenance page with status 200, say.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise WebhookError("answer_unreadable") from error
    if not isinstance(answer, dict):
        raise WebhookError("answer_unreadable")
    return answer

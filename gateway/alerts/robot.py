"""What the group robots have in common: one address, one call, an answer whose body says whether it worked."""

import json
from collections.abc import Mapping
from typing import Protocol

import aiohttp
from yarl import URL

from gateway.webhooks import CALL_SECONDS, WebhookError, answer_object, call
from helpdesk.database import Json

# The smallest limit of the three platforms, so that a combined alert fits each of them (WeCom: text of 2048 bytes).
MOST_BYTES = 2048
# After it nothing is sent through the robot for as long as the platform wants to be left alone.
RATE_LIMITED = "rate_limited"


class Robot(Protocol):
    """A group robot."""

    async def send(self, said: str) -> None:
        """Say something in the group.

        Raises:
            WebhookError: It did not arrive or the platform refused it.
        """


async def post_json(session: aiohttp.ClientSession, url: str | URL, message: Json) -> Json:
    """Post a message and return the object that the platform answered with.

    Raises:
        WebhookError: It did not arrive, or the answer is none.
    """
    # Characters, not escapes: one of the platforms refuses escaped ones.
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
    return answer_object(await call(session, url, body=body, headers=headers, seconds=CALL_SECONDS))


def check_code(code: object, *, throttled: Mapping[int, float], final: frozenset[int]) -> None:
    """Let an answer's own code pass or refuse; these platforms refuse with status 200.

    Args:
        code: What the answer says, 0 where all is well.
        throttled: Codes of "too often", with the seconds for which to send nothing.
        final: Codes after which trying again gives the same.

    Raises:
        WebhookError: The code is not 0.
    """
    if isinstance(code, bool) or not isinstance(code, int):
        raise WebhookError("answer_invalid")
    if code == 0:
        return
    if code in throttled:
        raise WebhookError(RATE_LIMITED, retry_after=throttled[code])
    raise WebhookError(f"code_{code}"[:32], is_final=code in final)

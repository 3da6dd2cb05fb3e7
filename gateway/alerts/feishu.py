"""Feishu's custom group robot: the signature travels in the message, with the time in seconds."""

import base64
import hashlib
import hmac

import aiohttp

from gateway.alerts.robot import check_code, post_json
from helpdesk import clock
from helpdesk.database import Json

# 100 messages a minute, 5 a second.
_THROTTLED = {11232: 60.0, 99991400: 60.0}
# Bad parameters or body; signature or time, address, keyword not accepted.
_FINAL = frozenset({9499, 19001, 19002, 19021, 19022, 19024})


def sign(secret: str, *, timestamp: str) -> str:
    """Return the Base64 HMAC-SHA256 of nothing, keyed with a timestamp in seconds, a line end and the secret."""
    digest = hmac.new(f"{timestamp}\n{secret}".encode(), b"", hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


class FeishuRobot:
    """Says alerts in a Feishu group."""

    def __init__(self, session: aiohttp.ClientSession, *, url: str, secret: str) -> None:
        """Post to the robot's webhook address; an empty `secret` means that the group uses keywords or addresses."""
        self._session = session
        self._url = url
        self._secret = secret

    async def send(self, said: str) -> None:
        """Say something in the group.

        Raises:
            WebhookError: It did not arrive or was refused.
        """
        message: Json = {"msg_type": "text", "content": {"text": said}}
        if self._secret:
            timestamp = str(int(clock.now().timestamp()))
            message |= {"timestamp": timestamp, "sign": sign(self._secret, timestamp=timestamp)}
        answer = await post_json(self._session, self._url, message)
        # Success is told in two ways, the older one beside the newer.
        code = answer["code"] if "code" in answer else answer.get("StatusCode")
        check_code(code, throttled=_THROTTLED, final=_FINAL)

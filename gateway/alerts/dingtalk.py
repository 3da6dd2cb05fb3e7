"""DingTalk's group robot: the address carries the access token, each call a signature."""

import base64
import hashlib
import hmac
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from gateway.alerts.robot import check_code, post_json
from helpdesk import clock

# More than 20 messages in a minute, and the robot is blocked for ten.
_THROTTLED = {130101: 600.0}
# Keyword, signature or address not accepted; the token is unknown; the robot is switched off or gone.
_FINAL = frozenset({310000, 300001, 400013, 400101, 400102, 400105, 400106})


def sign(secret: str, *, timestamp: str) -> str:
    """Return the Base64 HMAC-SHA256 over a timestamp in milliseconds, a line end and the secret."""
    digest = hmac.new(secret.encode(), f"{timestamp}\n{secret}".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


class DingtalkRobot:
    """Says alerts in a DingTalk group."""

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
        message = {"msgtype": "text", "text": {"content": said}}
        answer = await post_json(self._session, self._signed(), message)
        check_code(answer.get("errcode"), throttled=_THROTTLED, final=_FINAL)

    def _signed(self) -> str | URL:
        if not self._secret:
            return self._url
        timestamp = str(int(clock.now().timestamp() * 1000))
        query = urlencode({"timestamp": timestamp, "sign": sign(self._secret, timestamp=timestamp)})
        # Quoted already: a plus sign of Base64 must arrive as one.
        return URL(f"{self._url}{'&' if '?' in self._url else '?'}{query}", encoded=True)

"""WeCom's group robot: the key in the address is the only secret."""

import aiohttp

from gateway.alerts.robot import check_code, post_json

# https://developer.work.weixin.qq.com/document/path/91770: 20 messages a minute; whether the minute slides is not said.
_THROTTLED = {45009: 60.0, 45033: 60.0}
# No such robot; no permission; malformed or empty content. Nothing of it passes by itself.
_FINAL = frozenset({93000, 93004, 93008, 40008, 40035, 40058, 44004, 45002})


class WecomRobot:
    """Says alerts in a WeCom group."""

    def __init__(self, session: aiohttp.ClientSession, *, url: str) -> None:
        """Post to the robot's webhook address and nowhere else."""
        self._session = session
        self._url = url

    async def send(self, said: str) -> None:
        """Say something in the group.

        Raises:
            WebhookError: It did not arrive or was refused.
        """
        answer = await post_json(self._session, self._url, {"msgtype": "text", "text": {"content": said}})
        check_code(answer.get("errcode"), throttled=_THROTTLED, final=_FINAL)

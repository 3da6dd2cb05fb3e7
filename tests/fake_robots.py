"""Stand-ins for the group robots of WeCom, DingTalk and Feishu; they check, limit and refuse as the platforms do."""

import base64
import hashlib
import hmac
import json
import time
from collections import deque
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

Json = dict[str, Any]

KEY = "693a91f6-7xxx"
DINGTALK_SECRET = "SEC-of-the-dingtalk-robot"
FEISHU_SECRET = "secret-of-the-feishu-robot"
_PER_MINUTE = 20


class FakeRobots:
    """One server for all three; `said` holds what was shown in the group of each."""

    def __init__(self) -> None:
        self.said: dict[str, list[str]] = {"wecom": [], "dingtalk": [], "feishu": []}
        # Answers to give instead of the usual ones, by robot.
        self.answers: dict[str, list[Any]] = {}
        self.times: dict[str, deque[float]] = {name: deque() for name in self.said}
        self.calls = 0
        self._server: TestServer | None = None

    async def start(self) -> None:
        app = web.Application()
        app.add_routes(
            [
                web.post("/cgi-bin/webhook/send", self._wecom),
                web.post("/robot/send", self._dingtalk),
                web.post("/open-apis/bot/v2/hook/{token}", self._feishu),
            ]
        )
        self._server = TestServer(app)
        await self._server.start_server()

    async def stop(self) -> None:
        if self._server is not None:
            await self._server.close()

    @property
    def environ(self) -> dict[str, str]:
        """The settings of a gateway that tells all three."""
        return {
            "ALERT_WECOM_URL": self.url("wecom"),
            "ALERT_DINGTALK_URL": self.url("dingtalk"),
            "ALERT_DINGTALK_SECRET": DINGTALK_SECRET,
            "ALERT_FEISHU_URL": self.url("feishu"),
            "ALERT_FEISHU_SECRET": FEISHU_SECRET,
        }

    def url(self, name: str) -> str:
        assert self._server is not None
        paths = {
            "wecom": f"/cgi-bin/webhook/send?key={KEY}",
            "dingtalk": f"/robot/send?access_token={KEY}",
            "feishu": f"/open-apis/bot/v2/hook/{KEY}",
        }
        return f"http://127.0.0.1:{self._server.port}{paths[name]}"

    def _is_throttled(self, name: str) -> bool:
        now, times = time.monotonic(), self.times[name]
        while times and times[0] <= now - 60:
            times.popleft()
        times.append(now)
        return len(times) > _PER_MINUTE

    async def _answer(self, name: str, said: str, fine: Json, throttled: Json) -> web.Response:
        scripted = self.answers.get(name, [])
        if scripted:
            answer = scripted.pop(0)
            return answer if isinstance(answer, web.Response) else web.json_response(answer)
        if self._is_throttled(name):
            return web.json_response(throttled)
        self.said[name].append(said)
        return web.json_response(fine)

    async def _wecom(self, request: web.Request) -> web.Response:
        self.calls += 1
        message = json.loads(await request.read())
        said = message.get("text", {}).get("content", "")
        if request.query.get("key") != KEY:
            return web.json_response({"errcode": 93000, "errmsg": "invalid webhook url"})
        if message.get("msgtype") != "text" or not said:
            return web.json_response({"errcode": 40008, "errmsg": "invalid message type"})
        if len(said.encode()) > 2048:
            return web.json_response({"errcode": 45002, "errmsg": "content size out of limit"})
        throttled = {"errcode": 45009, "errmsg": "api freq out of limit"}
        return await self._answer("wecom", said, {"errcode": 0, "errmsg": "ok"}, throttled)

    async def _dingtalk(self, request: web.Request) -> web.Response:
        self.calls += 1
        message = json.loads(await request.read())
        if request.query.get("access_token") != KEY:
            return web.json_response({"errcode": 300001, "errmsg": "token is not exist"})
        timestamp = request.query.get("timestamp", "")
        wanted = hmac.new(DINGTALK_SECRET.encode(), f"{timestamp}\n{DINGTALK_SECRET}".encode(), hashlib.sha256)
        is_fresh = timestamp.isdigit() and abs(time.time() * 1000 - int(timestamp)) < 3_600_000
        if not is_fresh or request.query.get("sign") != base64.b64encode(wanted.digest()).decode():
            return web.json_response({"errcode": 310000, "errmsg": "sign not match"})
        throttled = {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}
        return await self._answer("dingtalk", message["text"]["content"], {"errcode": 0, "errmsg": "ok"}, throttled)

    async def _feishu(self, request: web.Request) -> web.Response:
        self.calls += 1
        message = json.loads(await request.read())
        timestamp = str(message.get("timestamp", ""))
        wanted = hmac.new(f"{timestamp}\n{FEISHU_SECRET}".encode(), b"", hashlib.sha256).digest()
        is_fresh = timestamp.isdigit() and abs(time.time() - int(timestamp)) < 3600
        if not is_fresh or message.get("sign") != base64.b64encode(wanted).decode():
            return web.json_response({"code": 19021, "msg": "sign match fail or timestamp is not within one hour"})
        if message.get("msg_type") != "text":
            return web.json_response({"code": 9499, "msg": "Bad Request"})
        fine = {"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"}
        throttled = {"code": 11232, "msg": "frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]"}
        return await self._answer("feishu", message["content"]["text"], fine, throttled)

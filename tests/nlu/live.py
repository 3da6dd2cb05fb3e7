"""The bot as a process of its own, with an action server that a test can make fail."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "token-of-the-tests"
START_SECONDS = 120


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ActionServer:
    """Answers every action, or fails when told to; remembers what it was asked."""

    def __init__(self) -> None:
        self.status = 200
        self.asked: list[str] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.asked.append(call["next_action"])
                self.send_response(outer.status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps({"events": [], "responses": []}).encode())

            def log_message(self, *arguments: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhook"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Bot:
    """A running bot."""

    def __init__(self, folder: Path, actions: ActionServer) -> None:
        self.port = free_port()
        self.actions = actions
        self.log = folder / "bot.log"
        self._environment = {
            **os.environ,
            "BOT_TOKEN": TOKEN,
            "BOT_PORT": str(self.port),
            "BOT_ACTIONS_URL": actions.url,
            "BOT_TRACKER_DB": str(folder / "tracker.db"),
            "BOT_LOG_LEVEL": "DEBUG",
            "PYTHONWARNINGS": "ignore",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot.engine.server"], cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                if self.call("GET", "/webhooks/gateway/ready")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.2)
        raise AssertionError(self.log.read_text(encoding="utf-8", errors="replace")[-4000:])

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def call(
        self, method: str, path: str, body: bytes | None = None, token: str | None = TOKEN
    ) -> tuple[int, dict[str, Any]]:
        headers = {"Content-Type": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=40) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read() or b"{}")

    def turn(self, conversation: str, message_id: str, text: str, **more: Any) -> tuple[int, dict[str, Any]]:
        body = {"conversation": conversation, "message_id": message_id, "text": text, **more}
        return self.call("POST", "/webhooks/gateway/turn", json.dumps(body).encode())

    def responses(self, conversation: str, message_id: str, text: str, **more: Any) -> list[str]:
        status, answer = self.turn(conversation, message_id, text, **more)
        assert status == 200, answer
        return [reply["response"] for reply in answer["replies"]]

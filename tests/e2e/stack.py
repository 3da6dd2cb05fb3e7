"""The three real processes on free loopback ports with a state folder of their own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 120
_POLL_SECONDS = 0.1


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Stack:
    """Bot, actions and gateway, each of which can be killed and started again."""

    def __init__(self, var_dir: Path, **settings: str) -> None:
        ports = {name: free_port() for name in ("bot", "actions", "gateway")}
        self.url = f"http://127.0.0.1:{ports['gateway']}"
        self.database = var_dir / "xiaobao.db"
        self._logs = var_dir
        self._environment = {
            **os.environ,
            "VAR_DIR": str(var_dir),
            "BOT_TOKEN": "token-of-the-tests",
            "BOT_PORT": str(ports["bot"]),
            "BOT_URL": f"http://127.0.0.1:{ports['bot']}",
            "BOT_ACTIONS_URL": f"http://127.0.0.1:{ports['actions']}/webhook",
            "BOT_TRACKER_DB": str(var_dir / "tracker.db"),
            "PORT": str(ports["gateway"]),
            "SANIC_HOST": "127.0.0.1",
            "RASA_TELEMETRY_ENABLED": "false",
            "OMP_NUM_THREADS": "1",
            **settings,
        }
        self._commands = {
            "bot": [str(ROOT / "bot/.venv/bin/python"), "-m", "bot.engine.server"],
            "actions": [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "--port", str(ports["actions"])],
            "gateway": [sys.executable, "-m", "gateway"],
        }
        self._ready = {
            "bot": f"http://127.0.0.1:{ports['bot']}/webhooks/gateway/ready",
            "actions": f"http://127.0.0.1:{ports['actions']}/health",
            "gateway": f"{self.url}/healthz",
        }
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self.one_time_password = ""

    @property
    def names(self) -> list[str]:
        return list(self._commands)

    def prepare(self) -> str:
        """Migrate and create the first administrator; return what was printed."""
        self._run(sys.executable, "-m", "alembic", "upgrade", "head")
        return self._run(sys.executable, "-m", "helpdesk.first_start")

    def _run(self, *command: str) -> str:
        done = subprocess.run(command, cwd=ROOT, env=self._environment, check=True, capture_output=True, text=True)
        return done.stdout

    def start(self, *names: str) -> None:
        for name in names or self.names:
            with (self._logs / f"{name}.log").open("ab") as log:
                self._processes[name] = subprocess.Popen(
                    self._commands[name],
                    cwd=ROOT,
                    env=self._environment,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        for name in names or self.names:
            self.wait_ready(name)

    def wait_ready(self, name: str) -> None:
        deadline = time.monotonic() + _START_SECONDS
        request = urllib.request.Request(self._ready[name], headers={"Authorization": "Bearer token-of-the-tests"})
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(request, timeout=5) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                pass
            if self._processes[name].poll() is not None:
                break
            time.sleep(_POLL_SECONDS)
        log = (self._logs / f"{name}.log").read_text(encoding="utf-8", errors="replace")
        raise AssertionError(f"{name} did not become ready:\n{log[-4000:]}")

    def kill(self, name: str) -> None:
        """End a process the hard way, with all it started."""
        os.killpg(self._processes[name].pid, signal.SIGKILL)
        self._processes[name].wait()

    def stop(self) -> None:
        for process in self._processes.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def call(self, method: str, path: str, *, session: str | None = None, **fields: Any) -> tuple[int, dict[str, Any]]:
        """Call the customer API; return status and answer."""
        headers = {"Content-Type": "application/json"}
        if session:
            headers["Authorization"] = f"Bearer {session}"
        body = json.dumps(fields).encode() if method != "GET" else None
        request = urllib.request.Request(f"{self.url}/api/v1{path}", data=body, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=40) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

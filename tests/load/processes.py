"""The processes of a load run: gateway and stand-in bot on free loopback ports, and how much work they do."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from tests.e2e.stack import ROOT, free_port

_START_SECONDS = 60
_POLL_SECONDS = 0.1
_TICKS = os.sysconf("SC_CLK_TCK")
TOKEN = "token-of-the-load"


class Processes:
    """One stand-in bot and one or more gateways on one database."""

    def __init__(self, folder: Path, database_url: str, *, gateways: int = 1, **settings: str) -> None:
        bot = free_port()
        self._folder = folder
        self._environment = {
            **os.environ,
            "VAR_DIR": str(folder / "var"),
            "DATABASE_URL": database_url,
            "BOT_TOKEN": TOKEN,
            "BOT_URL": f"http://127.0.0.1:{bot}",
            "LOG_LEVEL": "WARNING",
            # The load's agents claim by hand, and answer some customers only after minutes.
            "ROUTING": "manual",
            "ROUTING_REPLY_MINUTES": "120",
            "ROUTING_OFFLINE_SECONDS": "3600",
            **settings,
        }
        self._ports = {f"gateway-{number}": free_port() for number in range(gateways)}
        self._commands = {"bot": [sys.executable, "-m", "tests.load.bot", "--port", str(bot)]}
        self._commands |= {name: [sys.executable, "-m", "gateway"] for name in self._ports}
        self._ready = {"bot": f"http://127.0.0.1:{bot}/webhooks/gateway/ready"}
        self._ready |= {name: f"http://127.0.0.1:{port}/healthz" for name, port in self._ports.items()}
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def urls(self) -> list[str]:
        """The gateways' addresses."""
        return [f"http://127.0.0.1:{port}" for port in self._ports.values()]

    @property
    def names(self) -> list[str]:
        return list(self._commands)

    def start(self, *names: str) -> None:
        """Start the named ones, or all, and wait until they answer."""
        for name in names or self.names:
            environment = self._environment | ({"PORT": str(self._ports[name])} if name in self._ports else {})
            with (self._folder / f"{name}.log").open("ab") as log:
                self._running[name] = subprocess.Popen(
                    self._commands[name], cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
                )
        for name in names or self.names:
            self._wait_ready(name)

    def _wait_ready(self, name: str) -> None:
        deadline = time.monotonic() + _START_SECONDS
        request = urllib.request.Request(self._ready[name], headers={"Authorization": f"Bearer {TOKEN}"})
        while time.monotonic() < deadline and self._running[name].poll() is None:
            try:
                with urllib.request.urlopen(request, timeout=5) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                pass
            time.sleep(_POLL_SECONDS)
        raise RuntimeError(f"{name} did not become ready:\n{self.log(name)[-4000:]}")

    def log(self, name: str) -> str:
        """Return what a process has written."""
        return (self._folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def kill(self, name: str) -> None:
        """End a process the hard way."""
        os.killpg(self._running[name].pid, signal.SIGKILL)
        self._running[name].wait()

    def stop(self) -> None:
        """End all of them."""
        for name, process in self._running.items():
            if process.poll() is None:
                self.kill(name)

    def cpu_seconds(self) -> dict[str, float]:
        """Return the processor time that each has used so far."""
        return {name: process_seconds(process.pid) for name, process in self._running.items()}


def process_seconds(pid: int) -> float:
    """Return a process's own time and that of its finished children."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICKS


def family_seconds(pid: int) -> float:
    """Return the time of a process with its children: a PostgreSQL server with its workers."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    return process_seconds(pid) + sum(process_seconds(int(child)) for child in children)


def machine_seconds() -> tuple[float, float]:
    """Return how long all processors together have worked and how long they have idled."""
    fields = [int(field) for field in Path("/proc/stat").read_text(encoding="utf-8").split("\n", 1)[0].split()[1:9]]
    idle = fields[3] + fields[4]
    return (sum(fields) - idle) / _TICKS, idle / _TICKS

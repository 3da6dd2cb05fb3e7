"""Starts the three processes from the Procfile, waits until they are ready and prints the addresses.

`python -m deploy.local` is the last step of `make run`; everything it needs is installed, migrated and trained by then.
"""

import os
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from honcho.environ import parse_procfile
from honcho.manager import Manager

from helpdesk.secret_store import load_or_create
from helpdesk.settings import read_environment
from helpdesk.texts import text

ROOT = Path(__file__).resolve().parent.parent
# The bot loads its model in about 20 s on two cores; a cold disk takes longer.
_READY_SECONDS = 180
_POLL_SECONDS = 0.3


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the processes' environment: `.env`, then what is set, then the secrets and what keeps the bot private."""
    values = read_environment(environ)
    var_dir = Path(values.get("VAR_DIR", "") or "var")
    secrets = load_or_create(var_dir)
    for name, secret in secrets.items():
        values.setdefault(name, secret)
    values.setdefault("BOT_TRACKER_DB", str(var_dir / "tracker.db"))
    values.update(
        {
            # rasa-sdk listens on every interface unless told otherwise.
            "SANIC_HOST": "127.0.0.1",
            "RASA_TELEMETRY_ENABLED": "false",
            "PYTHONUNBUFFERED": "1",
            # One process is one core's work; more threads only get in each other's way.
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
    )
    return values


def _announce_when_ready(port: str, stop: threading.Event) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while not stop.wait(_POLL_SECONDS):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=3) as answer:
                if answer.status == 200:
                    print(text("start", "ready", port=port), flush=True)
                    return
        except (urllib.error.URLError, OSError):
            pass
        if time.monotonic() > deadline:
            print(text("start", "late", seconds=_READY_SECONDS), file=sys.stderr, flush=True)
            return


def main() -> None:
    """Run until one process ends or the terminal says stop."""
    os.chdir(ROOT)
    env = environment(os.environ)
    manager = Manager()
    for name, command in parse_procfile((ROOT / "Procfile").read_text(encoding="utf-8")).processes.items():
        manager.add_process(name, command, env=env, cwd=str(ROOT))
    stop = threading.Event()
    threading.Thread(target=_announce_when_ready, args=(env.get("PORT", "") or "8080", stop), daemon=True).start()
    signal.signal(signal.SIGTERM, lambda *_: manager.terminate())
    manager.loop()
    stop.set()
    sys.exit(manager.returncode)


if __name__ == "__main__":
    main()

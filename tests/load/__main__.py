"""`python -m tests.load`: a desk at work, measured and audited; `make load` runs it on both databases.

Prints progress while it runs, a table and one line of JSON last, and ends with an error where a figure falls short or
anything was lost, doubled or out of order.
"""

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from helpdesk.database import Database
from tests.databases import PostgresServer, migrated_sqlite, sqlite_url, start_postgres
from tests.e2e.stack import ROOT
from tests.load.audit import Receipt, Seen, audit
from tests.load.figures import summary, table
from tests.load.ledger import read_ledger
from tests.load.processes import Processes, family_seconds, machine_seconds
from tests.load.seeding import seed
from tests.load.shape import TARGETS, Shape

_FINDINGS_SHOWN = 10


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load")
    parser.add_argument("--database", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--agents", type=int, default=200)
    parser.add_argument("--conversations", type=int, default=2000)
    parser.add_argument("--rate", type=float, default=50, help="messages a second")
    parser.add_argument("--seconds", type=float, default=300)
    return parser.parse_args()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _run(folder: Path, kind: str, shape: Shape) -> dict[str, Any]:
    server = start_postgres(is_durable=True) if kind == "postgres" else None
    try:
        url = server.create_database() if server else sqlite_url(migrated_sqlite(folder / "xiaobao.db"))
        return _measure(folder, url, shape, server)
    finally:
        if server is not None:
            server.stop()


def _measure(folder: Path, database_url: str, shape: Shape, server: PostgresServer | None) -> dict[str, Any]:
    async def prepare() -> dict[str, Any]:
        database = Database(database_url)
        people = await seed(database, shape)
        await database.close()
        return people.as_json()

    plan, result = folder / "plan.json", folder / "result.json"
    people = asyncio.run(prepare())
    processes = Processes(folder, database_url)
    try:
        processes.start()
        plan.write_text(
            json.dumps({"url": processes.urls[0], "shape": shape.as_json(), "people": people}), encoding="utf-8"
        )
        before, machine = _used(processes, server), machine_seconds()
        subprocess.run([sys.executable, "-m", "tests.load.generator", plan, result], cwd=ROOT, check=True)
        after, machine_after = _used(processes, server), machine_seconds()
        log = processes.log("gateway-0")
    finally:
        processes.stop()
    measured = json.loads(result.read_text(encoding="utf-8"))
    worked, idled = (now - then for now, then in zip(machine_after, machine, strict=True))
    # Connecting and settling included, so these are lower than in the middle of the load.
    wall = (worked + idled) / (os.cpu_count() or 1)
    shares = {name: round((after[name] - before[name]) / wall, 3) for name in before}
    shares["everything on this machine"] = round(worked / wall, 3)
    return _result(measured, shares, asyncio.run(_audit(database_url, measured)), log)


def _used(processes: Processes, server: PostgresServer | None) -> dict[str, float]:
    return processes.cpu_seconds() | ({"postgres": family_seconds(server.pid)} if server else {})


async def _audit(database_url: str, measured: dict[str, Any]) -> list[str]:
    database = Database(database_url)
    ledger = await read_ledger(database)
    await database.close()
    receipts = {client_id: Receipt(**receipt) for client_id, receipt in measured["receipts"].items()}
    seen = [
        Seen(**{**view, "messages": [(seq, message) for seq, message in view["messages"]]}) for view in measured["seen"]
    ]
    return audit(ledger, receipts, seen, prefix="L")


def _result(measured: dict[str, Any], shares: dict[str, float], findings: list[str], log: str) -> dict[str, Any]:
    figures = {name: summary(values) for name, values in measured["figures"].items()}
    short = [
        f"{target.figure}: p95 {figures.get(target.figure, {}).get('p95', 'not measured')} ms,"
        f" wanted below {target.seconds * 1000:.0f} ms"
        for target in TARGETS
        if not figures.get(target.figure, {}).get("p95", float("inf")) < target.seconds * 1000
    ]
    lost = [f"unacknowledged: {client_id}" for client_id in measured["unacknowledged"]]
    if " ERROR " in log:
        lost.append("the gateway logged an error")
    return {
        "sent": measured["sent"],
        "acknowledged": len(measured["receipts"]),
        "figures": figures,
        "processor_shares": shares | {"generator": measured["cpu"]},
        "queue_frames": measured["queue_frames"],
        "refusals": measured["refusals"],
        "findings": measured["problems"] + lost + findings,
        "short": short,
    }


def _show(kind: str, shape: Shape, result: dict[str, Any]) -> None:
    _say(f"\n{kind}: {shape.agents} agents, {shape.conversations} conversations, {shape.rate:g}/s, {shape.seconds:g} s")
    _say(table(result["figures"]))
    _say(f"sent {result['sent']}, acknowledged {result['acknowledged']}, queue frames {result['queue_frames']}")
    _say("processors: " + ", ".join(f"{name} {share:.0%}" for name, share in result["processor_shares"].items()))
    if result["refusals"]:
        _say("refused: " + ", ".join(f"{what} ({count})" for what, count in result["refusals"].items()))
    for finding in result["findings"][:_FINDINGS_SHOWN]:
        _say(f"FINDING {finding}")
    _say(f"audit: {len(result['findings'])} findings")
    for line in result["short"]:
        _say(f"SHORT {line}")


def main() -> None:
    """Run, print and end with an error where something is wrong."""
    # Whoever ends this ends what it has started, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    given = _arguments()
    shape = Shape(agents=given.agents, conversations=given.conversations, rate=given.rate, seconds=given.seconds)
    kinds = ("sqlite", "postgres") if given.database == "both" else (given.database,)
    results: dict[str, Any] = {}
    for kind in kinds:
        _say(f"{kind}: load {', '.join(f'{load:.1f}' for load in os.getloadavg())} on {os.cpu_count()} processors")
        with tempfile.TemporaryDirectory(prefix="xb-load-") as folder:
            try:
                results[kind] = _run(Path(folder), kind, shape)
            except (pytest.skip.Exception, pytest.fail.Exception) as error:
                sys.exit(str(error))
    for kind, result in results.items():
        _show(kind, shape, result)
    _say(json.dumps({"shape": shape.as_json(), "results": results}, ensure_ascii=False))
    if any(result["findings"] or result["short"] for result in results.values()):
        sys.exit(1)


if __name__ == "__main__":
    main()

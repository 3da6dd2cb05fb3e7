"""Plays scripts through the public HTTP API and collects everything that was said."""

import asyncio
import json
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.e2e.stack import Stack
from tests.e2e.victims.script import Line, Script

_AT_ONCE = 4
_ANSWER_SECONDS = 30
_LOOK_SECONDS = 0.03
_TOO_MANY = 429


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One message of the bot or the system; `said` is all that the customer reads of it."""

    sender: str
    kind: str
    text: str
    event: str | None = None
    buttons: tuple[str, ...] = ()
    said: str = ""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One message of the customer, what followed, and who owned the conversation before and after it."""

    line: Line
    replies: tuple[Reply, ...]
    owner_before: str
    owner: str
    scam: dict[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Play:
    """A script as it was played; `case` holds the fields of the scam case, `stored` all texts of the database."""

    script: Script
    turns: tuple[Turn, ...]
    case: dict[str, Any] | None = None
    stored: str = field(default="", repr=False)


async def play_all(stack: Stack, scripts: Sequence[Script]) -> list[Play]:
    """Play all scripts, a few at once, each as a customer of its own."""
    places = asyncio.Semaphore(_AT_ONCE)

    async def play_one(script: Script) -> Play:
        async with places:
            return await asyncio.to_thread(_play, stack, script)

    return await asyncio.gather(*map(play_one, scripts))


def _play(stack: Stack, script: Script) -> Play:
    session = _insist(stack, "POST", "/sessions")
    turns: list[Turn] = []
    owner, seen = "bot", 0
    for number, line in enumerate(script.lines):
        sent = _insist(
            stack, "POST", "/messages", session=session["session"], client_id=f"{script.id}-{number}", text=line.say
        )
        scam = _wait_until_done(stack.database, sent["id"])
        news = _insist(stack, "GET", f"/messages?after={seen}", session=session["session"])
        replies = [_reply(message) for message in news["messages"] if message["sender"] != "customer"]
        turns.append(
            Turn(line=line, replies=tuple(replies), owner_before=owner, owner=news["owner"], scam=scam),
        )
        owner, seen = news["owner"], max(message["seq"] for message in news["messages"])
    case, stored = _kept(stack.database, session["conversation"])
    return Play(script=script, turns=tuple(turns), case=case, stored=stored)


def _insist(stack: Stack, method: str, path: str, *, session: str | None = None, **fields: str) -> dict[str, Any]:
    """Call until the gateway no longer says that it is too much at once."""
    while True:
        status, answer = stack.call(method, path, session=session, **fields)
        if status != _TOO_MANY:
            assert status in {200, 201, 202}, (status, answer)
            return answer
        time.sleep(1)


def _wait_until_done(database: Path, message_id: str) -> dict[str, Any] | None:
    """Wait until the message needs no more answer: in a queue nothing may follow. Return its scam cue."""
    deadline = time.monotonic() + _ANSWER_SECONDS
    while time.monotonic() < deadline:
        with closing(sqlite3.connect(database)) as connection:
            state, nlu = connection.execute("SELECT turn_state, nlu FROM message WHERE id = ?", [message_id]).fetchone()
        if state == "done":
            return (json.loads(nlu) or {}).get("scam") if nlu else None
        time.sleep(_LOOK_SECONDS)
    raise AssertionError(f"message {message_id} was not answered")


def _reply(message: dict[str, Any]) -> Reply:
    body = message["body"]
    article = body.get("article") or {}
    parts = [message["text"], article.get("markdown", ""), article.get("short", "")]
    parts += [one["title"] for one in body.get("buttons", [])]
    parts += [part for step in body.get("steps", []) for part in (step["title"], step["detail"])]
    return Reply(
        sender=message["sender"],
        kind=message["kind"],
        text=message["text"],
        event=body.get("event"),
        buttons=tuple(one["title"] for one in body.get("buttons", [])),
        said="\n".join(parts),
    )


def _kept(database: Path, conversation: str) -> tuple[dict[str, Any] | None, str]:
    """Return the fields of the conversation's scam case and every text that is kept of the conversation."""
    with closing(sqlite3.connect(database)) as connection:
        cases = connection.execute(
            'SELECT c.id, c.type, c.fields, c.summary FROM "case" c JOIN case_conversation l ON l.case_id = c.id '
            "WHERE l.conversation_id = ?",
            [conversation],
        ).fetchall()
        messages = connection.execute(
            "SELECT text, body, nlu FROM message WHERE conversation_id = ?", [conversation]
        ).fetchall()
        events = [
            row
            for case_id, *_ in cases
            for row in connection.execute("SELECT details FROM case_event WHERE case_id = ?", [case_id])
        ]
    fields = next((json.loads(row[2]) for row in cases if row[1] == "scam"), None)
    return fields, "\n".join(_texts([*cases, *messages, *events]))


def _texts(rows: Sequence[Sequence[Any]]) -> Iterator[str]:
    for row in rows:
        for value in row:
            if isinstance(value, str):
                # JSON may write Chinese as escapes; what is looked for are digits and letters.
                yield value

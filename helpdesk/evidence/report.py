"""The readable part of an evidence pack: one Chinese page to read and print, which runs nothing and links nowhere."""

from collections.abc import Iterator, Sequence
from typing import Any

from helpdesk.database import Json
from helpdesk.evidence.markup import Markup, element, page, table
from helpdesk.evidence.model import Evidence
from helpdesk.evidence.verify import broken_links, digest
from helpdesk.evidence.words import (
    actor_text,
    beijing_time,
    both_times,
    is_known,
    label,
    pretty,
    resolution_text,
    titled,
    utc_time,
    value_text,
)
from helpdesk.texts import text, titles

_TOLD_KINDS = {"stop_loss", "answer"}
_STEP_EVENTS = {"step_done", "step_undone"}
# Shown in sections of their own.
_ELSEWHERE = {"transfers", "checklist"}


def write_report(evidence: Evidence) -> str:
    """Return report.html."""
    return _Report(evidence).page()


class _Report:
    """One report; every section reads only what the pack's JSON files hold as well."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._case = evidence.case
        self._names: dict[str, str] = evidence.case["agents"]
        self._conversations: list[Json] = evidence.transcript["conversations"]
        self._fields: Json = evidence.case["fields"]

    def page(self) -> str:
        title = text("evidence", "title", number=self._case["number"])
        last = self._evidence.rows[-1]
        details = last["details"]
        by = actor_text(details["by"], self._names)
        head = [
            element("h1", title),
            element("p", text("evidence", "created", at=both_times(last["at"]))),
            element("p", text("evidence", "exported_by", by=by, reason=details["reason"]), style="text"),
            element("p", text("evidence", "printed_note"), style="note"),
            element("p", text("evidence", "hidden_note"), style="note"),
        ]
        sections = {
            "summary": self._summary,
            "told": self._told,
            "checklist": self._checklist,
            "transfers": self._transfers,
            "transcript": self._transcript,
            "timeline": self._timeline,
            "chain": self._chain,
        }
        for name, section in sections.items():
            head += [element("h2", text("evidence", f"section_{name}")), *section()]
        return page(title, head)

    def _summary(self) -> Iterator[Markup]:
        case, customer = self._case, self._case["customer"]
        verified = titled("verified", "yes" if customer["verified"] else "no")
        identities = [f"{one['channel']} {one['external_id']}" for one in customer["identities"]]
        rows = [
            (label("number"), case["number"]),
            (label("type"), titles("case_types").get(case["type"], case["type"])),
            (label("status"), titles("case_statuses").get(case["status"], case["status"])),
            (label("priority"), titled("priority", case["priority"])),
            (label("resolution"), resolution_text(case["resolution"])),
            (label("closing"), value_text("closing", case.get("closing") or {})),
            *((label(name), both_times(case[name])) for name in ("opened_at", "updated_at", "closed_at")),
            (label("customer"), f"{customer['name'] or text('customers', 'guest')} ({verified}) {customer['id']}"),
            (label("identities"), "\n".join(identities)),
            (label("agents"), "\n".join(f"{name} {agent_id}" for agent_id, name in sorted(self._names.items()))),
            (label("summary"), case["summary"]),
            *((label(key), value_text(key, value)) for key, value in self._own_fields()),
        ]
        none = text("evidence", "none")
        shown = [(name, element("div", value if is_known(value) else none, style="text")) for name, value in rows]
        yield element(
            "table",
            element("tbody", [element("tr", [element("th", n, style="name"), element("td", v)]) for n, v in shown]),
        )

    def _own_fields(self) -> Iterator[tuple[str, Any]]:
        for key, value in self._fields.items():
            if is_known(value) and not (key in _ELSEWHERE and self._is_table(key)):
                yield key, value

    def _is_table(self, key: str) -> bool:
        """Return whether a field has the form in which its own section can show it."""
        value = self._fields.get(key)
        if key == "transfers":
            return isinstance(value, list) and all(isinstance(one, dict) for one in value)
        return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())

    def _told(self) -> Iterator[Markup]:
        yield element("p", text("evidence", "told_note"), style="note")
        rows = [
            (
                f"{number}-{message['seq']}",
                beijing_time(message["at"]),
                utc_time(message["at"]),
                self._sender(message),
                self._words(message),
            )
            for number, conversation in enumerate(self._conversations, start=1)
            for message in conversation["messages"]
            if message["kind"] in _TOLD_KINDS or (message["sender"] == "system" and message["kind"] == "text")
        ]
        yield self._messages(rows) if rows else element("p", text("evidence", "told_none"))

    def _checklist(self) -> Iterator[Markup]:
        steps: dict[str, str] = {}
        for conversation in self._conversations:
            for message in conversation["messages"]:
                for step in message["body"].get("steps") or []:
                    steps.setdefault(str(step.get("id")), str(step.get("title")))
        ticked: Json = self._fields.get("checklist") or {} if self._is_table("checklist") else {}
        none = text("evidence", "none")
        states = [
            (
                steps.get(step, step),
                titled("step", "done" if step in ticked else "open"),
                value_text("at", ticked[step]) if step in ticked else none,
            )
            for step in dict.fromkeys((*steps, *ticked))
        ]
        columns = [(text("evidence", "column_step"), ""), (text("evidence", "column_state"), "name"), (label("at"), "")]
        yield table(columns, states) if states else element("p", text("evidence", "checklist_none"))
        changes = [
            (steps.get(step, step), titled("step", kind.removeprefix("step_")), both_times(at))
            for step, kind, at in self._ticks()
        ]
        if changes:
            yield element("h3", text("evidence", "checklist_changes"))
            yield table(columns, changes)

    def _ticks(self) -> Iterator[tuple[str, str, str]]:
        """Give step, kind and time of each tick and of each that was taken back."""
        for row in self._evidence.rows:
            if row["kind"] in _STEP_EVENTS:
                details = row["details"]
                # A row that somebody changed in the database must not keep its case from being exported.
                yield str(details.get("step")) if isinstance(details, dict) else "", row["kind"], row["at"]

    def _transfers(self) -> Iterator[Markup]:
        transfers = self._fields.get("transfers") if self._is_table("transfers") else None
        if not transfers:
            yield element("p", text("evidence", "transfers_none"))
            return
        keys = [key for key in dict.fromkeys(key for one in transfers for key in one) if self._any(transfers, key)]
        columns = [(text("evidence", "column_number"), "short"), *((label(key), "") for key in keys)]
        rows = [
            (number, *(value_text(key, one[key]) if is_known(one.get(key)) else "" for key in keys))
            for number, one in enumerate(transfers, start=1)
        ]
        yield table(columns, rows)

    @staticmethod
    def _any(transfers: list[Json], key: str) -> bool:
        return any(is_known(one.get(key)) for one in transfers)

    def _transcript(self) -> Iterator[Markup]:
        if not self._conversations:
            yield element("p", text("evidence", "transcript_none"))
        for number, conversation in enumerate(self._conversations, start=1):
            yield element("h3", text("evidence", "conversation", number=number))
            at = both_times(conversation["opened_at"])
            about = {"channel": conversation["channel"], "id": conversation["id"], "at": at}
            yield element("p", text("evidence", "conversation_about", **about), style="note")
            yield self._owners(conversation)
            messages = conversation["messages"]
            rows = [
                (one["seq"], beijing_time(one["at"]), utc_time(one["at"]), self._sender(one), self._words(one))
                for one in messages
            ]
            styles = ["customer" if one["sender"] == "customer" else "" for one in messages]
            yield self._messages(rows, styles) if rows else element("p", text("evidence", "messages_none"))

    def _messages(self, rows: Sequence[tuple[object, ...]], styles: Sequence[str] = ()) -> Markup:
        columns = [
            (text("evidence", "column_number"), "short"),
            (text("evidence", "column_beijing"), "time"),
            (text("evidence", "column_utc"), "time"),
            (text("evidence", "column_sender"), "name"),
            (text("evidence", "column_text"), "text"),
        ]
        return table(columns, rows, styles=styles)

    def _owners(self, conversation: Json) -> Markup:
        reasons = titles("reasons") | titles("resolutions")
        rows = [
            (
                beijing_time(one["started_at"]),
                titled("owner", one["owner"]),
                reasons.get(one["reason"], one["reason"]),
                actor_text(one["decided_by"], self._names),
                one["note"] or "",
            )
            for one in conversation["assignments"]
        ]
        columns = [
            (text("evidence", "column_beijing"), "time"),
            (text("evidence", "column_owner"), "name"),
            (text("evidence", "column_reason"), ""),
            (text("evidence", "column_actor"), ""),
            (text("evidence", "column_details"), "text"),
        ]
        return table(columns, rows)

    def _sender(self, message: Json) -> str:
        if message["agent"]:
            return actor_text(f"agent:{message['agent']}", self._names)
        return titled("actor" if message["sender"] != "agent" else "owner", message["sender"])

    def _words(self, message: Json) -> str:
        article = message["article"]
        source = f"\n{text('evidence', 'article', **article)}" if article else ""
        file = message.get("file")
        if file:
            source += f"\n{text('evidence', 'file' if file['path'] else 'file_left_out', **file)}"
        return f"{message['text']}{source}"

    def _timeline(self) -> Iterator[Markup]:
        yield element("p", text("evidence", "timeline_note"), style="note")
        rows = [
            (
                row["seq"],
                beijing_time(row["at"]),
                utc_time(row["at"]),
                titled("event", row["kind"]),
                actor_text(row["actor"], self._names),
                pretty(row["details"]),
            )
            for row in self._evidence.rows
        ]
        columns = [
            (text("evidence", "column_number"), "short"),
            (text("evidence", "column_beijing"), "time"),
            (text("evidence", "column_utc"), "time"),
            (text("evidence", "column_event"), "name"),
            (text("evidence", "column_actor"), "name"),
            (text("evidence", "column_details"), "text"),
        ]
        yield table(columns, rows)

    def _chain(self) -> Iterator[Markup]:
        rows = list(self._evidence.rows)
        yield element("p", text("evidence", "chain_note"), style="note")
        broken = broken_links(rows, self._evidence.case_id)
        for seq in broken:
            yield element("p", text("evidence", "chain_broken", seq=seq), style="broken")
        if not broken:
            yield element("p", text("evidence", "chain_whole", count=len(rows)))
        marks = [
            (text("evidence", "chain_head"), rows[-1]["hash"]),
            (text("evidence", "transcript_digest"), digest(self._evidence.transcript_file)),
        ]
        for name, value in marks:
            yield element("p", [f"{name} ", element("span", value, style="hash")])
        columns = [
            (text("evidence", "column_number"), "short"),
            (text("evidence", "column_previous"), "hash"),
            (text("evidence", "column_hash"), "hash"),
        ]
        yield table(columns, [(row["seq"], row["previous"], row["hash"]) for row in rows])

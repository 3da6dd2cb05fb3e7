"""report.html: everything is text, nothing runs, nothing can be clicked."""

import json
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from helpdesk.database import Json
from helpdesk.evidence.markup import escaped
from helpdesk.evidence.model import Evidence, encode
from helpdesk.evidence.report import write_report
from helpdesk.evidence.verify import digest
from helpdesk.evidence.words import pretty, value_text

AT = "2026-11-22T08:00:00+00:00"
ATTACK = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'><a href='https://bad.example'>点我</a>"
HARMLESS = {
    *("html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "div", "span"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}


class Reader(HTMLParser):
    """Notes every element, attribute and piece of text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


def make_evidence(
    words: str = "您好", *, fields: Json | None = None, conversations: list[Json] | None = None, **row: Any
) -> Evidence:
    """Return evidence in which every text that people choose is `words`."""
    times = {"opened_at": AT, "updated_at": AT, "closed_at": None}
    message = {
        **{"id": "m1", "seq": 1, "sender": "customer", "kind": "stop_loss", "text": words, "agent": "a1", "at": AT},
        **{"body": {"steps": [{"id": "police", "title": words}]}, "article": {"id": words, "version": words}},
    }
    owner = {"owner": "agent", "agent": "a1", "reason": words, "decided_by": "agent:a1", "note": words}
    conversation = {
        **{"id": "c1", "channel": words, "messages": [message], "assignments": [{**owner, "started_at": AT}]},
        **times,
    }
    transcript = {"case": "XB1", "conversations": [conversation] if conversations is None else conversations}
    case = {
        **{"id": "k1", "number": words, "type": words, "status": words, "priority": words, "summary": words, **times},
        **{"resolution": words, "agents": {"a1": words}, "fields": fields if fields is not None else {words: words}},
        "customer": {
            **{"id": "u1", "name": words, "verified": True},
            "identities": [{"channel": words, "account": words, "external_id": words}],
        },
    }
    ticked = {"case": "k1", "seq": 1, "kind": "step_done", "actor": words, "details": {"step": words}, "at": AT, **row}
    exported = {**ticked, "seq": 2, "kind": "evidence_exported", "details": {"by": "agent:a1", "reason": words}}
    rows = [{**one, "previous": "0" * 64, "hash": "f" * 64} for one in (ticked, exported)]
    return Evidence(
        number="XB1",
        case_id="k1",
        created_at=datetime(2026, 11, 22, 8, tzinfo=UTC),
        case=case,
        transcript=transcript,
        transcript_file=encode(transcript),
        rows=rows,
    )


def test_text_stays_text_wherever_it_stands():
    reader = Reader(write_report(make_evidence(ATTACK, fields={"transfers": [{ATTACK: ATTACK}], ATTACK: [ATTACK]})))

    assert reader.elements <= HARMLESS
    assert reader.attributes <= {"class", "charset", "content", "http-equiv", "lang", "name"}
    assert reader.text.count(ATTACK) > 15


def test_addresses_and_numbers_are_no_links():
    page = write_report(make_evidence("https://bad.example 或者打 [电话]"))

    assert "https://bad.example" in page
    assert "href" not in page
    assert 'name="format-detection" content="telephone=no' in page


def test_page_loads_nothing():
    page = write_report(make_evidence())

    assert "default-src 'none'" in page
    assert "@import" not in page
    assert "url(" not in page
    assert "src=" not in page


@pytest.mark.parametrize(
    ("hidden", "shown"),
    [
        ("\u202e", "[U+202E]"),
        ("\u200b", "[U+200B]"),
        ("\x00", "[U+0000]"),
        ("\x1b", "[U+001B]"),
        ("\u2028", "[U+2028]"),
    ],
)
def test_what_would_hide_or_turn_the_writing_is_shown(hidden: str, shown: str):
    assert escaped(f"甲{hidden}乙") == f"甲{shown}乙"


def test_emoji_and_lines_stay_whole():
    family = "\U0001f468\u200d\U0001f467\n第二行\t"

    assert escaped(family) == family


def test_both_clocks_are_shown():
    text = Reader(write_report(make_evidence())).text

    assert "2026-11-22 16:00:00（UTC 2026-11-22 08:00:00）" in text


def test_broken_chain_is_said():
    assert "第 1 行的内容与哈希链不符" in write_report(make_evidence())


def test_case_without_conversation_says_so():
    page = write_report(make_evidence(conversations=[], fields={}))

    assert "没有关联的会话" in page
    assert "没有登记转账" in page


@pytest.mark.parametrize("details", [[], "x", None, 7, {}], ids=str)
def test_row_of_another_form_can_be_shown(details: object):
    evidence = make_evidence(details=details)
    rows = [evidence.rows[0], {**evidence.rows[1], "details": {"by": "bot", "reason": "查"}}]

    assert "证据包" in write_report(Evidence(**{**vars(evidence), "rows": rows}))


@pytest.mark.parametrize(
    "fields",
    [
        {"transfers": "x", "checklist": [1]},
        {"transfers": [1], "checklist": {"a": 1}},
        {"transfers": [{}], "checklist": {"police": "昨天"}},
        {"new_field": {"deep": [{"amount_fen": -1}]}, "none": None, "false": False, "nought": 0},
    ],
    ids=["texts", "wrong members", "empty members", "unknown fields"],
)
def test_fields_of_any_form_can_be_shown(fields: Json):
    text = Reader(write_report(make_evidence(fields=fields))).text

    assert all(key in text for key in fields if key in {"new_field", "false", "nought"})


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("amount_fen", 500_000, "5,000.00 元"),
        ("amount_fen", -5, "-0.05 元"),
        ("channel", "wechat", "微信"),
        ("statements", ["wechat"], "wechat"),
        ("police_called", False, "否"),
        ("amount_fen", True, "是"),
        ("at", AT, "2026-11-22 16:00:00（UTC 2026-11-22 08:00:00）"),
        ("when", "2026-11-22", "2026-11-22"),
        ("transfer", {"bank": "工商银行", "payee": None}, "银行：工商银行"),
    ],
)
def test_values_are_put_in_words(key: str, value: object, shown: str):
    assert value_text(key, value) == shown


def test_details_are_shown_without_what_says_nothing():
    details = {"step": "police", "fields": {"bank": None, "done": False, "count": 0}, "none": [], "said": ["", "在"]}

    assert json.loads(pretty(details)) == {
        "step": "police",
        "fields": {"done": False, "count": 0},
        "said": ["", "在"],
    }
    assert pretty({}) == ""


def test_digest_of_the_transcript_is_printed():
    evidence = make_evidence()

    assert digest(evidence.transcript_file) in write_report(evidence)

"""Codes and passwords, which only the words around them give away."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from helpdesk.privacy.folding import Span
from helpdesk.privacy.patterns import any_word, either, read

# Quotation marks, brackets, colons and the like between the words and the secret.
_PUNCTUATION = r"""[\s:=,;"'\u201c\u201d\u2018\u2019\u300c\u300e\u3010\[(<\-]"""
# A remark, as in "code (tell nobody): 123456".
_REMARK = r"\([^()\d\x00]{0,20}\)|\u3010[^\u3010\u3011\d\x00]{0,20}\u3011"
_LINKS_MOST = 10
_DIGITS = (
    r"\d{3}[ -]\d{3}(?![ -]?\d)|\d(?:[ -]\d){3,7}(?![ -]?\d)|\d{2}(?:[ -]\d{2}){1,3}(?![ -]?\d)|\d{4,8}(?!\d)"
    r"|(?=[a-z]*\d)[a-z\d]{4,8}+(?![a-z\d])"
)
_VALUE = r"[a-z\d_!@#$%^&*.+~?-]{4,32}+"
_COLON = re.compile(r"[:=]")
# Written after such a word as well, but evidence and no password: addresses, mobile numbers, dates, case numbers.
_EVIDENCE = re.compile(r"https?|www\.|1[3-9]\d-?\d{4}-?\d{4}(?!\d)|\d{4}[-.]\d{1,2}[-.]\d|xb\d{8}")


def find_codes(folded: str) -> list[Span]:
    """Return where verification codes and security codes of cards stand."""
    rules = _rules()
    return [*_after(rules["code"], folded), *_after(rules["security_code"], folded), *_before(folded)]


def find_passwords(folded: str) -> list[Span]:
    """Return where passwords stand: letters alone count only behind "is" or a colon."""
    found = []
    for match in _rules()["password"].finditer(folded):
        value = match["value"]
        is_plain = bool(_rules()["plainly"].search(match["link"]) or _COLON.search(match["link"]))
        if _EVIDENCE.match(folded, match.start("value")) or not (is_plain or any(map(str.isdigit, value))):
            continue
        if is_plain or not _is_sum(value):
            found.append(match.span("value"))
    return found


def _after(pattern: re.Pattern[str], folded: str) -> Iterator[Span]:
    for match in pattern.finditer(folded):
        was_told = _rules()["told"].search(match["link"]) is not None
        if not (was_told and _is_sum(match["value"])) and not _EVIDENCE.match(folded, match.start("value")):
            yield match.span("value")


def _before(folded: str) -> Iterator[Span]:
    return (match.span("value") for match in _rules()["before"].finditer(folded))


def _is_sum(value: str) -> bool:
    return value.isdigit() and value.endswith("00")


@cache
def _rules() -> dict[str, re.Pattern[str]]:
    """Compile the words once."""
    words: dict[str, Any] = read("masking")
    links = any_word([*words["plainly"], *words["told"]])
    # Possessive: a link holds no digit, so giving back could find nothing, only take time.
    link = rf"(?P<link>(?:{links}|{_REMARK}|{_PUNCTUATION}){{0,{_LINKS_MOST}}}+)"
    hotline = rf"(?!(?:{either(words['hotlines'])})(?!\d))"
    no_unit = rf"(?! ?(?:{any_word([*words['currency'], *words['counters']])})|[-/.:]\d)"
    numerals = rf"[{words['numerals']}]{{4,8}}+(?![{words['numerals']}])"
    code = either(words["code"])
    behind = rf"(?:{any_word(words['behind'])})*+"
    verb = any_word(words["plainly"])

    def announced(name: str, value: str) -> re.Pattern[str]:
        return re.compile(rf"(?:{either(words[name])}){link}{hotline}(?P<value>{value}){no_unit}")

    return {
        "code": announced("code", rf"(?:[a-z]-)?(?:{_DIGITS}|{numerals})"),
        "security_code": announced("security_code", r"\d{3,8}(?!\d)"),
        "password": announced("password", _VALUE),
        "before": re.compile(rf"(?<![\d.a-z-]){hotline}(?P<value>\d{{4,8}}) ?(?:\(|(?:{verb})){behind}(?:{code})"),
        "plainly": re.compile(verb),
        "told": re.compile(any_word(words["told"])),
    }

"""What a message names that a case needs: sums, times, banks, tails of accounts, numbers, addresses, apps, meetings.

Nothing here knows a word of Chinese; the words stand in data/lexicon/details.yml and data/lexicon/amounts.yml.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.nlu.amounts import AmountReader
from bot.nlu.calendar_times import CalendarReader
from bot.nlu.moments import MomentReader
from bot.nlu.normalise import Normalised

# Of a kind; more are a pasted list, not a story.
MOST_OF_A_KIND = 20
# Words such as "now" stand next to almost anything and tell no time of an event.
SHORTEST_HOURS = 0.25
MOST_URL = 200
MEETING_DIGITS = range(9, 12)
QUOTED = "\"'\u201c\u201d\u2018\u2019\u300c\u300d\u300e\u300f\u300a\u300b\u3010\u3011"
# Mobile numbers, service numbers of companies, numbers from abroad.
PHONE = re.compile(
    r"(?<![\d+])(?:(?:\+?86)[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)"
    r"|(?<!\d)[48]00[ -]?\d{3,4}[ -]?\d{3,4}(?!\d)"
    r"|(?<!\d)(?:\+|00)[ -]?[1-9]\d{0,3}(?:[ -]?\d{2,11}){1,3}(?!\d)"
    r"|(?<!\d)0\d{2,3}-\d{7,8}(?!\d)"
)
# Five to eight digits read like a sum as well.
SHORT_PHONE = re.compile(r"(?<![\d.])95\d{3,6}(?![\d.])")
PHONE_DIGITS = range(10, 18)


@dataclass(frozen=True)
class Detail:
    """Something named in a message; the span counts in what the customer typed."""

    entity: str
    value: str | int
    start: int
    end: int
    hours_ago: float | None = None


class DetailRules:
    """All words of the lexicons, compiled."""

    def __init__(self, words: Mapping[str, Any], amounts: Mapping[str, Any]) -> None:
        """Compile the words."""
        self._amounts = AmountReader(amounts)
        self._moments = MomentReader(amounts, self._amounts)
        self._calendar = CalendarReader(words["calendar"], self._amounts, amounts["digits"])
        self._banks = _named(words["banks"])
        self._apps = _named(words["apps"])
        names = rf"[^\s,.;:!?\u3002\u3001()0-9{QUOTED}{words['app_never']}]{{2,12}}?"
        quoted = rf"[{QUOTED}](?P<quoted>[^\n{QUOTED}]{{1,20}})[{QUOTED}]"
        before, behind, after = (_either(words[f"app_{place}"]) for place in ("before", "behind", "after"))
        between = rf"(?:{_either(words['app_between'])})?"
        self._named_app = re.compile(
            rf"(?:{before}){between} ?(?:{quoted}|(?P<name>{names}) ?(?:{behind})? ?(?={after}))"
            rf"|{quoted.replace('quoted', 'in_quotes')} ?(?:{behind})? ?(?={after})"
        )
        self._is_generic = re.compile(rf"(?:{after}|{_either(words['app_between'])})+")
        links = rf"(?:{_either(words['tail_links'])}|[ :,(]){{0,3}}"
        others = "".join(rf"(?<!{re.escape(word)})" for word in words["tail_not_of"])
        self._tail = re.compile(
            rf"{others}(?:{_either(words['tail_words'])}){links}(?P<tail>\d{{3,4}})(?!\d)"
            rf"|(?<![\d.])(?P<tail_before>\d{{4}}) ?(?:{_either(words['tail_behind'])})"
        )
        meeting_links = rf"(?:{_either(words['meeting_links'])}|[ :,(#]){{0,3}}"
        self._meeting = re.compile(
            rf"(?:{_either(words['meeting_words'])}){meeting_links}(?P<number>\d(?:[ -]?\d){{8,10}})(?![ -]?\d)"
        )
        domains = "|".join(map(re.escape, words["domains"]))
        self._url = re.compile(
            rf"(?i:https?://[!-~]+|(?<![a-z\d@.-])(?:[a-z\d](?:[a-z\d-]{{0,40}}[a-z\d])?\.){{1,4}}(?:{domains})(?![a-z\d])"
            r"(?::\d{2,5})?(?:[/?#][!-~]*)?)"
        )

    def find(self, normalised: Normalised, original: str, now: datetime) -> list[Detail]:
        """Give what a message names in its order, `now` being the local time at which it was sent.

        Where two kinds claim the same place, the one whose words are the more particular has it.
        """
        text = normalised.text
        found = list(self._urls(original))
        for finding in (
            self._meetings(text),
            self._phones(text),
            self._tails(text),
            self._times(text, now),
            self._sums(text),
            self._short_phones(text),
            self._listed("bank", self._banks, text),
            self._listed("app", self._apps, text),
        ):
            found += [_moved(detail, normalised) for detail in finding]
        found += self._named_apps(normalised, original)
        return _settled(found)

    def _urls(self, original: str) -> Iterator[Detail]:
        # In the original, for the normaliser folds repeated letters such as those of "www".
        for match in self._url.finditer(original):
            url = match.group().rstrip(".,;:!?)'\"")[:MOST_URL]
            yield Detail("url", url, match.start(), match.start() + len(url))

    def _meetings(self, text: str) -> Iterator[Detail]:
        for match in self._meeting.finditer(text):
            yield Detail("meeting_id", _digits(match["number"]), *match.span("number"))

    def _phones(self, text: str) -> Iterator[Detail]:
        for match in PHONE.finditer(text):
            digits = _digits(match.group())
            if len(digits) in PHONE_DIGITS:
                yield Detail("phone", digits, *match.span())

    def _short_phones(self, text: str) -> Iterator[Detail]:
        return (Detail("phone", match.group(), *match.span()) for match in SHORT_PHONE.finditer(text))

    def _tails(self, text: str) -> Iterator[Detail]:
        for match in self._tail.finditer(text):
            group = "tail" if match["tail"] else "tail_before"
            yield Detail("account_tail", match[group], *match.span(group))

    def _times(self, text: str, now: datetime) -> Iterator[Detail]:
        for moment in self._calendar.every(text, now):
            yield Detail("when", text[moment.start : moment.end], moment.start, moment.end, moment.hours)
        # Longest first: "three days ago" rather than the part of it that is a word as well.
        for moment in sorted(self._moments.every(text), key=lambda m: m.start - m.end):
            if moment.hours >= SHORTEST_HOURS or any(map(str.isdigit, text[moment.start : moment.end])):
                hours = round(float(moment.hours), 2)
                yield Detail("when", text[moment.start : moment.end], moment.start, moment.end, hours)

    def _sums(self, text: str) -> Iterator[Detail]:
        return (Detail("amount", amount.fen, amount.start, amount.end) for amount in self._amounts.every(text))

    def _listed(self, entity: str, names: Mapping[str, re.Pattern[str]], text: str) -> Iterator[Detail]:
        for name, pattern in names.items():
            for match in pattern.finditer(text):
                yield Detail(entity, name, *match.span())

    def _named_apps(self, normalised: Normalised, original: str) -> Iterator[Detail]:
        for match in self._named_app.finditer(normalised.text):
            group = next(name for name in ("quoted", "name", "in_quotes") if match[name])
            start, end = normalised.original_span(*match.span(group))
            if not self._is_generic.fullmatch(match[group]):
                yield Detail("app", original[start:end].strip(), start, end)


def _moved(detail: Detail, normalised: Normalised) -> Detail:
    start, end = normalised.original_span(detail.start, detail.end)
    return Detail(detail.entity, detail.value, start, end, detail.hours_ago)


def _settled(details: Iterable[Detail]) -> list[Detail]:
    """Keep the first claim to every place, at most so many of a kind, in the order of the text."""
    kept: list[Detail] = []
    counts: dict[str, int] = {}
    for detail in details:
        count = counts.get(detail.entity, 0)
        if count < MOST_OF_A_KIND and not any(d.start < detail.end and detail.start < d.end for d in kept):
            kept.append(detail)
            counts[detail.entity] = count + 1
    return sorted(kept, key=lambda detail: detail.start)


def _named(names: Mapping[str, list[str]]) -> dict[str, re.Pattern[str]]:
    return {name: re.compile("|".join(patterns)) for name, patterns in names.items()}


def _either(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(map(str, words), key=len, reverse=True))


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)

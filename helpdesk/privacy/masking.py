"""Taking secrets out of a customer's message before it is stored: cards, identity numbers, codes and passwords.

What the bot, the agents and the records need stays: sums, dates, telephone numbers, case and order numbers.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import cache

from helpdesk.privacy.announced_secrets import find_codes, find_passwords
from helpdesk.privacy.card_numbers import find_card_numbers
from helpdesk.privacy.folding import Span, blank, fold
from helpdesk.privacy.identity_numbers import find_identity_numbers, find_old_identity_numbers
from helpdesk.privacy.patterns import read

_TAIL_DIGITS = 4


class Secret(Enum):
    """What may not be stored; `events.masked_…` in texts/zh-CN.yml warns of each."""

    CARD = "card"
    IDENTITY = "identity"
    CODE = "code"
    PASSWORD = "password"  # noqa: S105 (the name of a kind)


@dataclass(frozen=True, kw_only=True)
class Masked:
    """A text without secrets, and the kinds which it held."""

    text: str
    secrets: tuple[Secret, ...]


# In this order: a strict form is not mistaken for a looser one. An identity number of the old form is cut after the
# new ones, and a code after the numbers that are known by themselves.
_FINDERS: tuple[tuple[Secret, Callable[[str], list[Span]]], ...] = (
    (Secret.IDENTITY, find_identity_numbers),
    (Secret.CARD, find_card_numbers),
    (Secret.IDENTITY, find_old_identity_numbers),
    (Secret.CODE, find_codes),
    (Secret.PASSWORD, find_passwords),
)


def mask(text: str) -> Masked:
    """Return `text` with a marker in place of each secret; masking again changes nothing."""
    found: dict[Secret, None] = {}
    while True:
        spans = _find(text)
        if not spans:
            return Masked(text=text, secrets=tuple(secret for secret in Secret if secret in found))
        # Once more afterwards: without a secret, what stood beside it may read differently. Each round leaves fewer
        # characters outside of markers, so this ends.
        found |= dict.fromkeys(secret for _, secret in spans)
        text = _replaced(text, spans)


def _find(text: str) -> list[tuple[Span, Secret]]:
    if not any(character.isdigit() or character.isalpha() for character in text):
        return []
    folded = fold(text)
    folded = blank(folded, [match.span() for match in _marker().finditer(text)])
    spans: list[tuple[Span, Secret]] = []
    for secret, find in _FINDERS:
        fresh = find(folded)
        spans += [(span, secret) for span in fresh]
        folded = blank(folded, fresh)
    return sorted(_apart(spans), key=lambda item: item[0])


def _apart(spans: list[tuple[Span, Secret]]) -> list[tuple[Span, Secret]]:
    """Drop what overlaps something found before: two rules for codes may find the same one."""
    kept: list[tuple[Span, Secret]] = []
    for span, secret in spans:
        if not any(other[0] < span[1] and span[0] < other[1] for other, _ in kept):
            kept.append((span, secret))
    return kept


def _replaced(text: str, spans: list[tuple[Span, Secret]]) -> str:
    parts, end = [], 0
    for (start, stop), secret in spans:
        parts += [text[end:start], _shown(secret, text[start:stop])]
        end = stop
    return "".join([*parts, text[end:]])


def _shown(secret: Secret, value: str) -> str:
    template: str = read("masking")["markers"][secret.value]
    digits = [character for character in fold(value) if character.isdecimal()]
    return template.format(tail="".join(digits[-_TAIL_DIGITS:]))


@cache
def _marker() -> re.Pattern[str]:
    """Find the markers which an earlier masking has left."""
    templates = read("masking")["markers"].values()
    tail = r"\d{4}"
    return re.compile("|".join(tail.join(map(re.escape, str(template).split("{tail}"))) for template in templates))

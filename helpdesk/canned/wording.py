"""What a canned reply may say, and what its variables stand for; pure functions."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from helpdesk.canned.errors import GapLeftError, PromiseForbiddenError, ShortcutInvalidError, VariableUnknownError
from helpdesk.canned.model import SHORTCUT_LIMIT
from helpdesk.conversations.errors import ReplyHoldsSecretError
from helpdesk.errors import AsksForSecretError
from helpdesk.privacy.masking import Secret, mask
from helpdesk.privacy.never_ask import find_forbidden_ask, refusal_words
from helpdesk.texts import text, titles

# What the gateway can fill; `canned.variables` in texts/zh-CN.yml names each for the agent.
VARIABLES = ("customer_name", "case_number", "agent_name", "platform_name", "platform_hotline", "platform_hours")

_VARIABLE = re.compile(r"\{\{\s*(?P<name>[^{}]*?)\s*\}\}")
_BRACE = re.compile(r"\{\{|\}\}")
_SHORTCUT = re.compile(rf"[\w-]{{1,{SHORTCUT_LIMIT}}}")


@dataclass(frozen=True, kw_only=True)
class Filled:
    """A reply with its variables filled; `gaps` are the names of those which nobody knows."""

    text: str
    gaps: tuple[str, ...]


def check_shortcut(shortcut: str) -> str:
    """Return a shortcut in lower case.

    Raises:
        ShortcutInvalidError: It could not be typed after a `/`.
    """
    if not _SHORTCUT.fullmatch(shortcut):
        raise ShortcutInvalidError(limit=SHORTCUT_LIMIT)
    return shortcut.lower()


def check_wording(body: str, promises: Sequence[re.Pattern[str]]) -> None:
    """Refuse what no customer may be told.

    Args:
        body: The reply with its variables.
        promises: What an article may not say either (`helpdesk.knowledge.promises`).

    Raises:
        VariableUnknownError: A variable that nothing fills, or braces that are none.
        AsksForSecretError: It asks for a secret.
        ReplyHoldsSecretError: It holds a full card or identity number.
        PromiseForbiddenError: It promises what cannot be kept.
    """
    for match in _VARIABLE.finditer(body):
        if match["name"] not in VARIABLES:
            raise VariableUnknownError(field=match["name"])
    if _BRACE.search(_VARIABLE.sub("", body)):
        raise VariableUnknownError(field="{{ }}")
    secret = find_forbidden_ask(body)
    if secret is not None:
        raise AsksForSecretError(secret=secret, rule=refusal_words(secret))
    for held in mask(body).secrets:
        if held in {Secret.CARD, Secret.IDENTITY}:
            raise ReplyHoldsSecretError(secret=held.value)
    for pattern in promises:
        found = pattern.search(body)
        if found is not None:
            raise PromiseForbiddenError(rule=found[0])


def fill(body: str, values: Mapping[str, str]) -> Filled:
    """Return `body` with its variables replaced; what has no value becomes a gap that the agent fills."""
    gaps: dict[str, None] = {}

    def replaced(match: re.Match[str]) -> str:
        value = values.get(match["name"], "")
        if value:
            return value
        gaps[match["name"]] = None
        return gap(match["name"])

    return Filled(text=_VARIABLE.sub(replaced, body), gaps=tuple(gaps))


def gap(name: str) -> str:
    """Return what stands in a reply for a value that nobody knows."""
    return text("canned", "gap", name=titles("canned_variables")[name])


def refuse_gaps(reply: str) -> None:
    """Refuse a reply in which a gap was left.

    Raises:
        GapLeftError: It was.
    """
    for name in VARIABLES:
        if gap(name) in reply:
            raise GapLeftError(field=gap(name))

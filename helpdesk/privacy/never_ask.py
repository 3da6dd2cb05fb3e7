"""What a reply may not ask a customer for: the same rule as web/desk/src/never_ask.ts, with the last word here.

It reads clause by clause: a verb of request, together with a secret named in the same sentence, is a request unless
that clause, or the one that names the secret, says no.
"""

import re
import unicodedata
from functools import cache
from typing import Any

from helpdesk.privacy.patterns import read


def find_forbidden_ask(reply: str) -> str | None:
    """Return the kind of secret that a reply asks for, None when it asks for none."""
    rule = _rule()
    plain = rule["offer"].sub("", unicodedata.normalize("NFKC", reply))
    for sentence in rule["sentence_end"].split(plain):
        secret = _asked_in(rule["clause_end"].split(sentence))
        if secret is not None:
            return secret
    return None


def refusal_words(secret: str) -> str:
    """Return what the agent is told about asking for `secret`."""
    return str(read("never_ask")["secrets"][secret]["words"])


def _asked_in(clauses: list[str]) -> str | None:
    named = [_named_in(clause) for clause in clauses]
    if not any(named):
        return None
    for index, clause in enumerate(clauses):
        if not _rule()["request"].search(clause) or _is_harmless(clause):
            continue
        nearest = named[index] or _nearest_before(clauses, named, index) or _next(named, index)
        if nearest is not None:
            return nearest
    return None


def _nearest_before(clauses: list[str], named: list[str | None], index: int) -> str | None:
    for at in range(index - 1, -1, -1):
        if named[at] is not None:
            return None if _is_harmless(clauses[at]) else named[at]
    return None


def _next(named: list[str | None], index: int) -> str | None:
    return named[index + 1] if index + 1 < len(named) else None


def _is_harmless(clause: str) -> bool:
    return bool(_rule()["refusal"].search(clause) or _rule()["about_others"].search(clause))


def _named_in(clause: str) -> str | None:
    for secret, (named, harmless) in _secrets().items():
        if named.search(clause) and not (harmless and harmless.search(clause)):
            return secret
    return None


@cache
def _rule() -> dict[str, re.Pattern[str]]:
    return {name: _compiled(value) for name, value in read("never_ask").items() if name != "secrets"}


@cache
def _secrets() -> dict[str, tuple[re.Pattern[str], re.Pattern[str] | None]]:
    secrets: dict[str, Any] = read("never_ask")["secrets"]
    return {
        name: (_compiled(secret["named"]), _compiled(secret["harmless"]) if "harmless" in secret else None)
        for name, secret in secrets.items()
    }


def _compiled(pattern: str) -> re.Pattern[str]:
    # As in a browser: a word boundary lies between a Chinese character and a Latin letter.
    return re.compile(pattern, re.ASCII | re.IGNORECASE)

"""What lists and cards show of a person by default: enough to tell people apart, not enough to know them."""

import re

# A mainland mobile number, in one piece or in the groups of three and four in which people write it.
_MOBILE = re.compile(r"(?<!\d)(?P<head>1[3-9]\d)(?P<middle>[ -]?\d{4})(?P<tail>[ -]?\d{4})(?!\d)")
_TAIL = 4
_HIDDEN = "*"


def hidden_name(name: str) -> str:
    """Return the first character of a name with a star for each other one, at most two: its length is no clue."""
    kept = name.strip()
    return kept[:1] + _HIDDEN * min(2, max(1, len(kept) - 1)) if kept else ""


def hidden_phones(text: str) -> str:
    """Return a text in which mobile numbers keep their first three and last four digits.

    Every character keeps its place, so that findings in the text can still be marked.
    """
    return _MOBILE.sub(lambda m: m["head"] + re.sub(r"\d", _HIDDEN, m["middle"]) + m["tail"], text)


def hidden_identity(external_id: str) -> str:
    """Return the end of an identity on a channel, as much as tells two customers apart."""
    return _HIDDEN * 4 + external_id[-_TAIL:] if len(external_id) > _TAIL else _HIDDEN * 4

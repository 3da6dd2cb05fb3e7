"""Case numbers: a day in Beijing, five random characters and a check character, as in XB20261122-7K3MQ9; pure.

The day helps people to file it; the random part keeps numbers from being counted or guessed; the check character tells
one that was heard or typed wrongly: any one wrong character and any two neighbours that changed places.
"""

import re
import unicodedata
from datetime import datetime

from helpdesk import clock
from helpdesk.identifiers import SPOKEN_ALPHABET, spoken_code

_PREFIX = "XB"
_RANDOM = 5
# What people type for it: without the dash, with blanks, in small or wide letters.
_TYPED = re.compile(r"X\s?B\s?(?P<day>20[0-9]{6})[\s\-\u2010-\u2015_]{0,3}(?P<code>[0-9A-Z]{6})(?![0-9A-Z])")
# A prime, and as many characters as the alphabet has: every difference of one character shows.
_MODULUS = len(SPOKEN_ALPHABET)


def new_number(at: datetime) -> str:
    """Return a fresh number for a case that is opened at `at`."""
    day = f"{clock.local(at):%Y%m%d}"
    code = spoken_code(_RANDOM)
    return f"{_PREFIX}{day}-{code}{_check(day, code)}"


def is_intact(number: str) -> bool:
    """Return whether the check character fits; numbers of earlier releases have none and mostly fail."""
    day, _, code = number.removeprefix(_PREFIX).partition("-")
    if len(code) != _RANDOM + 1 or any(one not in SPOKEN_ALPHABET for one in code):
        return False
    return code[-1] == _check(day, code[:-1])


def find_number(text: str) -> str | None:
    """Return the first number in a text in the form in which we write it, None without one."""
    found = _TYPED.search(unicodedata.normalize("NFKC", text).upper())
    return f"{_PREFIX}{found['day']}-{found['code']}" if found else None


def _check(day: str, code: str) -> str:
    values = [*(int(digit) for digit in day), *(SPOKEN_ALPHABET.index(one) for one in code)]
    weighed = sum(weight * value for weight, value in enumerate(values, start=1))
    return SPOKEN_ALPHABET[weighed % _MODULUS]

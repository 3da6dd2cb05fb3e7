"""Resident identity numbers (GB 11643): 18 characters with a check character, and the 15 digits used until 1999."""

import re
from datetime import date

from helpdesk.privacy.folding import Span

_RUN = re.compile(r"\d(?:[ -]{0,3}\d)*(?:[ -]{0,3}x)?")
_OLD = re.compile(r"(?<!\d)\d{6}([ -]?)\d{6}\1\d{3}(?!\d)")
_LENGTH = 18
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10x98765432"
# Provinces; 83 and 9x are residence permits of the same form.
_REGIONS = frozenset(
    str(region)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83), (90, 99))
    for region in range(first, last + 1)
)
_FIRST_YEAR, _LAST_YEAR = 1900, 2099


def find_identity_numbers(folded: str) -> list[Span]:
    """Return where identity numbers stand, also within a longer row of digits: the form is strict enough for that."""
    found: list[Span] = []
    for run in _RUN.finditer(folded):
        places = [place for place in range(run.start(), run.end()) if folded[place] not in " -"]
        number = "".join(folded[place] for place in places)
        first = 0
        while first + _LENGTH <= len(number):
            if is_identity_number(number[first : first + _LENGTH]):
                found.append((places[first], places[first + _LENGTH - 1] + 1))
                first += _LENGTH
            else:
                first += 1
    return found


def find_old_identity_numbers(folded: str) -> list[Span]:
    """Return where numbers of the old form stand, which only their region and birth date give away."""
    return [match.span() for match in _OLD.finditer(folded) if _is_old(re.sub(r"\D", "", match.group()))]


def is_identity_number(number: str) -> bool:
    """Return whether 18 characters are an identity number; the last may be a small x."""
    if number[:2] not in _REGIONS or not number[:17].isdecimal():
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, number, strict=False))
    return _CHECKS[total % 11] == number[17] and _is_birth_date(number[6:10], number[10:12], number[12:14])


def _is_old(number: str) -> bool:
    return number[:2] in _REGIONS and _is_birth_date(f"19{number[6:8]}", number[8:10], number[10:12])


def _is_birth_date(year: str, month: str, day: str) -> bool:
    try:
        born = date(int(year), int(month), int(day))
    except ValueError:
        return False
    return _FIRST_YEAR <= born.year <= _LAST_YEAR

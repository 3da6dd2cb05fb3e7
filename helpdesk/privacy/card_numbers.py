"""Bank card numbers: 13 to 19 digits with a right last digit (ISO/IEC 7812), in one piece or in groups."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from helpdesk.privacy.folding import Span
from helpdesk.privacy.patterns import any_word, read

_SHORTEST, _LONGEST = 13, 19
_RUN = re.compile(r"\d+(?:[ -]{1,3}\d+)*")
# What also stands between the groups of a card, and far more often between sums, dates and addresses: there only
# groups as they are printed count, all with the same sign between them.
_SIGN = r"\s?[./·・•_,|\n\r]\s?"
_SIGNED = re.compile(rf"(?<![\d.])\d{{2,6}}(?P<sign>{_SIGN})\d+(?:(?P=sign)\d+)+(?![\d.]*\d)")
_BLOCK = re.compile(r"\d+")
# Groups in which cards are printed and typed: fours; six and the rest; four, six, five; fives; one by one.
_PRINTED = re.compile(
    r"(?:4,){3,4}[1-4]?,?|6,(?:[1-9]|1[0-3]),|4,6,[45],|(?:5,){2,3}[1-5]?,?|6,(?:4,){2,3}[1-4]?,?|(?:1,)+"
)
# No issuer has numbers like these: zero, the centuries in dates, and mobile numbers with their country.
_NO_CARD = re.compile(r"0|19|20|861[3-9]\d{9}$")
# Evidence which stands beside other numbers: telephone numbers and dates.
_EVIDENCE = re.compile(
    r"(?<!\d)(?:(?:86[ -]+)?1[3-9]\d[ -]*\d{4}[ -]*\d{4}|[48]00[ -]*\d{3,4}[ -]*\d{3,4}|0\d{2,3}[ -]+\d{7,8}|9[56]\d{3}"
    r"|(?:19|20)\d\d[ -]+(?:0?[1-9]|1[0-2])[ -]+(?:0?[1-9]|[12]\d|3[01]))(?!\d)"
)


def find_card_numbers(folded: str) -> list[Span]:
    """Return where card numbers stand.

    One begins and ends where a row of digits does: longer rows are order numbers, which hold some card's by chance.
    """
    found: list[Span] = []
    for run in _RUN.finditer(folded):
        # A plus sign makes it a telephone number.
        if folded[run.start() - 1 : run.start()] != "+":
            found += _cards_of(folded, [block.span() for block in _BLOCK.finditer(folded, run.start(), run.end())])
    return found + [match.span() for match in _SIGNED.finditer(folded) if _is_printed_card(match.group())]


def _is_printed_card(groups: str) -> bool:
    """Return whether digits with signs between them stand in the groups of a printed card."""
    digits = _BLOCK.findall(groups)
    number = "".join(digits)
    is_row_of_sums = all(block.endswith("00") for block in digits)
    if is_row_of_sums or not _SHORTEST <= len(number) <= _LONGEST or not is_card_number(number):
        return False
    return _PRINTED.fullmatch("".join(f"{len(block)}," for block in digits)) is not None


def _cards_of(folded: str, blocks: Sequence[Span]) -> Iterator[Span]:
    evidence = [match.span() for match in _EVIDENCE.finditer(folded, blocks[0][0], blocks[-1][1])]
    first = 0
    while first < len(blocks):
        last = _last_block(folded, blocks, first, evidence)
        if last is None:
            first += 1
        else:
            yield (blocks[first][0], blocks[last][1])
            first = last + 1


def _last_block(folded: str, blocks: Sequence[Span], first: int, evidence: Sequence[Span]) -> int | None:
    """Return the block with which the longest card number that begins with block `first` ends."""
    best: int | None = None
    digits = ""
    for last in range(first, len(blocks)):
        start, end = blocks[last]
        # Also keeps one enormous block from being copied.
        if len(digits) + end - start > _LONGEST:
            break
        digits += folded[start:end]
        if len(digits) < _SHORTEST or not is_card_number(digits):
            continue
        if last == first or _is_typed_card(folded, blocks[first : last + 1], evidence):
            best = last
    return best


def is_card_number(digits: str) -> bool:
    """Return whether 13 to 19 digits can be a card number."""
    if _NO_CARD.match(digits):
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _is_typed_card(folded: str, blocks: Sequence[Span], evidence: Sequence[Span]) -> bool:
    """Return whether groups of digits are one number, and not sums, dates and telephones in a row."""
    first, last = blocks[0], blocks[-1]
    if all(folded[end - 2 : end] == "00" for _, end in blocks) or _currency().match(folded, last[1]):
        return False
    if _PRINTED.fullmatch("".join(f"{end - start}," for start, end in blocks)):
        return True
    return not any(start <= block[0] < end for start, end in evidence for block in (first, last))


@cache
def _currency() -> re.Pattern[str]:
    return re.compile(rf" ?(?:{any_word(read('masking')['currency'])})")

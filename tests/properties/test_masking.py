"""Whatever surrounds a secret: it is gone, masking again changes nothing, and nothing grows without bound."""

import string
from datetime import date

from hypothesis import assume, example, given
from hypothesis import strategies as st

from helpdesk.privacy.card_numbers import is_card_number
from helpdesk.privacy.folding import fold
from helpdesk.privacy.masking import Masked, mask

WORDS = [
    *("验证码", "密码", "是", "：", "告诉他", "【", "】", "（", "）", " ", "-", "块", "cvv"),
    *("5000", "13800000000", "x", "X", "[银行卡尾号1234]", "１２３"),
]
CHATTER = st.lists(st.sampled_from(WORDS) | st.text(max_size=6), max_size=12).map("".join)
FULL_WIDTH = str.maketrans(string.digits, "０１２３４５６７８９")
# What ends a number, whatever stands behind.
EDGES = st.sampled_from("，。的卡\n；x")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
# Numerals and letters may be a code or a password.
SECRET_LETTERS = frozenset(string.printable) | frozenset("零〇一二三四五六七八九幺")


@st.composite
def cards(draw: st.DrawFn) -> str:
    """A card as people write it: in one piece, in fours, or six and the rest; with blanks or hyphens; in any width."""
    issuer = draw(st.sampled_from(["62", "4", "5", "95", "37", "60"]))
    body = issuer + draw(st.text(string.digits, min_size=11, max_size=16))
    number = next(body + check for check in string.digits if luhn(body + check))
    cut = draw(st.sampled_from(["whole", "fours", "six"]))
    if cut == "fours":
        between = draw(st.sampled_from([" ", "-", "－", "\u3000"]))
        number = between.join(number[at : at + 4] for at in range(0, len(number), 4))
    elif cut == "six":
        number = f"{number[:6]} {number[6:]}"
    return number.translate(FULL_WIDTH) if draw(st.booleans()) else number


@st.composite
def identity_numbers(draw: st.DrawFn) -> str:
    region = draw(st.sampled_from([110105, 330106, 440305, 510104]))
    born = draw(st.dates(min_value=date(1930, 1, 1), max_value=date(2020, 12, 31)))
    body = f"{region}{born:%Y%m%d}{draw(st.integers(0, 999)):03}"
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, body, strict=True))
    number = body + "10X98765432"[total % 11]
    in_groups = f"{number[:6]} {number[6:14]} {number[14:]}"
    return draw(st.sampled_from([number, in_groups, number.translate(FULL_WIDTH), number.lower()]))


def luhn(number: str) -> bool:
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number)))
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def digits(text: str) -> str:
    return "".join(character for character in fold(text) if character.isdigit())


@given(CHATTER, EDGES, cards(), EDGES, CHATTER)
def test_no_card_survives(before: str, left: str, card: str, right: str, after: str):
    # Groups that all end in two zeros are a row of sums.
    assume(not all(group.endswith("00") for group in fold(card).replace("-", " ").split()))

    masked = mask(before + left + card + right + after)

    assert card not in masked.text
    assert digits(card) not in digits(masked.text)
    assert masked.secrets


@given(CHATTER, EDGES, identity_numbers(), EDGES, CHATTER)
def test_no_identity_number_survives(before: str, left: str, number: str, right: str, after: str):
    masked = mask(before + left + number + right + after)

    assert number not in masked.text
    assert digits(number) not in digits(masked.text)
    assert masked.secrets


@given(CHATTER | st.text() | st.text(string.digits + " -", max_size=60))
@example("密码 cvv 123")
@example("验证码 483920 583920")
@example("+13800000000 6222020012345678903")
def test_masking_again_changes_nothing(text: str):
    once = mask(text)

    assert mask(once.text) == Masked(text=once.text, secrets=())


@given(CHATTER | st.text())
def test_a_text_grows_at_most_twofold(text: str):
    assert len(mask(text).text) <= 2 * len(text)


@given(CHATTER | st.text())
def test_a_text_without_digits_and_letters_stays(text: str):
    plain = "".join(character for character in text if not SECRET_LETTERS.intersection(fold(character)))

    assert mask(plain).text == plain


@given(st.sampled_from(["1", "12 ", "1-", "验证码", "密码是1", "6222 ", "４", "1101051949", "cvv1 "]))
def test_a_long_message_is_read_to_its_end(part: str):
    text = (part * 2000)[:1980] + "。4111111111111111"

    assert mask(text).text.endswith("[银行卡尾号1111]")


@given(st.integers(min_value=10**12, max_value=10**19 - 1))
def test_a_number_with_a_wrong_last_digit_is_no_card(number: int):
    assert luhn(str(number)) or not is_card_number(str(number))

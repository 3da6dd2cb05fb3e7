"""One-time codes: the RFC's own values, a step to either side, and no code twice."""

import base64
from datetime import UTC, datetime
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest

from helpdesk.agents import totp
from helpdesk.agents.errors import SecondFactorUnreadableError
from helpdesk.agents.secret_box import SecretBox

SECRET = base64.b32encode(b"12345678901234567890").decode()


def at(second: int) -> datetime:
    return datetime.fromtimestamp(second, tz=UTC)


# RFC 6238, appendix B, SHA-1: the last six of the eight digits.
@pytest.mark.parametrize(
    ("second", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_values_of_the_rfc(second: int, code: str):
    assert totp.accepted_step(SECRET, code, at=at(second), after=0) == second // 30


@pytest.mark.parametrize(("off", "is_accepted"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_code_of_a_neighbouring_step_is_accepted_and_no_other(off: int, is_accepted: bool):
    now = 1_800_000_000
    code = pyotp.TOTP(SECRET).at(now + 30 * off)

    step = totp.accepted_step(SECRET, code, at=at(now), after=0)

    assert step == (now // 30 + off if is_accepted else None)


def test_code_of_the_same_step_is_not_accepted_again():
    now = 1_800_000_000
    code = pyotp.TOTP(SECRET).at(now)

    step = totp.accepted_step(SECRET, code, at=at(now), after=0)

    assert step is not None
    assert totp.accepted_step(SECRET, code, at=at(now + 20), after=step) is None
    # And with it all that came before.
    assert totp.accepted_step(SECRET, pyotp.TOTP(SECRET).at(now - 30), at=at(now), after=step) is None


@pytest.mark.parametrize("typed", [" 287 082 ", "２８７０８２", "287082\n"])
def test_blanks_and_full_width_digits_are_understood(typed: str):
    assert totp.accepted_step(SECRET, typed, at=at(59), after=0) == 1


@pytest.mark.parametrize("typed", ["", "28708", "2870822", "28708a", "२८७०८२", "-87082", "287082" * 100])
def test_what_is_no_code_is_refused(typed: str):
    assert totp.accepted_step(SECRET, typed, at=at(59), after=0) is None


def test_secrets_are_long_and_differ():
    one, other = totp.new_secret(), totp.new_secret()

    assert one != other
    assert len(base64.b32decode(one)) == 20


def test_link_holds_what_an_app_needs():
    link = urlsplit(totp.enrolment_link(SECRET, account="lin", issuer="消保工作台"))

    assert (link.scheme, link.netloc, unquote(link.path)) == ("otpauth", "totp", "/消保工作台:lin")
    assert parse_qs(link.query) == {"secret": [SECRET], "issuer": ["消保工作台"]}


def test_qr_code_is_an_image_that_needs_no_other_site():
    image = totp.qr_image(totp.enrolment_link(SECRET, account="lin", issuer="x"))

    assert image.startswith("data:image/svg+xml")
    assert SECRET not in image


def test_sealed_secret_comes_back_and_does_not_show():
    box = SecretBox("k" * 32)

    sealed = box.seal(SECRET)

    assert SECRET not in sealed
    assert box.open(sealed) == SECRET
    assert box.seal(SECRET) != sealed
    assert len(sealed) <= 255


@pytest.mark.parametrize("change", [lambda sealed: sealed[:-4] + "AAA=", lambda _: "", lambda _: "nonsense"])
def test_changed_seal_is_refused(change):
    box = SecretBox("k" * 32)

    with pytest.raises(SecondFactorUnreadableError):
        box.open(change(box.seal(SECRET)))


def test_another_key_opens_nothing_and_fingerprints_otherwise():
    one, other = SecretBox("k" * 32), SecretBox("l" * 32)

    with pytest.raises(SecondFactorUnreadableError):
        other.open(one.seal(SECRET))
    assert one.fingerprint("ABCDE23456") == one.fingerprint("ABCDE23456") != other.fingerprint("ABCDE23456")

"""One-time codes of an authenticator app (TOTP, RFC 6238): six digits, SHA-1, a step of thirty seconds."""

import hmac
import re
import unicodedata
from datetime import datetime

import pyotp
import segno

STEP_SECONDS = 30
# A telephone's clock may be off, and typing takes time.
_STEPS_AROUND = (-1, 0, 1)
_CODE = re.compile(r"[0-9]{6}")


def new_secret() -> str:
    """Return a random secret of 160 bits in base 32."""
    return pyotp.random_base32()


def enrolment_link(secret: str, *, account: str, issuer: str) -> str:
    """Return the `otpauth` address that authenticator apps read."""
    return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=issuer)


def qr_image(link: str) -> str:
    """Return a QR code as the address of an SVG image (`data:`), black on white whatever the page looks like."""
    return segno.make(link, error="m", micro=False).svg_data_uri(scale=4, border=4, light="white")


def accepted_step(secret: str, code: str, *, at: datetime, after: int) -> int | None:
    """Return the step that a code belongs to, or None where it is refused.

    Args:
        secret: As `new_secret`.
        code: As it was typed; blanks and full-width digits are understood.
        at: Now.
        after: The step of the last accepted code: only later ones count, so that no code is good twice.
    """
    typed = "".join(unicodedata.normalize("NFKC", code).split())
    if not _CODE.fullmatch(typed):
        return None
    now = int(at.timestamp()) // STEP_SECONDS
    generator = pyotp.TOTP(secret)
    # All are compared: the time it takes tells nothing.
    found = [step for step in (now + one for one in _STEPS_AROUND) if _equal(generator.generate_otp(step), typed)]
    return next((step for step in found if step > after), None)


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())

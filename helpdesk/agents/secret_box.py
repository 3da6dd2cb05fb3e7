"""What must be read again, and must not be readable in a copy of the database."""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from helpdesk.agents.errors import SecondFactorUnreadableError


class SecretBox:
    """Encrypts and fingerprints with keys derived from SECOND_FACTOR_KEY."""

    def __init__(self, key: str) -> None:
        """Derive one key for each use from `key`, a long random text."""
        self._fernet = Fernet(base64.urlsafe_b64encode(_derived(key, b"xiaobao second factor secret")))
        self._pepper = _derived(key, b"xiaobao recovery code")

    def seal(self, secret: str) -> str:
        """Return a secret encrypted and authenticated, as ASCII."""
        return self._fernet.encrypt(secret.encode()).decode()

    def open(self, sealed: str) -> str:
        """Return what was sealed.

        Raises:
            SecondFactorUnreadableError: It was changed, or sealed with another key.
        """
        try:
            return self._fernet.decrypt(sealed.encode()).decode()
        except InvalidToken:
            raise SecondFactorUnreadableError from None

    def fingerprint(self, text: str) -> str:
        """Return an HMAC as 64 hexadecimal digits: a short code cannot be guessed from it without the key."""
        return hmac.new(self._pepper, text.encode(), hashlib.sha256).hexdigest()


def _derived(key: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(key.encode())

"""Passwords of agents: Argon2id, one-time passwords and the least length."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from helpdesk.errors import PasswordWeakError

# NIST SP 800-63B favours length over composition rules.
LEAST_LENGTH = 12
MOST_LENGTH = 256

_hasher = PasswordHasher()


def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password; takes tens of milliseconds, so call it in a thread."""
    return _hasher.hash(password)


def matches(password_hash: str, password: str) -> bool:
    """Return whether a password belongs to a hash; as slow as `hash_password`."""
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def check_strength(password: str, *, current: str) -> None:
    """Refuse a short password or the one in use.

    Raises:
        PasswordWeakError: It is too short, too long or unchanged.
    """
    if not LEAST_LENGTH <= len(password) <= MOST_LENGTH or password == current:
        raise PasswordWeakError(least=LEAST_LENGTH)


def one_time_password() -> str:
    """Return a random password that must be changed at the first sign-in."""
    return secrets.token_urlsafe(12)

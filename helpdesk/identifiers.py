"""Identifiers of stored objects: opaque, unguessable strings."""

import secrets
from typing import NewType

ContactId = NewType("ContactId", str)
SessionId = NewType("SessionId", str)
ConversationId = NewType("ConversationId", str)
MessageId = NewType("MessageId", str)
CaseId = NewType("CaseId", str)
AgentId = NewType("AgentId", str)

# 20 bytes: no one can guess another customer's conversation.
_ID_BYTES = 20
ID_LENGTH = 2 * _ID_BYTES

# Digits and capital letters that are not mistaken for one another when read out on the telephone.
SPOKEN_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def new_id() -> str:
    """Return a fresh random identifier of 40 hexadecimal digits."""
    return secrets.token_hex(_ID_BYTES)


def spoken_code(length: int) -> str:
    """Return `length` random characters that a customer can read out without confusion."""
    return "".join(secrets.choice(SPOKEN_ALPHABET) for _ in range(length))

"""The law of random secrets: 256 bits from the system, shown once, kept as SHA-256.

They are random, so no salt and no slow hash is needed; a look-up by hash tells nobody by its time
how much of a guess was right. The prefix lets scanners of public code find one that got out.
"""

import hashlib
import secrets

SECRET_BYTES = 32
TOKEN_PREFIX = "hft_"
MAX_SECRET_CHARS = 100
"""Ours have 47; whatever is longer is not looked at."""


def new_secret() -> str:
    """The id of a session, the key of a link: 43 characters for addresses and cookies."""
    return secrets.token_urlsafe(SECRET_BYTES)


def new_token() -> str:
    """The text of a token for a program."""
    return TOKEN_PREFIX + new_secret()


def hash_of(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()

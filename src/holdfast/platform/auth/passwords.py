"""The law of passwords: argon2id, one parameter set, and always the same work for a wrong answer.

Who has no account, no password or a wrong one costs one verification each, so time tells nobody
which it was. Hashing needs a processor and memory for some 30 ms: it runs beside the event loop, a
few at once, and a bounded number waits.
"""

import asyncio
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from holdfast.errors import DefiniteError
from holdfast.platform.auth.secrets import new_secret

MEMORY_KIB, PASSES, LANES = 19_456, 2, 1
"""What OWASP advises as the least for argon2id (2024): 19 MiB, two passes."""
AT_ONCE = 2
"""Hashes at once in a process: 38 MiB and two processors at most."""
MAX_WAITING = 100
"""More wait for their turn no longer than some seconds; the rest is told to come again."""
MIN_CHARS, MAX_CHARS = 12, 200
"""Long is what counts (NIST SP 800-63B); the end keeps hashing cheap."""

_hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)


class TooBusy(DefiniteError):
    """Too many are logging in at this moment; nothing was looked at."""


class Passwords:
    """Hashes and verifies, for one event loop."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def fits(self, kept: str, given: str) -> bool:
        """Whether the password is the kept one; nothing kept is the same work and False."""
        if self._waiting >= MAX_WAITING:
            raise TooBusy("too many are logging in at this moment")
        self._waiting += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(verified, kept, given)
        finally:
            self._waiting -= 1

    async def keep(self, given: str) -> str:
        """What is kept of a new password."""
        async with self._turns:
            return await asyncio.to_thread(kept_of, given)


def kept_of(password: str) -> str:
    """What is kept of a password: argon2id's text with a salt of its own."""
    return _hasher.hash(password)


def verified(kept: str, given: str) -> bool:
    """One verification, whether there is something to verify against or not."""
    cut = given[: MAX_CHARS + 1]
    try:
        _hasher.verify(kept or _nobodys(), cut)
    except (VerificationError, InvalidHashError):
        return False
    return bool(kept)


def fault_of(password: str) -> str:
    """Why this cannot be a password, as a key of `words`; empty when it can."""
    if len(password) < MIN_CHARS:
        return "short password"
    if len(password) > MAX_CHARS:
        return "long password"
    if len(set(password)) < 5:
        return "dull password"
    return ""


@cache
def _nobodys() -> str:
    """A hash that no password fits, for accounts that are not there."""
    return _hasher.hash(new_secret())

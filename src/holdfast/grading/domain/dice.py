"""Dice of an attempt: the same seed gives the same throws, on every machine and Python version.

PURE. HMAC-SHA256 over a counter, because the replay of a transcript must not depend on how a
library shuffles. Not for secrets: whoever knows the seed knows the throws, and that is the point.
"""

import hmac
from collections.abc import MutableSequence, Sequence
from hashlib import sha256
from typing import Any, TypeVar

T = TypeVar("T")

_WORD_BYTES = 7
_WORDS = 1 << (8 * _WORD_BYTES)


class SeededDice:
    """Implements `scenario.Dice` from a seed text."""

    __slots__ = ("_counter", "_key")

    def __init__(self, seed: str) -> None:
        self._key = seed.encode()
        self._counter = 0

    def random(self) -> float:
        """A number from 0 up to, not including, 1."""
        return (self._word() >> 3) / (_WORDS >> 3)

    def randint(self, a: int, b: int, /) -> int:
        """A whole number, both ends included. Raises `ValueError` when `b` is below `a`."""
        span = b - a + 1
        if not 0 < span <= _WORDS:
            raise ValueError(f"no numbers from {a} to {b}")
        # Words beyond the last full span would make small numbers likelier.
        fair = _WORDS - _WORDS % span
        word = self._word()
        while word >= fair:
            word = self._word()
        return a + word % span

    def choice(self, seq: Sequence[T], /) -> T:
        """One of the sequence. Raises `ValueError` when it is empty."""
        return seq[self.randint(0, len(seq) - 1)]

    def sample(self, population: Sequence[T], k: int, /) -> list[T]:
        """`k` different places of the population, in random order."""
        if not 0 <= k <= len(population):
            raise ValueError(f"cannot take {k} of {len(population)}")
        pool = list(population)
        self.shuffle(pool)
        return pool[:k]

    def shuffle(self, x: MutableSequence[Any], /) -> None:
        """Reorder in place, every order equally likely."""
        for last in range(len(x) - 1, 0, -1):
            other = self.randint(0, last)
            x[last], x[other] = x[other], x[last]

    def _word(self) -> int:
        self._counter += 1
        digest = hmac.digest(self._key, self._counter.to_bytes(8, "big"), sha256)
        return int.from_bytes(digest[:_WORD_BYTES], "big")

"""Chance without state: what is asked decides what falls, so any hour can be looked at first."""

import hashlib

_SPAN = 1 << 64


def roll(seed: int, *what: object) -> float:
    """A number from 0 up to, not including, 1 that belongs to `seed` and `what`."""
    text = "\0".join(map(str, (seed, *what))).encode()
    digest = hashlib.blake2b(text, digest_size=8, person=b"holdfast-demo").digest()
    return int.from_bytes(digest, "big") / _SPAN


def pick(seed: int, among: int, *what: object) -> int:
    """A whole number from 0 up to, not including, `among`."""
    return min(among - 1, int(roll(seed, *what) * among))

"""Ids are a prefix and base-62 digits; what belongs to a thing has an id derived from it.

An offer request's 128 random bits are all the randomness a search needs: its offers, slices,
segments and passengers are derived, so every process and every read gives the same ids.
"""

import hashlib

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BODY_DIGITS = 22
"""62 ** 22 > 2 ** 128."""
_VALUES = {digit: value for value, digit in enumerate(DIGITS)}
_PAIRS = [one + other for one in DIGITS for other in DIGITS]
_INDEX_DIGITS = 2
MAX_OFFERS = len(DIGITS) ** _INDEX_DIGITS
"""Offers of one request that ids can tell apart."""


def make_id(prefix: str, bits: bytes) -> str:
    """`prefix_` and 22 digits of 16 random (or derived) bytes."""
    assert len(bits) == 16
    return f"{prefix}_{_encode(int.from_bytes(bits, 'big'), BODY_DIGITS)}"


def derive(prefix: str, *parts: object) -> str:
    """The id of something that is fully told by `parts` (the first is its owner's id)."""
    text = "\0".join(map(str, parts)).encode()
    return make_id(prefix, hashlib.blake2b(text, digest_size=16, person=b"holdfast-ids").digest())


def offer_id(request_id: str, index: int) -> str:
    """The id of offer number `index` of a request; `request_of_offer` finds the way back."""
    assert 0 <= index < MAX_OFFERS
    return f"off_{request_id.partition('_')[2]}{_encode(index, _INDEX_DIGITS)}"


def request_of_offer(text: str) -> tuple[str, int] | None:
    """Request id and index of an offer id, None if it has not the form of one."""
    body = text.removeprefix("off_")
    if len(body) != BODY_DIGITS + _INDEX_DIGITS or body == text or not _is_digits(body):
        return None
    return f"orq_{body[:BODY_DIGITS]}", _decode(body[BODY_DIGITS:])


def is_id(prefix: str, text: str) -> bool:
    """Whether `text` has the form of an id with this prefix and 22 digits."""
    head, _, body = text.partition("_")
    return head == prefix and len(body) == BODY_DIGITS and _is_digits(body)


def _is_digits(body: str) -> bool:
    return all(digit in _VALUES for digit in body)


def _encode(value: int, length: int) -> str:
    """`length` digits, which is even: two at a time, for a search makes hundreds of ids."""
    pairs = []
    for _ in range(length // 2):
        value, rest = divmod(value, len(_PAIRS))
        pairs.append(_PAIRS[rest])
    return "".join(reversed(pairs))


def _decode(body: str) -> int:
    value = 0
    for digit in body:
        value = value * 62 + _VALUES[digit]
    return value

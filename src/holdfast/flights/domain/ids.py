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
_TWO = len(_PAIRS)
_FOUR = _TWO**2
_INDEX_DIGITS = 2
MAX_OFFERS = len(DIGITS) ** _INDEX_DIGITS
"""Offers of one request that ids can tell apart."""


def make_id(prefix: str, bits: bytes) -> str:
    """`prefix_` and 22 digits of 16 random (or derived) bytes."""
    assert len(bits) == 16
    return f"{prefix}_{_body(int.from_bytes(bits, 'big'))}"


def derive(prefix: str, *parts: object) -> str:
    """The id of something that is fully told by `parts` (the first is its owner's id)."""
    text = "\0".join(map(str, parts)).encode()
    return make_id(prefix, hashlib.blake2b(text, digest_size=16, person=b"holdfast-ids").digest())


def offer_id(request_id: str, index: int) -> str:
    """The id of offer number `index` of a request; `request_of_offer` finds the way back."""
    assert 0 <= index < MAX_OFFERS
    return f"off_{request_id.partition('_')[2]}{_PAIRS[index]}"


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


def _body(value: int) -> str:
    """22 digits, two at a time and without a loop, for a search makes hundreds of ids: 14 and 8
    of them, then 6, 4, 4 and 4, 4."""
    value, low = divmod(value, _FOUR * _FOUR)
    value, third = divmod(value, _FOUR)
    first, second = divmod(value, _FOUR)
    fourth, fifth = divmod(low, _FOUR)
    start, first = divmod(first, _FOUR)
    return (
        _PAIRS[start] + _four(first) + _four(second) + _four(third) + _four(fourth) + _four(fifth)
    )


def _four(value: int) -> str:
    return _PAIRS[value // _TWO] + _PAIRS[value % _TWO]


def _decode(body: str) -> int:
    value = 0
    for digit in body:
        value = value * 62 + _VALUES[digit]
    return value

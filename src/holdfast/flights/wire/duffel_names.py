"""The law of names: what airlines can print: Latin letters, spaces, hyphens and apostrophes.

PURE. Letters of ASCII, Latin-1 Supplement and Latin Extended-A without the ligatures and runes that
tickets cannot carry; 1 to 20 characters.
"""

import unicodedata

from holdfast.flights.wire.duffel_texts import Unfit

MAX_NAME_CHARS = 20
_LAST_LATIN = 0x17F
"""The end of Latin Extended-A."""
_NOT_ON_TICKETS = frozenset("ÆæĲĳŒœÞð")
_MARKS = frozenset(" -'")


def check_name(text: str, field: str, pointer: str) -> None:
    """Raise `Unfit` unless `text` can stand on a ticket."""
    if not is_name(text):
        message = (
            f"Field '{field}' must have 1 to {MAX_NAME_CHARS} characters: Latin letters, spaces, "
            "hyphens and apostrophes."
        )
        raise Unfit(field, pointer, message)


def is_name(text: str) -> bool:
    """Whether `text` can stand on a ticket; marks alone are no name."""
    if not 1 <= len(text) <= MAX_NAME_CHARS:
        return False
    letters = [char for char in text if char not in _MARKS]
    return bool(letters) and all(_is_latin(char) for char in letters)


def _is_latin(char: str) -> bool:
    return (
        ord(char) <= _LAST_LATIN
        and unicodedata.category(char) in ("Lu", "Ll")
        and char not in _NOT_ON_TICKETS
    )

"""The law of languages: which one a traveller reads, by choice first, then by the browser's wish.

PURE. There are two; whoever reads neither gets English.
"""

import re
from typing import Literal

Language = Literal["en", "de"]
LANGUAGES: dict[Language, str] = {"en": "English", "de": "Deutsch"}
"""Their own names, in the order of the switch."""
COOKIE = "holdfast_language"
MAX_WISHES = 20
"""Languages of an `Accept-Language` that are looked at; browsers send a handful."""
MAX_WISH_CHARS = 1000
_WISH = re.compile(r"([a-zA-Z]{1,8}|\*)(?:-[a-zA-Z0-9-]{1,40})?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?")


def language_of(chosen: str | None, accepted: str | None) -> Language:
    """The language for a cookie's value and an `Accept-Language` header."""
    known = named(chosen or "")
    return known or wished(accepted or "")


def named(code: str) -> Language | None:
    """The language of a code."""
    return next((one for one in LANGUAGES if one == code), None)


def wished(accepted: str) -> Language:
    """The best of our languages for an `Accept-Language` header."""
    best: Language = "en"
    best_weight = 0.0
    for part in accepted[:MAX_WISH_CHARS].split(",")[:MAX_WISHES]:
        match = _WISH.fullmatch(part.strip())
        if match is None:
            continue
        language = named(match.group(1).lower())
        weight = float(match.group(2) or 1)
        if language is not None and weight > best_weight:
            best, best_weight = language, weight
    return best

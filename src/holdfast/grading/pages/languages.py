"""The law of languages: pages are written in English or German, and the reader chooses which.

The English sentence in a template is its own key; `languages/de.toml` has the German one for each.
A test holds templates and catalogue together, so that nothing is left in the other language. What a
test's author wrote (titles, hints, reasons) is English and stays as it is.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Literal

from holdfast.grading.pages import words

Language = Literal["en", "de"]
LANGUAGES: dict[Language, str] = {"en": "English", "de": "Deutsch"}
"""Each language by its own name."""
COOKIE = "holdfast_language"
COOKIE_S = 365 * 24 * 3600
"""A choice is kept for a year: it says nothing about the reader but their language."""
MAX_HEADER_CHARS = 200
"""Of `Accept-Language`: browsers send some 50."""
CATALOGUE = files("holdfast.grading.pages") / "languages" / "de.toml"
_BLANK = re.compile(r"\{(\w+)\}")
_MONTHS = [
    "Jan.",
    "Feb.",
    "März",
    "Apr.",
    "Mai",
    "Juni",
    "Juli",
    "Aug.",
    "Sept.",
    "Okt.",
    "Nov.",
    "Dez.",
]


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language that pages are written in: sentences and counted things by their English ones."""

    language: Language
    sentences: Mapping[str, str]
    counted: Mapping[str, tuple[str, str]]

    def says(self, sentence: str, **values: object) -> str:
        """The sentence in this language, `{name}` replaced by its value. A sentence that the
        catalogue lacks stays English."""
        text = self.sentences.get(sentence, sentence)
        if not values:
            return text
        return _BLANK.sub(lambda blank: str(values.get(blank[1], blank[0])), text)

    def count(self, number: int, singular: str, plural: str = "") -> str:
        """`1 attempt`, `2 attempts`; `1 Versuch`, `1.200 Versuche`."""
        known = self.counted.get(singular)
        if known is None:
            return words.count(number, singular, plural)
        text = f"{number:,}".replace(",", ".")
        return f"{text} {known[0] if number == 1 else known[1]}"

    def decimal(self, value: float) -> str:
        """A number with no more digits than it needs: `12.5`; `12,5`."""
        text = f"{value:g}"
        return text.replace(".", ",") if self.language == "de" else text

    def moment(self, moment: datetime) -> str:
        """A moment for readers without scripts."""
        if self.language == "en":
            return words.moment_words(moment)
        utc = moment.astimezone(UTC)
        return f"{utc.day}. {_MONTHS[utc.month - 1]} {utc:%Y, %H:%M:%S} UTC"


ENGLISH = Tongue("en", {}, {})


@cache
def tongues() -> Mapping[Language, Tongue]:
    """All languages, their catalogues read once."""
    found = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    counted = {one: (forms[0], forms[1]) for one, forms in found["counted"].items()}
    return {"en": ENGLISH, "de": Tongue("de", found["sentences"], counted)}


def language_of(asked: str, kept: str, accepted: str) -> Language:
    """The reader's language: what the address asks for, else what the cookie keeps, else the one
    that the browser likes best (`Accept-Language`), else English."""
    for wish in (asked, kept):
        for language in LANGUAGES:
            if wish == language:
                return language
    ranked = sorted(_wishes(accepted[:MAX_HEADER_CHARS]), key=lambda wish: -wish[1])
    for tag, quality in ranked:
        for language in LANGUAGES:
            if quality > 0 and tag.partition("-")[0] == language:
                return language
    return "en"


def _wishes(header: str) -> list[tuple[str, float]]:
    """The tags of an `Accept-Language` header with their qualities, in order."""
    found = []
    for part in header.split(","):
        tag, _, more = part.strip().lower().partition(";")
        _, _, number = more.partition("q=")
        try:
            quality = float(number) if number else 1.0
        except ValueError:
            quality = 0.0
        found.append((tag.strip(), quality))
    return found

"""The law of the catalogue: all sentences together, each name once, said in one language.

PURE. A name that is not there is an error of the program, and a test finds it before a traveller.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from holdfast.flights.pages.figures import number
from holdfast.flights.pages.languages import LANGUAGES, Language
from holdfast.flights.pages.words import (
    booking,
    desk,
    flight,
    frame,
    orders,
    people,
    results,
    search,
)

Entry = tuple[str, str]
"""English, German."""
SUBJECTS: tuple[Mapping[str, Entry], ...] = (
    frame.WORDS,
    search.WORDS,
    results.WORDS,
    flight.WORDS,
    booking.WORDS,
    orders.WORDS,
    desk.WORDS,
    people.WORDS,
)
"""Each page's module of words adds its own here."""


def joined(subjects: tuple[Mapping[str, Entry], ...]) -> Mapping[str, Entry]:
    """All entries; a name that two subjects have is an error of the program."""
    found: dict[str, Entry] = {}
    for subject in subjects:
        twice = found.keys() & subject.keys()
        assert not twice, f"{sorted(twice)} are there twice"
        found |= subject
    return found


ENTRIES = joined(SUBJECTS)


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences of one language."""

    language: Language

    def __call__(self, name: str, /, **places: object) -> str:
        """The sentence of that name, its places filled."""
        return self._sentence(name).format(**places) if places else self._sentence(name)

    def count(self, name: str, n: int, /, **places: object) -> str:
        """`1 stop`, `2 stops`: the sentence `name.one` or `name.many` with `{n}`."""
        form = "one" if n == 1 else "many"
        return self._sentence(f"{name}.{form}").format(n=number(n, self.language), **places)

    def known(self, name: str, otherwise: str) -> str:
        """The sentence of a name that came from elsewhere (a code, a state), or `otherwise`."""
        return self._sentence(name) if name in ENTRIES else otherwise

    def _sentence(self, name: str) -> str:
        return ENTRIES[name][_PLACE[self.language]]


_PLACE = {language: place for place, language in enumerate(LANGUAGES)}

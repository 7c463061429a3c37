"""What somebody who types may mean: places by their codes, their names and words within these.

Immutable once built, and apart from the atlas: every process knows the atlas, one suggests.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from holdfast.flights.domain.atlas import Atlas
from holdfast.flights.domain.place import City, Place

MAX_SUGGESTIONS = 20
"""As many as a person reads."""
MIN_QUERY_CHARS = 1
MAX_QUERY_CHARS = 100
"""Longer than any name."""
_INDEX_CHARS = 2
_CITY_WEIGHT = -10
_LARGE = "International"
"""In its name, it makes an airport likelier to be the one that is meant."""


@dataclass(frozen=True, slots=True)
class _Named:
    """A place with the words it is found by, folded."""

    place: Place
    code: str
    names: tuple[str, ...]
    words: frozenset[str]
    weight: int


@dataclass(frozen=True, slots=True)
class Suggestions:
    """The places of an atlas by what they are called; see `of`."""

    _by_start: Mapping[str, Sequence[_Named]] = field(repr=False)

    @classmethod
    def of(cls, atlas: Atlas) -> "Suggestions":
        """All cities and airports of an atlas."""
        index: dict[str, list[_Named]] = defaultdict(list)
        places: list[Place] = [*atlas.cities.values(), *atlas.airports.values()]
        for place in places:
            named = _named(place)
            starts = {word[:_INDEX_CHARS] for word in (named.code, *named.names, *named.words)}
            for start in starts | {word[:1] for word in starts}:
                index[start].append(named)
        return cls(index)

    def matching(self, query: str, limit: int = MAX_SUGGESTIONS) -> list[Place]:
        """Places for what somebody types: the code itself first, then names that begin so, then
        words within names; cities before their airports."""
        text = fold(query[:MAX_QUERY_CHARS])
        if len(text) < MIN_QUERY_CHARS:
            return []
        ranked = []
        for named in self._by_start.get(text[:_INDEX_CHARS], ()):
            rank = _rank(named, text)
            if rank is not None:
                ranked.append((rank, named.weight, named.names[0], named.code, named.place))
        ranked.sort(key=lambda one: one[:4])
        return [one[4] for one in ranked[:limit]]


def fold(text: str) -> str:
    """Lower case without accents, for comparing: `Zürich ` is `zurich`."""
    if text.isascii():  # nine names of ten: nothing to take apart
        return text.casefold().strip()
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in plain if not unicodedata.combining(char)).strip()


def _named(place: Place) -> _Named:
    if isinstance(place, City):
        names: tuple[str, ...] = (fold(place.name),)
        weight = _CITY_WEIGHT - len(place.airports)
    else:
        names = tuple(name for name in (fold(place.city_name), fold(place.name)) if name)
        weight = -2 * (place.city_code is not None) - (_LARGE in place.name)
    words = frozenset(word for name in names for word in name.split())
    return _Named(place, place.iata.lower(), names or (place.iata.lower(),), words, weight)


def _rank(named: _Named, text: str) -> int | None:
    """How well a text names a place, 0 best; None: not at all."""
    if named.code == text:
        return 0
    if named.names[0] == text:
        return 1
    for rank, name in enumerate(named.names, start=2):
        if name.startswith(text):
            return rank
    if named.code.startswith(text):
        return 6
    sought = text.split()
    if all(any(word.startswith(one) for word in named.words) for one in sought):
        return 5
    return None

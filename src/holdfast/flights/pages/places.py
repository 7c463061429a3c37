"""The law of places: what a traveller typed for one becomes a code, or a question which is meant.

PURE. A code in brackets at the end (`Frankfurt (FRA)`) is what the type-ahead puts there, and
counts as it is. Otherwise the API's suggestions decide: a code or name that is typed in full, or
the only place there is; whoever typed less is asked.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.flights.wire.duffel_places import SuggestionShape

MAX_CHOICES = 8
"""Places that somebody is asked to choose from."""
_IN_BRACKETS = re.compile(r"\(([A-Za-z0-9]{3})\)\s*$", re.ASCII)


@dataclass(frozen=True, slots=True)
class Choice:
    """A place to choose: its code, its name, and what tells it from others."""

    code: str
    name: str
    detail: str
    is_city: bool

    @property
    def text(self) -> str:
        """What stands in a field for it."""
        return f"{self.name} ({self.code})"


def code_in(typed: str) -> str | None:
    """The code in brackets at the end of what was typed."""
    match = _IN_BRACKETS.search(typed)
    return match.group(1).upper() if match else None


def decided(typed: str, found: Sequence[SuggestionShape]) -> str | None:
    """The code that is meant for sure; None if somebody has to choose, or there is nothing."""
    text = typed.strip().casefold()
    for one in found:
        if one.iata_code.casefold() == text:
            return one.iata_code
    if len(found) == 1:
        return found[0].iata_code
    named = [one for one in found if text in (one.name.casefold(), one.city_name.casefold())]
    cities = {one.iata_city_code for one in named}
    if len(cities) == 1:  # an area and its airports, or one airport of that name: the first is best
        return named[0].iata_code
    return None


def choices(found: Sequence[SuggestionShape]) -> list[Choice]:
    """What somebody may choose from."""
    return [choice_of(one) for one in found[:MAX_CHOICES]]


def choice_of(one: SuggestionShape) -> Choice:
    """A suggestion as it is shown."""
    is_city = one.type == "city"
    where = [one.country_name]
    if not is_city and one.city_name and one.city_name != one.name:
        where.insert(0, one.city_name)
    return Choice(one.iata_code, one.name, ", ".join(where), is_city)

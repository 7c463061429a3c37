"""The law of wishes: what a traveller asks for, read from an address and written into one.

PURE. An address holds the whole wish, so it can be shared, kept and gone back to. Whatever is typed
is cut to size; what cannot be searched is named by its field, all of it at once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

Trip = Literal["return", "oneway", "multi"]
TRIPS: tuple[Trip, ...] = ("return", "oneway", "multi")
CABINS = ("economy", "premium_economy", "business", "first")
MAX_DIRECTIONS = 4
"""Of a trip with several stops; the API takes six, a form of six is not read by anybody."""
MAX_PLACE_CHARS = 60
MAX_PEOPLE = 9
"""Of one booking."""
MAX_DAYS_AHEAD = 366
"""Airlines file no flights further ahead."""
CONNECTIONS = 2
"""Changes of aircraft that are looked for; fewer is a filter of what was found."""
Pairs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Direction:
    """From where to where, on which day: as typed, or as codes once places are known."""

    origin: str
    destination: str
    day: str

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed."""
        return not (self.origin or self.destination or self.day)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for. `directions`: one, or several of a `multi` trip; the way back of a
    `return` is `back`. `cabin` empty: any. Numbers are None where none was typed."""

    trip: Trip
    directions: tuple[Direction, ...]
    back: str = ""
    adults: int | None = 1
    children: int | None = 0
    infants: int | None = 0
    cabin: str = ""

    @property
    def legs(self) -> tuple[Direction, ...]:
        """All directions that are flown, the way back too."""
        if self.trip != "return":
            return self.directions
        (out,) = self.directions
        return (out, Direction(out.destination, out.origin, self.back))

    @property
    def people(self) -> int:
        """How many travel."""
        return (self.adults or 0) + (self.children or 0) + (self.infants or 0)

    def pairs(self) -> Pairs:
        """The wish as fields of an address."""
        found: Pairs = [("trip", self.trip)]
        for number, one in enumerate(self.directions, start=1):
            found += [
                (field_name("from", number), one.origin),
                (field_name("to", number), one.destination),
                (field_name("out", number), one.day),
            ]
        if self.trip == "return":
            found.append(("back", self.back))
        for name, many in (
            ("adults", self.adults),
            ("children", self.children),
            ("infants", self.infants),
        ):
            if many or name == "adults":
                found.append((name, "" if many is None else str(many)))
        return [*found, ("cabin", self.cabin)]

    def request(self) -> dict[str, object]:
        """The `data` of the API's offer request; the wish has no problems, its places are codes."""
        kinds = (
            ("adult", self.adults),
            ("child", self.children),
            ("infant_without_seat", self.infants),
        )
        asked: dict[str, object] = {
            "slices": [
                {
                    "origin": one.origin,
                    "destination": one.destination,
                    "departure_date": one.day,
                }
                for one in self.legs
            ],
            "passengers": [{"type": kind} for kind, many in kinds for _ in range(many or 0)],
            "max_connections": CONNECTIONS,
        }
        if self.cabin:
            asked["cabin_class"] = self.cabin
        return asked

    def swapped(self) -> "Wish":
        """The first direction the other way round."""
        first, *others = self.directions
        turned = Direction(first.destination, first.origin, first.day)
        return replace(self, directions=(turned, *others))

    def moved(self, days: int) -> "Wish":
        """All dates so many days later; what is no date stays."""
        directions = tuple(replace(one, day=_later(one.day, days)) for one in self.directions)
        return replace(self, directions=directions, back=_later(self.back, days))

    def with_places(self, codes: Mapping[str, str]) -> "Wish":
        """With codes in the place of what was typed."""
        directions = tuple(
            replace(
                one,
                origin=codes.get(one.origin, one.origin),
                destination=codes.get(one.destination, one.destination),
            )
            for one in self.directions
        )
        return replace(self, directions=directions)


def field_name(name: str, number: int) -> str:
    """The field of direction `number`, from 1: `from`, `from2`, ..."""
    return name if number == 1 else f"{name}{number}"


def wish_of(ask: Callable[[str], str]) -> Wish:
    """The wish in an address. `ask` gives a field's text, empty where there is none."""
    trip: Trip = next((one for one in TRIPS if one == ask("trip")), "return")
    most = MAX_DIRECTIONS if trip == "multi" else 1
    typed = [_direction(ask, number) for number in range(1, most + 1)]
    directions = [one for at, one in enumerate(typed) if at == 0 or not one.is_empty]
    cabin = ask("cabin")
    return Wish(
        trip=trip,
        directions=tuple(directions),
        back=ask("back") if trip == "return" else "",
        adults=_whole(ask("adults"), 1),
        children=_whole(ask("children"), 0),
        infants=_whole(ask("infants"), 0),
        cabin=cabin if cabin in CABINS else "",
    )


def problems(wish: Wish, today: date) -> dict[str, str]:
    """What cannot be searched: the name of a sentence by field. `today` is UTC's: somewhere it is
    still yesterday, so that is let through, and the API says the last word."""
    found: dict[str, str] = {}
    earliest = today - timedelta(days=1)
    for number, one in enumerate(wish.directions, start=1):
        for name, typed in (("from", one.origin), ("to", one.destination)):
            if not typed:
                found[field_name(name, number)] = "search.wrong.place"
        if one.origin and one.origin.casefold() == one.destination.casefold():
            found[field_name("to", number)] = "search.wrong.same"
        earliest = _check_day(found, field_name("out", number), one.day, earliest, today)
    if wish.trip == "return":
        _check_day(found, "back", wish.back, earliest, today)
    if wish.trip == "multi" and len(wish.directions) < 2:
        found.setdefault("from2", "search.wrong.multi")
    people = (wish.adults, wish.children, wish.infants)
    if None in people:
        found["adults"] = "search.wrong.number"
    elif not 1 <= wish.people <= MAX_PEOPLE:
        found["adults"] = "search.wrong.people"
    elif (wish.infants or 0) > (wish.adults or 0):
        found["infants"] = "search.wrong.infants"
    return found


def places_of(wish: Wish) -> list[str]:
    """What was typed for places, each once."""
    typed = [text for one in wish.directions for text in (one.origin, one.destination)]
    return list(dict.fromkeys(typed))


def wrong_field(pointer: str, wish: Wish) -> str:
    """The form's field for a JSON pointer of the API's refusal; `from` where none fits."""
    parts = pointer.strip("/").split("/")
    if parts[0] == "passengers":
        return "adults"
    if parts[0] != "slices" or len(parts) < 3 or not parts[1].isdecimal():
        return "from"
    names = {"origin": "from", "destination": "to", "departure_date": "out"}
    name, place = names.get(parts[2], "from"), int(parts[1])
    if wish.trip == "return" and place == 1:
        return "back"
    return field_name(name, place + 1)


def day_of(text: str) -> date | None:
    """A date like 2026-12-01; None for what is none."""
    try:
        return date.fromisoformat(text) if len(text) == len("2026-12-01") else None
    except ValueError:
        return None


def _direction(ask: Callable[[str], str], number: int) -> Direction:
    return Direction(
        ask(field_name("from", number))[:MAX_PLACE_CHARS],
        ask(field_name("to", number))[:MAX_PLACE_CHARS],
        ask(field_name("out", number))[:10],
    )


def _check_day(found: dict[str, str], field: str, text: str, earliest: date, today: date) -> date:
    day = day_of(text)
    if day is None:
        found[field] = "search.wrong.day"
    elif day < earliest:
        found[field] = "search.wrong.past" if earliest <= today else "search.wrong.order"
    elif day > today + timedelta(days=MAX_DAYS_AHEAD):
        found[field] = "search.wrong.far"
    else:
        return day
    return earliest


def _whole(text: str, otherwise: int) -> int | None:
    if not text:
        return otherwise
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 2 else None


def _later(text: str, days: int) -> str:
    day = day_of(text)
    if day is None:
        return text
    try:
        return (day + timedelta(days=days)).isoformat()
    except OverflowError:
        return text


def same_trip(wish: Wish, asked: Sequence[tuple[str, str, date]], people: int) -> bool:
    """Whether a stored search is one for this wish: its directions and how many travel. (Who
    changes an address by hand gets a search of his own, not another one's prices.)"""
    wanted = [(one.origin, one.destination, day_of(one.day)) for one in wish.legs]
    return wanted == list(asked) and wish.people == people

"""The law of the search form: a wish with its mistakes, field by field, as one page shows it.

PURE.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from holdfast.flights.pages.wish import (
    CABINS,
    MAX_DAYS_AHEAD,
    MAX_DIRECTIONS,
    MAX_PEOPLE,
    TRIPS,
    Wish,
    field_name,
)


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name, what stands in it, and the sentence of what is wrong (None: nothing)."""

    name: str
    value: str
    wrong: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One direction of the form."""

    number: int
    origin: Field
    destination: Field
    day: Field


@dataclass(frozen=True, slots=True)
class Stepper:
    """How many of one kind travel."""

    field: Field
    kind: str
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class SearchForm:
    """The form. `rows`: all directions there may be; the first is of every trip."""

    trip: str
    rows: tuple[Row, ...]
    back: Field
    steppers: tuple[Stepper, ...]
    cabin: str
    first_day: str
    last_day: str
    mistakes: int

    @property
    def trips(self) -> tuple[str, ...]:
        """What a trip may be."""
        return TRIPS

    @property
    def cabins(self) -> tuple[str, ...]:
        """What a cabin may be; beside any."""
        return CABINS


def search_form(wish: Wish, today: date, mistakes: Mapping[str, str]) -> SearchForm:
    """The form of a wish. `mistakes`: a sentence by field."""

    def field(name: str, value: str) -> Field:
        return Field(name, value, mistakes.get(name))

    rows = []
    for number in range(1, MAX_DIRECTIONS + 1):
        known = wish.directions[number - 1] if number <= len(wish.directions) else None
        rows.append(
            Row(
                number,
                field(field_name("from", number), known.origin if known else ""),
                field(field_name("to", number), known.destination if known else ""),
                field(field_name("out", number), known.day if known else ""),
            )
        )
    people = (
        ("adults", wish.adults, 1),
        ("children", wish.children, 0),
        ("infants", wish.infants, 0),
    )
    steppers = tuple(
        Stepper(field(name, "" if many is None else str(many)), name, least, MAX_PEOPLE)
        for name, many, least in people
    )
    return SearchForm(
        trip=wish.trip,
        rows=tuple(rows),
        back=field("back", wish.back),
        steppers=steppers,
        cabin=wish.cabin,
        first_day=today.isoformat(),
        last_day=(today + timedelta(days=MAX_DAYS_AHEAD)).isoformat(),
        mistakes=len(mistakes),
    )


def usual_wish(wish: Wish, today: date) -> Wish:
    """What an empty form begins with: a trip in two weeks that takes one."""
    (first, *_) = wish.directions
    if first.day or first.origin or first.destination or wish.back:
        return wish
    out = (today + timedelta(days=14)).isoformat()
    back = (today + timedelta(days=21)).isoformat()
    return Wish(
        trip=wish.trip,
        directions=(type(first)("", "", out),),
        back=back if wish.trip == "return" else "",
        adults=wish.adults,
        children=wish.children,
        infants=wish.infants,
        cabin=wish.cabin,
    )

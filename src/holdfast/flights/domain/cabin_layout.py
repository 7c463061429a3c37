"""The law of layouts: seats are exactly those of the configuration, and the same on every read.

Airlines file how many seats a cabin has (ACV, `C028Y189`), not where they stand. A layout places
them plausibly for the aircraft's family: seats abreast by cabin, rows counted through all cabins
without 13, exits over the wings, lavatories and galleys at the ends. No randomness: one aircraft
and configuration is one layout for ever, for seats that were sold stand in it.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from holdfast.flights.domain.fare import CABIN_LETTERS, Cabin
from holdfast.flights.domain.schedule import seats_of

MAX_SEATS = 900
"""More than the largest airliner may carry; a configuration that claims more has no seat map."""
LAYOUTS_KEPT = 512
"""Layouts that are kept computed: the configurations of some hundred airlines."""
UNLUCKY_ROW = 13
EXIT_SEATS_FROM = 20
"""Cabins with fewer seats have their exits in front of the seats, where no seat is restricted."""
SECOND_EXIT_FROM = 140
"""Narrow cabins with so many seats have two rows at overwing exits."""
FRONT_ROWS = 3
"""Rows of a cabin that count as its front."""
_WINGS_FROM, _WINGS_TO = 0.35, 0.62
"""The part of all rows, from the nose, that is over the wings."""


class Fixture(StrEnum):
    """What stands in a section beside seats, as the API names it."""

    EMPTY = "empty"
    BASSINET = "bassinet"
    EXIT_ROW = "exit_row"
    LAVATORY = "lavatory"
    GALLEY = "galley"
    CLOSET = "closet"


class Place(StrEnum):
    """What a seat's place is worth."""

    STANDARD = "standard"
    FRONT = "front"
    LEGROOM = "extra_legroom"
    EXIT = "exit_row"


@dataclass(frozen=True, slots=True)
class Seat:
    """One seat: row and column letter, and what its place is worth."""

    row: int
    column: str
    cabin: Cabin
    place: Place

    @property
    def designator(self) -> str:
        return f"{self.row}{self.column}"


Element = Seat | Fixture
Section = tuple[Element, ...]
Row = tuple[Section, ...]
"""A row is its sections, one more than there are aisles."""


@dataclass(frozen=True, slots=True)
class CabinLayout:
    """A cabin, front to back. `wings`: first and last index of `rows` that are over them."""

    cabin: Cabin
    aisles: int
    rows: tuple[Row, ...]
    wings: tuple[int, int] | None

    def seats(self) -> tuple[Seat, ...]:
        """All seats, front to back, left to right."""
        return tuple(
            one for row in self.rows for part in row for one in part if isinstance(one, Seat)
        )


@dataclass(frozen=True, slots=True)
class Layout:
    """The cabins of an aircraft from front to back."""

    cabins: tuple[CabinLayout, ...]

    def cabin(self, cabin: Cabin) -> CabinLayout | None:
        """One cabin, None if this aircraft has none of that name."""
        return next((one for one in self.cabins if one.cabin is cabin), None)


class Family(StrEnum):
    """Aircraft that share a cross section."""

    COMMUTER = "commuter"
    REGIONAL = "regional"
    FIVE_ABREAST = "five_abreast"
    NARROW = "narrow"
    TWIN_SMALL = "twin_small"
    TWIN_EIGHT = "twin_eight"
    TWIN_NINE = "twin_nine"
    TWIN_TEN = "twin_ten"


_CODES = {
    Family.COMMUTER: "BE1 BEH D28 D38 ER3 ER4 ERD ERJ J31 J32 J41 L4T SF3 SWM S20 EM2",
    Family.REGIONAL: "AT4 AT5 AT7 ATR AR1 AR8 AR7 CR1 CR2 CR7 CR9 CRA CRJ CRK DH1 DH2 DH3 DH4 DH8 "
    "E70 E75 E7W E90 E95 275 290 295 EMJ F50 FK5 M60 T20",
    Family.FIVE_ABREAST: "100 70F F70 F100 717 221 223 BCS M80 M81 M82 M83 M87 M88 M90 D9S D93 D94 "
    "D95 SU9 SU1",
    Family.TWIN_SMALL: "762 763 764 767 76W",
    Family.TWIN_EIGHT: "310 312 313 330 332 333 338 339 340 342 343 345 346 AB3 AB4 AB6 L10",
    Family.TWIN_NINE: "350 351 359 787 788 789 781 78J IL9 I93 I96 D10 M11",
    Family.TWIN_TEN: "777 772 773 77L 77W 779 778 747 741 742 743 744 748 74H 380 388",
}
_FAMILIES = {code: family for family, codes in _CODES.items() for code in codes.split()}
_WIDE = {Family.TWIN_SMALL, Family.TWIN_EIGHT, Family.TWIN_NINE, Family.TWIN_TEN}
_ECONOMY = {
    Family.COMMUTER: "A|CD",
    Family.REGIONAL: "AC|DF",
    Family.FIVE_ABREAST: "AC|DEF",
    Family.NARROW: "ABC|DEF",
    Family.TWIN_SMALL: "AB|DEF|HK",
    Family.TWIN_EIGHT: "AC|DEFG|HK",
    Family.TWIN_NINE: "ABC|DEF|GHK",
    Family.TWIN_TEN: "ABC|DEFG|HJK",
}
_PREMIUM = {
    Family.TWIN_SMALL: "AC|DG|HK",
    Family.TWIN_EIGHT: "AC|DEG|HK",
    Family.TWIN_NINE: "AC|DEF|HK",
    Family.TWIN_TEN: "AC|DEFG|HK",
}
_SUITES = "A|DG|K"
_PAIRS = "AC|DF"
_ORDER = (Cabin.FIRST, Cabin.BUSINESS, Cabin.PREMIUM_ECONOMY, Cabin.ECONOMY)


def family_of(aircraft: str) -> Family:
    """The family of an IATA aircraft type; unknown types are single-aisle jets."""
    return _FAMILIES.get(aircraft.upper(), Family.NARROW)


def cabins_of(configuration: str) -> dict[Cabin, int]:
    """Seats by cabin, front to back; cabins without seats and unknown letters are left out."""
    found: dict[Cabin, int] = {}
    for letter, seats in seats_of(configuration).items():
        cabin = CABIN_LETTERS.get(letter)
        if cabin is not None:
            found[cabin] = found.get(cabin, 0) + seats
    return {cabin: found[cabin] for cabin in _ORDER if found.get(cabin)}


@lru_cache(maxsize=LAYOUTS_KEPT)
def layout(aircraft: str, configuration: str) -> Layout:
    """The layout of an aircraft type and its configuration; no cabins where neither says enough
    or the configuration claims more than `MAX_SEATS`."""
    cabins = cabins_of(configuration)
    if sum(cabins.values()) > MAX_SEATS:
        return Layout(())
    family = family_of(aircraft)
    number = 1
    built: list[tuple[Cabin, str, list[Row]]] = []
    for place, (cabin, seats) in enumerate(cabins.items()):
        abreast = _abreast(family, cabin)
        rows, number = _seat_rows(cabin, abreast, seats, number)
        _mark_exits(rows, family, cabin, seats)
        sections = abreast.count("|") + 1
        rows.insert(0, _front(sections, is_first=place == 0))
        built.append((cabin, abreast, rows))
    if built:
        built[-1][2].append(_rear(built[-1][1].count("|") + 1))
    return Layout(_with_wings(built))


def _abreast(family: Family, cabin: Cabin) -> str:
    """Column letters of a full row, `|` for each aisle."""
    if cabin is Cabin.ECONOMY:
        return _ECONOMY[family]
    if family is Family.COMMUTER:
        return _ECONOMY[family]
    if family not in _WIDE:
        return _PAIRS
    return _PREMIUM[family] if cabin is Cabin.PREMIUM_ECONOMY else _SUITES


def _seat_rows(cabin: Cabin, abreast: str, seats: int, number: int) -> tuple[list[Row], int]:
    """Rows of seats from row `number` on, the last one as full as the seats allow; and the next
    row's number. A part row is filled from the windows inwards."""
    columns = abreast.replace("|", "")
    rows: list[Row] = []
    first = number
    while seats > 0:
        number += number == UNLUCKY_ROW
        chosen = _from_windows(columns)[: min(seats, len(columns))]
        place = Place.FRONT if number - first < FRONT_ROWS else Place.STANDARD
        rows.append(
            tuple(
                tuple(
                    Seat(number, letter, cabin, place) if letter in chosen else Fixture.EMPTY
                    for letter in part
                )
                for part in abreast.split("|")
            )
        )
        seats -= len(chosen)
        number += 1
    return rows, number


def _from_windows(columns: str) -> str:
    last = len(columns) - 1
    return "".join(
        columns[index] if index == last - index else columns[index] + columns[last - index]
        for index in range((len(columns) + 1) // 2)
    )


def _mark_exits(rows: list[Row], family: Family, cabin: Cabin, seats: int) -> None:
    """Put exit rows into an economy cabin, their seats and the bulkhead's seats marked."""
    if cabin is not Cabin.ECONOMY or seats < EXIT_SEATS_FROM:
        return
    rows[0] = _as(rows[0], Place.LEGROOM)
    middle = len(rows) // 2
    exits = [middle]
    if family not in _WIDE and seats >= SECOND_EXIT_FROM:
        exits.append(middle + 1)
    for index in exits:
        rows[index] = _as(rows[index], Place.EXIT)
    sections = len(rows[middle])
    doors: Row = tuple(
        (Fixture.EXIT_ROW if index in (0, sections - 1) else Fixture.EMPTY,)
        for index in range(sections)
    )
    rows.insert(middle, doors)


def _as(row: Row, place: Place) -> Row:
    return tuple(
        tuple(
            Seat(one.row, one.column, one.cabin, place) if isinstance(one, Seat) else one
            for one in part
        )
        for part in row
    )


def _front(sections: int, *, is_first: bool) -> Row:
    """What stands before a cabin's first seats."""
    if is_first:
        return _ends(sections, Fixture.LAVATORY, Fixture.GALLEY)
    if sections > 2:
        return _ends(sections, Fixture.LAVATORY, Fixture.LAVATORY, middle=Fixture.BASSINET)
    return _ends(sections, Fixture.CLOSET, Fixture.EMPTY)


def _rear(sections: int) -> Row:
    """What stands behind the last seats."""
    return _ends(sections, Fixture.LAVATORY, Fixture.LAVATORY, middle=Fixture.GALLEY)


def _ends(sections: int, left: Fixture, right: Fixture, *, middle: Fixture = Fixture.GALLEY) -> Row:
    return ((left,), *(((middle,),) * (sections - 2)), (right,))


def _with_wings(built: list[tuple[Cabin, str, list[Row]]]) -> tuple[CabinLayout, ...]:
    """The cabins, each knowing which of its rows are over the wings."""
    total = sum(len(rows) for _, _, rows in built)
    first, last = int(total * _WINGS_FROM), int(total * _WINGS_TO)
    starts = [0]
    for _, _, rows in built:
        starts.append(starts[-1] + len(rows))
    found = []
    for (cabin, abreast, rows), (start, end) in zip(built, pairwise(starts), strict=True):
        over = (max(first, start) - start, min(last, end - 1) - start)
        wings = over if over[0] <= over[1] else None
        found.append(CabinLayout(cabin, abreast.count("|"), tuple(rows), wings))
    return tuple(found)

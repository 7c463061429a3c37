"""The law of seat plans: a seat map of the API becomes rows that can be drawn, read out and walked.

PURE. A plan is made for one traveller: what somebody of the party may have, this one may not. Only
the cabin that was bought is drawn; it is the one with seats for the party. Prices are told apart by
tiers, cheapest first, each with a colour and a shape of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from holdfast.flights.domain.money import Money, parse_amount
from holdfast.flights.wire.duffel_seat_maps import (
    ElementShape,
    RowShape,
    SeatCabinShape,
    SeatMapShape,
    SeatServiceShape,
)

MAX_TIERS = 6
"""Shapes there are; dearer tiers share the last one, and their price tells them apart."""
MAX_COLUMNS = 5
"""Seats side by side in a section that the style has a width for; real cabins have four."""
SEATS = frozenset({"seat", "restricted_seat_general"})


class SeatState(StrEnum):
    """What one traveller can do with a seat."""

    FREE = "free"
    TAKEN = "taken"
    RESTRICTED = "restricted"


@dataclass(frozen=True, slots=True)
class SeatCell:
    """A seat. `service_id` and `price` are of the traveller whom the plan is for, None when not
    free; `holder`: whose seat it is in this party, as a number from 1."""

    designator: str
    column: str
    name: str
    state: SeatState
    disclosures: tuple[str, ...] = ()
    service_id: str | None = None
    price: Money | None = None
    tier: int = 0
    holder: int | None = None


@dataclass(frozen=True, slots=True)
class FixtureCell:
    """What stands in a section beside seats; `wide`: it fills the section."""

    kind: str
    wide: bool


Cell = SeatCell | FixtureCell


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A row: `number` None for rows without seats; sections from left to right. `is_exit`: the
    doors before the seats of an exit row."""

    number: int | None
    sections: tuple[tuple[Cell, ...], ...]
    is_over_wing: bool = False
    is_exit: bool = False


@dataclass(frozen=True, slots=True)
class PlanCabin:
    """A cabin of one deck. `columns`: the letters of each section."""

    cabin_class: str
    deck: int
    columns: tuple[tuple[str, ...], ...]
    rows: tuple[PlanRow, ...]


@dataclass(frozen=True, slots=True)
class Tier:
    """Seats of one price: its number from 0, cheapest first, and what they are called."""

    number: int
    price: Money
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeatPlan:
    """The seats of one segment for one traveller."""

    segment_id: str
    cabins: tuple[PlanCabin, ...]
    tiers: tuple[Tier, ...]

    def seats(self) -> Iterator[SeatCell]:
        """All seats, front to back, left to right."""
        for cabin in self.cabins:
            for row in cabin.rows:
                yield from seats_in(row)

    def seat(self, designator: str) -> SeatCell | None:
        """The seat of that name."""
        return next((one for one in self.seats() if one.designator == designator), None)

    @property
    def has_decks(self) -> bool:
        """Whether there is more than one deck to name."""
        return len({one.deck for one in self.cabins}) > 1


def seat_plan(
    found: SeatMapShape, passenger_id: str, holders: Mapping[str, int], cabin_class: str = ""
) -> SeatPlan:
    """The plan of a seat map for one traveller. `holders`: designators that the party has chosen,
    by whom. `cabin_class`: the cabin that was bought, for maps in which nothing is free."""
    shown = [one for one in found.cabins if has_services(one)]
    if not shown:
        shown = [one for one in found.cabins if one.cabin_class == cabin_class]
    tiers = _tiers(shown)
    known = {(tier.price.minor, name): tier.number for tier in tiers for name in tier.names}
    sight = _Sight(passenger_id, holders, known)
    return SeatPlan(found.segment_id, tuple(_cabin(one, sight) for one in shown), tiers)


def seats_in(row: PlanRow) -> Iterator[SeatCell]:
    """The seats of a row, left to right."""
    for part in row.sections:
        for cell in part:
            if isinstance(cell, SeatCell):
                yield cell


def row_number(designator: str) -> int | None:
    """`14` of `14C`."""
    digits = designator.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 3 else None


def column_of(designator: str) -> str:
    """`C` of `14C`."""
    return designator.lstrip("0123456789")


def has_services(cabin: SeatCabinShape) -> bool:
    """Whether anybody of the party can have a seat in it."""
    return any(services_of(one) for one in elements_of(cabin))


def elements_of(cabin: SeatCabinShape) -> Iterator[ElementShape]:
    """All elements of a cabin."""
    for row in cabin.rows:
        for section in row.sections:
            yield from section.elements


def services_of(element: ElementShape) -> Sequence[SeatServiceShape]:
    """What can be bought of an element; nothing of fixtures."""
    found = element.available_services
    return found if isinstance(found, list) else ()


def text_of(value: object) -> str:
    """A text that an element may have."""
    return value if isinstance(value, str) else ""


def price_of(service: SeatServiceShape) -> Money:
    """What a seat costs; what cannot be read costs nothing, and the API says what is due."""
    minor = parse_amount(service.total_amount, service.total_currency)
    return Money(minor or 0, service.total_currency)


@dataclass(frozen=True, slots=True)
class _Sight:
    """Whose eyes see the map."""

    passenger_id: str
    holders: Mapping[str, int]
    tiers: Mapping[tuple[int, str], int]


def _tiers(cabins: Sequence[SeatCabinShape]) -> tuple[Tier, ...]:
    """Tiers of all that anybody of the party can have."""
    names: dict[Money, dict[str, None]] = {}
    for cabin in cabins:
        for element in elements_of(cabin):
            for service in services_of(element)[:1]:
                names.setdefault(price_of(service), {})[text_of(element.name)] = None
    ordered = sorted(names, key=lambda price: (price.currency, price.minor))
    return tuple(
        Tier(min(number, MAX_TIERS - 1), price, tuple(names[price]))
        for number, price in enumerate(ordered)
    )


def _cabin(cabin: SeatCabinShape, sight: _Sight) -> PlanCabin:
    columns = _columns(cabin)
    wings = cabin.wings
    over = range(wings.first_row_index, wings.last_row_index + 1) if wings else range(0)
    rows = tuple(
        _row(row, columns, sight, is_over_wing=index in over)
        for index, row in enumerate(cabin.rows)
    )
    return PlanCabin(cabin.cabin_class, cabin.deck, columns, rows)


def _columns(cabin: SeatCabinShape) -> tuple[tuple[str, ...], ...]:
    """The letters of each section: those of its fullest row."""
    sections = max((len(row.sections) for row in cabin.rows), default=0)
    found: list[tuple[str, ...]] = [()] * sections
    for row in cabin.rows:
        for place, section in enumerate(row.sections):
            letters = tuple(
                column_of(text_of(one.designator)) for one in section.elements if one.type in SEATS
            )
            if len(letters) > len(found[place]):
                found[place] = letters[:MAX_COLUMNS]
    return tuple(found)


def _row(
    row: RowShape, columns: Sequence[Sequence[str]], sight: _Sight, *, is_over_wing: bool
) -> PlanRow:
    sections = tuple(
        tuple(
            _cell(one, sight, wide=len(section.elements) < len(columns[place]))
            for one in section.elements
        )
        for place, section in enumerate(row.sections)
    )
    seats = [one for part in sections for one in part if isinstance(one, SeatCell)]
    kinds = {one.kind for part in sections for one in part if isinstance(one, FixtureCell)}
    return PlanRow(
        number=row_number(seats[0].designator) if seats else None,
        sections=sections,
        is_over_wing=is_over_wing,
        is_exit="exit_row" in kinds,
    )


def _cell(element: ElementShape, sight: _Sight, *, wide: bool) -> Cell:
    if element.type not in SEATS:
        return FixtureCell(element.type, wide)
    designator, name = text_of(element.designator), text_of(element.name)
    services = services_of(element)
    mine = next((one for one in services if one.passenger_id == sight.passenger_id), None)
    state = SeatState.TAKEN
    if mine is not None:
        state = SeatState.FREE
    elif services or element.type == "restricted_seat_general":
        state = SeatState.RESTRICTED
    price = price_of(mine) if mine is not None else None
    told = element.disclosures
    return SeatCell(
        designator=designator,
        column=column_of(designator),
        name=name,
        state=state,
        disclosures=told if isinstance(told, tuple) else (),
        service_id=mine.id if mine is not None else None,
        price=price,
        tier=sight.tiers.get((price.minor, name), 0) if price is not None else 0,
        holder=sight.holders.get(designator),
    )

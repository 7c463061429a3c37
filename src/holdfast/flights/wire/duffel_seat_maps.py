"""The law of seat maps in the API: cabins of rows of sections of elements, seats among fixtures.

PURE. A seat without services cannot be had. A seat that this party may not have at all is a
`restricted_seat_general`, which only clients of v2 know; for others it is a seat without services.
"""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from holdfast.flights.domain.cabin_layout import CabinLayout, Element, Fixture
from holdfast.flights.domain.fare import Cabin
from holdfast.flights.domain.seat_map import MapSeat, SeatMap

ElementType = Literal[
    "seat",
    "bassinet",
    "empty",
    "exit_row",
    "lavatory",
    "galley",
    "closet",
    "stairs",
    "restricted_seat_general",
]


class SeatServiceShape(Struct, frozen=True):
    """A seat for one passenger."""

    id: str
    passenger_id: str
    total_amount: str
    total_currency: str


class ElementShape(Struct, frozen=True):
    """What stands in a section; only seats have more than a type."""

    type: ElementType
    designator: str | UnsetType = UNSET
    name: str | UnsetType | None = UNSET
    disclosures: tuple[str, ...] | UnsetType = UNSET
    available_services: list[SeatServiceShape] | UnsetType = UNSET


class SectionShape(Struct, frozen=True):
    """What is between two aisles."""

    elements: list[ElementShape]


class RowShape(Struct, frozen=True):
    """A row, left to right."""

    sections: list[SectionShape]


class WingsShape(Struct, frozen=True):
    """Which rows are over the wings, counted from 0."""

    first_row_index: int
    last_row_index: int


class SeatCabinShape(Struct, frozen=True):
    """A cabin, front to back."""

    cabin_class: Cabin
    deck: int
    aisles: int
    wings: WingsShape | None
    rows: list[RowShape]


class SeatMapShape(Struct, frozen=True):
    """The seats of one segment."""

    id: str
    slice_id: str
    segment_id: str
    cabins: list[SeatCabinShape]


def seat_map_shape(seat_map: SeatMap, *, knows_restricted: bool) -> SeatMapShape:
    """A seat map; `knows_restricted`: the client speaks v2."""
    return SeatMapShape(
        seat_map.id,
        seat_map.slice_id,
        seat_map.segment_id,
        [_cabin(cabin, seat_map, knows_restricted) for cabin in seat_map.cabins],
    )


def _cabin(cabin: CabinLayout, seat_map: SeatMap, knows_restricted: bool) -> SeatCabinShape:
    def element(one: Element) -> ElementShape:
        if isinstance(one, Fixture):
            return _FIXTURES[one]
        return _seat(seat_map.seats[one.designator], knows_restricted)

    return SeatCabinShape(
        cabin_class=cabin.cabin,
        deck=0,
        aisles=cabin.aisles,
        wings=WingsShape(*cabin.wings) if cabin.wings else None,
        rows=[
            RowShape([SectionShape([element(one) for one in part]) for part in row])
            for row in cabin.rows
        ],
    )


def _seat(shown: MapSeat, knows_restricted: bool) -> ElementShape:
    return ElementShape(
        type="restricted_seat_general" if shown.restricted and knows_restricted else "seat",
        designator=shown.seat.designator,
        name=shown.name,
        disclosures=shown.disclosures,
        available_services=[
            SeatServiceShape(one.id, one.passenger_id, one.price.text, one.price.currency)
            for one in shown.services
        ],
    )


_FIXTURES = {fixture: ElementShape(fixture.value) for fixture in Fixture}

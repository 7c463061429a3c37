"""The law of services of an order: the seats that can still be chosen, one entry for each.

PURE. They are those of the order's seat maps, with the same ids.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

from msgspec import Struct

from holdfast.flights.domain.seat_map import SeatMap
from holdfast.flights.wire.duffel_trips import SeatShape


class SeatOfferShape(Struct, frozen=True):
    """A seat that one passenger can have on one segment."""

    id: str
    metadata: SeatShape
    passenger_ids: list[str]
    segment_ids: list[str]
    total_amount: str
    total_currency: str
    maximum_quantity: Literal[1] = 1
    type: Literal["seat"] = "seat"


def seat_offers(maps: Iterable[SeatMap]) -> Iterator[SeatOfferShape]:
    """All seats of these maps that can be had, front to back."""
    for one in maps:
        for designator, shown in one.seats.items():
            seat = SeatShape(designator, shown.name, shown.disclosures)
            for service in shown.services:
                yield SeatOfferShape(
                    id=service.id,
                    metadata=seat,
                    passenger_ids=[service.passenger_id],
                    segment_ids=[one.segment_id],
                    total_amount=service.price.text,
                    total_currency=service.price.currency,
                )

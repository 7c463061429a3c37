"""The law of trips: slices and segments are told alike in offers, orders and changes.

PURE. What an order adds (`seat`, `changeable`) is left out of offers. Penalties are for all
passengers of the trip together, as the amount that would be charged.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from msgspec import UNSET, Struct, UnsetType, structs

from holdfast.flights.domain.fare import Cabin, FareTerms, PassengerType
from holdfast.flights.domain.flight import DatedLeg, Segment
from holdfast.flights.domain.ids import derive
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.offer import Offer, SoldSegment, SoldSlice, Traveller
from holdfast.flights.domain.order import SeatChoice
from holdfast.flights.domain.place import emissions_kg
from holdfast.flights.wire.duffel_places import (
    AircraftShape,
    AirlineShape,
    AirportShape,
    Names,
    PlaceShape,
    PlaceType,
)
from holdfast.flights.wire.duffel_texts import duration, local

CABIN_NAMES = {
    Cabin.FIRST: "First",
    Cabin.BUSINESS: "Business",
    Cabin.PREMIUM_ECONOMY: "Premium Economy",
    Cabin.ECONOMY: "Economy",
}


class ConditionShape(Struct, frozen=True):
    """Whether something may be done, and what it costs; amounts null where it may not."""

    allowed: bool
    penalty_amount: str | None
    penalty_currency: str | None


class ConditionsShape(Struct, frozen=True):
    """What may be done with a whole offer or order."""

    change_before_departure: ConditionShape | None
    refund_before_departure: ConditionShape | None


class SliceConditionsShape(Struct, frozen=True):
    """What may be done with one slice; null: nobody filed it."""

    change_before_departure: ConditionShape | None
    advance_seat_selection: bool | None
    priority_boarding: bool | None = None
    priority_check_in: bool | None = None


class BaggageShape(Struct, frozen=True):
    """Bags that are included."""

    type: str
    quantity: int


class AmenitiesShape(Struct, frozen=True):
    """What is on board; null: nobody filed it."""

    wifi: None = None
    seat: None = None
    power: None = None


class CabinShape(Struct, frozen=True):
    """The cabin somebody sits in."""

    name: Cabin
    marketing_name: str
    amenities: AmenitiesShape = AmenitiesShape()


class SeatShape(Struct, frozen=True):
    """A seat that was chosen."""

    designator: str
    name: str
    disclosures: tuple[str, ...]


class SegmentPassengerShape(Struct, frozen=True):
    """One passenger on one segment."""

    passenger_id: str
    cabin_class: Cabin
    cabin_class_marketing_name: str
    cabin: CabinShape
    fare_basis_code: str | None
    baggages: list[BaggageShape]
    seat: SeatShape | UnsetType | None = UNSET


class StopShape(Struct, frozen=True):
    """Where a flight lands in between under the same number."""

    id: str
    airport: AirportShape
    arriving_at: str
    departing_at: str
    duration: str


class SegmentShape(Struct, frozen=True):
    """A flight; times are local at its airports."""

    id: str
    origin: AirportShape
    destination: AirportShape
    origin_terminal: str | None
    destination_terminal: str | None
    departing_at: str
    arriving_at: str
    duration: str
    distance: str | None
    marketing_carrier: AirlineShape
    marketing_carrier_flight_number: str
    operating_carrier: AirlineShape
    operating_carrier_flight_number: str | None
    aircraft: AircraftShape | None
    stops: list[StopShape]
    passengers: list[SegmentPassengerShape]


class SliceShape(Struct, frozen=True):
    """One direction of a trip."""

    id: str
    origin: AirportShape | PlaceShape
    origin_type: PlaceType
    destination: AirportShape | PlaceShape
    destination_type: PlaceType
    duration: str
    fare_brand_name: str | None
    comparison_key: str
    ngs_shelf: int | None
    conditions: SliceConditionsShape
    segments: list[SegmentShape]
    changeable: bool | UnsetType | None = UNSET


class Flown:
    """What is the same in all offers of an answer, worked out once: a flight, apart from who sits
    where. A flight is known by its object, which lives as long as this."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self._flights: dict[int, tuple[Segment, SegmentShape]] = {}
        self._kg: dict[tuple[int, Cabin], int] = {}
        self._keys: dict[tuple[int, ...], str] = {}

    def flight(self, flown: Segment) -> SegmentShape:
        """The flight, without an id, stops and passengers."""
        found = self._flights.get(id(flown))
        if found is None:
            found = self._flights[id(flown)] = flown, self._flight(flown)
        return found[1]

    def emissions_kg(self, flown: Segment, cabin: Cabin) -> int:
        """An estimate for one seat, in kg; unlisted airports add nothing."""
        self.flight(flown)
        found = self._kg.get((id(flown), cabin))
        if found is None:
            aircraft = self.names.atlas.aircraft_of(flown.legs[0].aircraft)
            legs = [self.names.distance_km([one, other]) for one, other in pairwise(calls(flown))]
            found = sum(emissions_kg(km, cabin, aircraft) for km in legs if km is not None)
            self._kg[id(flown), cabin] = found
        return found

    def comparison_key(self, sold: SoldSlice) -> str:
        """The same for the same flights, whatever is paid for them."""
        flights = [one.segment for one in sold.segments]
        for one in flights:
            self.flight(one)
        key = tuple(map(id, flights))
        if key not in self._keys:
            told = [f"{one.marketing}{one.flight_date}{one.board}{one.off}" for one in flights]
            self._keys[key] = derive("key", *told).removeprefix("key_")
        return self._keys[key]

    def _flight(self, flown: Segment) -> SegmentShape:
        names, first, last = self.names, flown.legs[0], flown.legs[-1]
        km = names.distance_km(calls(flown))
        return SegmentShape(
            id="",
            origin=names.airport(flown.board),
            destination=names.airport(flown.off),
            origin_terminal=first.board_terminal or None,
            destination_terminal=last.off_terminal or None,
            departing_at=local(flown.departing_at),
            arriving_at=local(flown.arriving_at),
            duration=duration(flown.duration_min),
            distance=None if km is None else str(km),
            marketing_carrier=names.airline(flown.marketing.carrier),
            marketing_carrier_flight_number=f"{flown.marketing.number}{flown.marketing.suffix}",
            operating_carrier=names.airline(flown.operating.carrier),
            operating_carrier_flight_number=f"{flown.operating.number}{flown.operating.suffix}",
            aircraft=names.aircraft(first.aircraft),
            stops=[],
            passengers=[],
        )


def slice_shape(
    names: Names,
    sold: SoldSlice,
    offer: Offer,
    seats: Sequence[SeatChoice] | None = None,
    *,
    flown: Flown | None = None,
) -> SliceShape:
    """A slice; `seats` are those of the order, None in an offer. `flown`: of the whole answer."""
    flown = flown or Flown(names)
    change = slice_change(sold, offer)
    included = all(one.terms.seat_included for one in sold.segments)
    brands = {one.terms.brand for one in sold.segments}
    return SliceShape(
        id=sold.id,
        origin=names.airport(sold.origin),
        origin_type="airport",
        destination=names.airport(sold.destination),
        destination_type="airport",
        duration=duration(sold.duration_min),
        fare_brand_name=brands.pop() if len(brands) == 1 else None,
        comparison_key=flown.comparison_key(sold),
        ngs_shelf=None,
        conditions=SliceConditionsShape(change, included),
        segments=[
            segment_shape(flown, one, offer.travellers, seats=seats) for one in sold.segments
        ],
        changeable=UNSET if seats is None else change.allowed,
    )


def segment_shape(
    flown: Flown,
    sold: SoldSegment,
    travellers: Sequence[Traveller],
    *,
    seats: Sequence[SeatChoice] | None = None,
) -> SegmentShape:
    """A segment with its passengers."""
    legs = pairwise(sold.segment.legs)
    return structs.replace(
        flown.flight(sold.segment),
        id=sold.id,
        stops=[_stop(flown.names, sold.id, one, after) for one, after in legs],
        passengers=[_passenger(sold, who, seats) for who in travellers],
    )


def slice_change(sold: SoldSlice, offer: Offer) -> ConditionShape:
    """Whether a slice can be changed, and for how much."""
    return _condition([sold], offer, lambda terms: (terms.changeable, terms.change_penalty or 0))


def offer_conditions(offer: Offer) -> ConditionsShape:
    """What may be done with all of it."""
    return ConditionsShape(
        change_before_departure=_condition(
            offer.slices, offer, lambda terms: (terms.changeable, terms.change_penalty or 0)
        ),
        refund_before_departure=_condition(
            offer.slices, offer, lambda terms: (terms.refundable, terms.refund_penalty or 0)
        ),
    )


def calls(flown: Segment) -> list[str]:
    """Where a segment starts, lands in between and ends."""
    return [flown.legs[0].key.board, *(leg.key.off for leg in flown.legs)]


def total_emissions_kg(flown: Flown, offer: Offer) -> int:
    """An estimate for all who take a seat, in kg."""
    sold = [one for part in offer.slices for one in part.segments]
    return offer.seats_needed() * sum(flown.emissions_kg(one.segment, one.cabin) for one in sold)


def seat_shape(seat: SeatChoice) -> SeatShape:
    """A seat that was chosen."""
    return SeatShape(seat.designator, seat_name(seat), seat.disclosures)


def seat_name(seat: SeatChoice) -> str:
    """What its tier is called, in words."""
    return (seat.tier or "standard").replace("_", " ").capitalize()


def _condition(
    slices: Iterable[SoldSlice], offer: Offer, of: Callable[[FareTerms], tuple[bool, int]]
) -> ConditionShape:
    """Allowed if every segment allows it; every passenger pays the dearest penalty of a slice."""
    penalty = 0
    for one in slices:
        found = [of(sold.terms) for sold in one.segments]
        if not all(allowed for allowed, _ in found):
            return ConditionShape(allowed=False, penalty_amount=None, penalty_currency=None)
        penalty += max(amount for _, amount in found)
    due = Money(penalty * len(offer.travellers), offer.total.currency)
    return ConditionShape(allowed=True, penalty_amount=due.text, penalty_currency=due.currency)


def _passenger(
    sold: SoldSegment, who: Traveller, seats: Sequence[SeatChoice] | None
) -> SegmentPassengerShape:
    name = CABIN_NAMES[sold.cabin]
    basis = next((f.basis for f in sold.fares if f.passenger_type is who.type), None)
    seat: SeatShape | UnsetType | None = UNSET
    if seats is not None:
        mine = [s for s in seats if (s.segment_id, s.passenger_id) == (sold.id, who.id)]
        seat = seat_shape(mine[0]) if mine else None
    return SegmentPassengerShape(
        passenger_id=who.id,
        cabin_class=sold.cabin,
        cabin_class_marketing_name=name,
        cabin=CabinShape(sold.cabin, name),
        fare_basis_code=basis,
        baggages=_baggages(sold.terms, who),
        seat=seat,
    )


def _baggages(terms: FareTerms, who: Traveller) -> list[BaggageShape]:
    """Infants on a lap have no place for a bag of their own in the cabin."""
    carried = 0 if who.type is PassengerType.INFANT else terms.carry_on_bags
    bags = [BaggageShape("checked", terms.checked_bags), BaggageShape("carry_on", carried)]
    return [bag for bag in bags if bag.quantity]


def _stop(names: Names, segment_id: str, leg: DatedLeg, after: DatedLeg) -> StopShape:
    return StopShape(
        id=derive("sto", segment_id, leg.key.off),
        airport=names.airport(leg.key.off),
        arriving_at=local(leg.arriving_at),
        departing_at=local(after.departing_at),
        duration=duration(after.departing_utc_min - leg.arriving_utc_min),
    )

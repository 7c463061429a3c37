"""The law of seat maps: what is shown is computed, what is sold is stored by designator.

A map is the layout of the flown aircraft, each seat under its price tier, with a service for every
passenger who may still take it. Service ids are derived from whose map it is, the segment, the
passenger and the seat, so an id leads back to its seat by computing the map again.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from holdfast.flights.domain.cabin_layout import CabinLayout, Layout, Place, Seat, layout
from holdfast.flights.domain.fare import PassengerType, SeatTier
from holdfast.flights.domain.flight import DatedLeg
from holdfast.flights.domain.ids import derive
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.offer import Offer, SoldSegment, Traveller
from holdfast.flights.domain.order import SeatChoice

STANDARD_TIER = "standard"
"""The tier that a fare with `seat_included` has paid for."""
EXIT_DISCLOSURES = (
    "Whoever sits at an exit must be an adult who is able and willing to help in an emergency.",
    "Bags must be stowed overhead for take-off and landing.",
)
_NAMES = {
    Place.STANDARD: "Standard",
    Place.FRONT: "Front",
    Place.LEGROOM: "Extra legroom",
    Place.EXIT: "Exit row",
}


@dataclass(frozen=True, slots=True)
class Seating:
    """Whose seats are asked for on one segment.

    `owner_id` is the offer's or order's; `tiers` are the airline's with prices that hold now;
    `taken` are designators that are sold or held on any leg; `seated` are passengers who have a
    seat on this segment already.
    """

    owner_id: str
    slice_id: str
    sold: SoldSegment
    travellers: tuple[Traveller, ...]
    currency: str
    tiers: Sequence[SeatTier] = ()
    taken: Collection[str] = frozenset()
    seated: Collection[str] = frozenset()


@dataclass(frozen=True, slots=True)
class SeatService:
    """A seat for one passenger, for a price."""

    id: str
    passenger_id: str
    price: Money


@dataclass(frozen=True, slots=True)
class MapSeat:
    """A seat as shown. No `services`: nobody of this party can have it; `restricted` when that is
    because of who they are and not because it is taken."""

    seat: Seat
    name: str
    disclosures: tuple[str, ...]
    services: tuple[SeatService, ...]
    restricted: bool


@dataclass(frozen=True, slots=True)
class SeatMap:
    """The map of one segment: cabins to draw, and each of their seats by its designator."""

    id: str
    slice_id: str
    segment_id: str
    cabins: tuple[CabinLayout, ...]
    seats: Mapping[str, MapSeat]


@dataclass(frozen=True, slots=True)
class _Priced:
    """A seat under its tier; `price` None: not for sale to this party."""

    seat: Seat
    tier: str
    name: str
    disclosures: tuple[str, ...]
    price: Money | None


def seatings(
    owner_id: str, offer: Offer, tiers: Mapping[str, Sequence[SeatTier]]
) -> Iterator[Seating]:
    """What is asked of every segment of an offer; `tiers` by the airline that flies."""
    for one in offer.slices:
        for sold in one.segments:
            yield Seating(
                owner_id=owner_id,
                slice_id=one.id,
                sold=sold,
                travellers=offer.travellers,
                currency=offer.total.currency,
                tiers=tiers.get(sold.segment.legs[0].key.carrier, ()),
            )


def seat_map(asked: Seating) -> SeatMap:
    """The map of a segment."""
    flown = _layout_of(asked.sold.segment.legs[0])
    seats = {
        priced.seat.designator: _shown(asked, priced)
        for cabin in flown.cabins
        for priced in _priced(asked, cabin)
    }
    return SeatMap(
        id=derive("sea", asked.owner_id, asked.sold.id),
        slice_id=asked.slice_id,
        segment_id=asked.sold.id,
        cabins=flown.cabins,
        seats=seats,
    )


def choices(asked: Seating, service_ids: Collection[str]) -> dict[str, SeatChoice]:
    """The seats that these services mean on this segment, by id: taken ones too (whoever books
    them hears so), but none that this party may not have. Unknown ids are left out."""
    wanted = set(service_ids)
    found: dict[str, SeatChoice] = {}
    cabin = _layout_of(asked.sold.segment.legs[0]).cabin(asked.sold.cabin)
    if cabin is None or not wanted:
        return found
    for priced in _priced(asked, cabin):
        for service in _services(asked, priced):
            if service.id in wanted:
                found[service.id] = SeatChoice(
                    service_id=service.id,
                    segment_id=asked.sold.id,
                    passenger_id=service.passenger_id,
                    legs=tuple(leg.key for leg in asked.sold.segment.legs),
                    designator=priced.seat.designator,
                    price=service.price,
                    tier=priced.tier,
                    disclosures=priced.disclosures,
                )
    return found


def may_sit(place: Place, who: Traveller, travellers: Sequence[Traveller]) -> bool:
    """Whether a passenger may sit in such a place: infants on laps sit nowhere; at exits only
    adults, and none where every adult of the party holds an infant."""
    if who.type is PassengerType.INFANT:
        return False
    if place is not Place.EXIT:
        return True
    adults = sum(one.type is PassengerType.ADULT for one in travellers)
    infants = sum(one.type is PassengerType.INFANT for one in travellers)
    return who.type is PassengerType.ADULT and infants < adults


def is_exit_seat(asked: Seating, designator: str) -> bool:
    """Whether that seat of the flown aircraft is at an exit."""
    return any(
        seat.designator == designator and seat.place is Place.EXIT
        for cabin in _layout_of(asked.sold.segment.legs[0]).cabins
        for seat in cabin.seats()
    )


def _layout_of(leg: DatedLeg) -> Layout:
    return layout(leg.aircraft, leg.configuration)


def _shown(asked: Seating, priced: _Priced) -> MapSeat:
    is_free = priced.seat.designator not in asked.taken and priced.price is not None
    services = tuple(_services(asked, priced)) if is_free else ()
    is_restricted = priced.seat.place is Place.EXIT and not any(
        may_sit(Place.EXIT, who, asked.travellers) for who in asked.travellers
    )
    return MapSeat(
        priced.seat, priced.name, priced.disclosures, services, is_free and is_restricted
    )


def _services(asked: Seating, priced: _Priced) -> Iterator[SeatService]:
    if priced.price is None:
        return
    for who in asked.travellers:
        if who.id in asked.seated or not may_sit(priced.seat.place, who, asked.travellers):
            continue
        id_ = derive("ase", asked.owner_id, asked.sold.id, who.id, priced.seat.designator)
        yield SeatService(id_, who.id, priced.price)


def _priced(asked: Seating, cabin: CabinLayout) -> Iterator[_Priced]:
    """The seats of a cabin under their tiers."""
    leg = asked.sold.segment.legs[0]
    filed = [
        tier for tier in asked.tiers if tier.aircraft == leg.aircraft and tier.cabin == cabin.cabin
    ]
    on_every_leg = _on_every_leg(asked, cabin)
    for seat in cabin.seats():
        tier = _tier_of(seat, filed, asked.currency)
        price = _price_of(tier, asked)
        if seat.designator not in on_every_leg or cabin.cabin != asked.sold.cabin:
            price = None
        exits = EXIT_DISCLOSURES if seat.place is Place.EXIT else ()
        if tier is None:
            yield _Priced(seat, seat.place.value, _NAMES[seat.place], exits, price)
        else:
            yield _Priced(seat, tier.tier, tier.name, tier.disclosures or exits, price)


def _on_every_leg(asked: Seating, cabin: CabinLayout) -> set[str]:
    """Seats that are in this cabin on all legs of the segment."""
    found = {seat.designator for seat in cabin.seats()}
    for leg in asked.sold.segment.legs[1:]:
        other = _layout_of(leg).cabin(cabin.cabin)
        found &= {seat.designator for seat in other.seats()} if other else set()
    return found


def _tier_of(seat: Seat, filed: Sequence[SeatTier], currency: str) -> SeatTier | None:
    """The tier filed most narrowly for this seat; one in the party's currency goes first."""
    matching = [
        tier
        for tier in filed
        if tier.first_row <= seat.row <= tier.last_row
        and (not tier.columns or seat.column in tier.columns)
    ]
    return min(
        matching,
        key=lambda tier: (
            tier.currency != currency,
            tier.last_row - tier.first_row,
            len(tier.columns) or 99,
            tier.tier,
        ),
        default=None,
    )


def _price_of(tier: SeatTier | None, asked: Seating) -> Money | None:
    """What a seat costs: nothing where nothing is filed, for there is no price to ask; None where
    one is filed in another currency only."""
    if tier is None:
        return Money(0, asked.currency)
    if tier.currency != asked.currency:
        return None
    if tier.tier == STANDARD_TIER and asked.sold.terms.seat_included:
        return Money(0, asked.currency)
    return Money(tier.price.total, asked.currency)

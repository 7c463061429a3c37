"""What may be booked: passengers, seats and amounts against the offer; refunds against its terms.

Nothing here asks for a price: the offer is the price. What depends on the state of the world (who
was first, is it too late) is the store's to say.
"""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from holdfast.flights.domain.fare import PassengerType
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.offer import Offer
from holdfast.flights.domain.order import Order, Passenger, SeatChoice

MAX_NAME_CHARS = 20
"""What tickets carry of a given or family name."""
_LAST_LATIN = 0x17F
"""The end of Latin Extended-A: the letters that airlines transcribe."""
_NAME_MARKS = frozenset(" -'.")
_MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class Misfit:
    """The order does not fit its offer: `field` of the order and `why`, one sentence."""

    field: str
    why: str


def misfit(
    offer: Offer, passengers: Sequence[Passenger], seats: Sequence[SeatChoice]
) -> Misfit | None:
    """What is wrong with who flies or where they sit; None if all fits."""
    return _wrong_people(offer, passengers) or wrong_seats(offer, seats)


def _wrong_people(offer: Offer, passengers: Sequence[Passenger]) -> Misfit | None:
    if Counter((who.id, who.type) for who in passengers) != Counter(
        (who.id, who.type) for who in offer.travellers
    ):
        return Misfit("passengers", "The passengers must be exactly those of the offer.")
    for who in passengers:
        if not (is_name(who.given_name) and is_name(who.family_name)):
            why = f"Names have 1 to {MAX_NAME_CHARS} Latin letters, spaces, hyphens, apostrophes."
            return Misfit("name", why)
    types = {who.id: who.type for who in passengers}
    laps = Counter(who.infant_id for who in passengers if who.infant_id is not None)
    infants = Counter(id_ for id_, kind in types.items() if kind is PassengerType.INFANT)
    lap_owners = {types[who.id] for who in passengers if who.infant_id is not None}
    if laps != infants or lap_owners - {PassengerType.ADULT}:
        return Misfit("infant_id", "Each infant sits on the lap of one adult of its own.")
    if offer.seats_needed() == 0:
        return Misfit("passengers", "Nobody of them takes a seat.")
    return None


def is_name(text: str) -> bool:
    """Whether a name can stand on a ticket: Latin letters (with accents) and few marks."""
    if not 1 <= len(text) <= MAX_NAME_CHARS:
        return False
    letters = [char for char in text if char not in _NAME_MARKS]
    return bool(letters) and all(
        ord(char) <= _LAST_LATIN and unicodedata.category(char) in ("Lu", "Ll") for char in letters
    )


def wrong_seats(offer: Offer, seats: Sequence[SeatChoice]) -> Misfit | None:
    """What is wrong with chosen seats: of another trip or person, a lap, twice, or in two
    currencies; None if all fits."""
    legs = {
        sold.id: tuple(leg.key for leg in sold.segment.legs)
        for one in offer.slices
        for sold in one.segments
    }
    seated = {who.id for who in offer.travellers if who.type is not PassengerType.INFANT}
    for seat in seats:
        if legs.get(seat.segment_id) != seat.legs or seat.passenger_id not in seated:
            return Misfit("services", f"Seat {seat.designator} is not for this trip.")
        if seat.price.currency != offer.total.currency or seat.price.minor < 0:
            return Misfit("services", f"Seat {seat.designator} has no price in this currency.")
    people = Counter((leg, seat.passenger_id) for seat in seats for leg in seat.legs)
    places = Counter((leg, seat.designator) for seat in seats for leg in seat.legs)
    if any(times > 1 for times in [*people.values(), *places.values()]):
        return Misfit("services", "One seat for each passenger on a segment, and no seat twice.")
    return None


def departure(offer: Offer) -> datetime:
    """When the first flight leaves, UTC."""
    first = min(one.segments[0].segment.legs[0].departing_utc_min for one in offer.slices)
    return datetime.fromtimestamp(first * _MINUTE_S, UTC)


def refund(order: Order, *, is_airline_s_change: bool = False) -> Money:
    """What giving the order back returns now, by what was paid, seats too: all of it if the airline
    changed the flights; nothing if any fare is not refundable; else what was paid less a penalty
    for each passenger, on each slice the dearest. The conditions of the offer say the same."""
    currency = order.total.currency
    if is_airline_s_change:
        return Money(order.paid, currency)
    trips = [[one.terms for one in part.segments] for part in order.offer.slices]
    if not all(terms.refundable for trip in trips for terms in trip):
        return Money(0, currency)
    penalty = sum(max(terms.refund_penalty or 0 for terms in trip) for trip in trips)
    return Money(max(0, order.paid - penalty * len(order.offer.travellers)), currency)

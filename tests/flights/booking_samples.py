"""Flights, offers and orders for tests of booking: HF100 FRA-LHR, HF200 LHR-JFK, HF300 three legs.

Economy has 6 seats, business 2. Everything is made of arguments; ids are drawn from a counter.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from holdfast.flights.domain.fare import Cabin, FareTerms, PassengerType, Price
from holdfast.flights.domain.flight import DatedLeg, LegKey, Segment
from holdfast.flights.domain.hold_limits import HoldLimit
from holdfast.flights.domain.ids import derive, make_id, offer_id
from holdfast.flights.domain.inventory import LegCabin, opened
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.offer import Offer, QuotedFare, SoldSegment, SoldSlice, Traveller
from holdfast.flights.domain.order import NewOrder, Order, Passenger, PaymentType, SeatChoice
from holdfast.flights.domain.schedule import ALL_DAYS, Designator, LegPattern, Period

DAY = date(2027, 6, 1)
CONFIGURATION = "C2Y6"
OWNER = "own_travel"
FARE, TAX, SUPPLIER = 10_000, 2_000, 11_000
"""One adult pays 100 EUR for a segment; the airline's newest price is 110 EUR."""
TERMS = FareTerms(
    brand="Flex", refundable=True, refund_penalty=3_000, hold_space_h=24, hold_price_h=24
)
ROUTES: dict[int, tuple[str, ...]] = {
    100: ("FRA", "LHR"),
    200: ("LHR", "JFK"),
    300: ("FRA", "LHR", "JFK", "BOS"),
}
_numbers = itertools.count(1)


def unique() -> bytes:
    """Sixteen bytes that no other call of this process gives."""
    return next(_numbers).to_bytes(16, "big")


def pattern(number: int, sequence: int, **changes: object) -> LegPattern:
    """Leg `sequence` (from 1) of a flight of `ROUTES`, daily in June 2027."""
    route = ROUTES[number]
    base = LegPattern(
        designator=Designator("HF", number),
        variation=1,
        sequence=sequence,
        service_type="J",
        period=Period(date(2027, 6, 1), date(2027, 6, 30), ALL_DAYS),
        board=route[sequence - 1],
        off=route[sequence],
        departure_min=600 + 200 * sequence,
        departure_offset_min=120,
        arrival_min=700 + 200 * sequence,
        arrival_offset_min=60,
        aircraft="320",
        configuration=CONFIGURATION,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def patterns(numbers: Sequence[int] = tuple(ROUTES)) -> list[LegPattern]:
    """All legs of these flights."""
    return [pattern(n, i) for n in numbers for i in range(1, len(ROUTES[n]))]


def counters(configuration: str = CONFIGURATION) -> dict[tuple[LegKey, Cabin], LegCabin]:
    """What the counters of all flights of June start with."""
    return {
        (DatedLeg.of(one, day).key, cabin): opened(configuration, cabin)
        for one in patterns()
        for day in one.period.dates()
        for cabin in (Cabin.ECONOMY, Cabin.BUSINESS)
    }


def segment(number: int = 100, *, legs: Sequence[int] = (), day: date = DAY) -> Segment:
    """A flight (or consecutive legs of it) on a day."""
    wanted = legs or range(1, len(ROUTES[number]))
    flown = tuple(DatedLeg.of(pattern(number, one), day) for one in wanted)
    name = Designator("HF", number)
    return Segment(marketing=name, operating=name, flight_date=day, legs=flown)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted: flights, who flies, in which class."""

    segments: tuple[Segment, ...] = ()
    types: tuple[PassengerType, ...] = (PassengerType.ADULT,)
    cabin: Cabin = Cabin.ECONOMY
    booking_class: str = "Y"
    terms: FareTerms = TERMS
    lasts: timedelta = timedelta(minutes=30)


SIMPLE = Wish()
"""One adult in economy on HF100."""


def offer(now: datetime, wish: Wish = SIMPLE) -> Offer:
    """An offer made now for the wish; it may be held for a day."""
    request = make_id("orq", unique())
    segments = wish.segments or (segment(),)
    travellers = tuple(
        Traveller(derive("pas", request, place), kind) for place, kind in enumerate(wish.types)
    )
    fares = tuple(
        QuotedFare(1, kind, f"{wish.booking_class}FLEX", Price(FARE, TAX), SUPPLIER)
        for kind in dict.fromkeys(wish.types)
    )
    sold = tuple(
        SoldSegment(
            derive("seg", request, place), one, wish.cabin, wish.booking_class, wish.terms, fares
        )
        for place, one in enumerate(segments)
    )
    times = len(segments) * len(travellers)
    can_hold = wish.terms.hold_space_h > 0
    return Offer(
        id=offer_id(request, 0),
        request_id=request,
        carrier="HF",
        created_at=now,
        expires_at=now + wish.lasts,
        slices=(SoldSlice(derive("sli", request, 0), segments[0].board, segments[-1].off, sold),),
        travellers=travellers,
        total=Money(FARE * times, "EUR"),
        tax=Money(TAX * times, "EUR"),
        hold_until=now + timedelta(hours=wish.terms.hold_space_h) if can_hold else None,
        price_until=now + timedelta(hours=wish.terms.hold_price_h) if can_hold else None,
    )


def passengers(of: Offer, family: str = "Berg") -> tuple[Passenger, ...]:
    """Somebody for each traveller; infants sit on the first adults' laps."""
    infants = [who.id for who in of.travellers if who.type is PassengerType.INFANT]
    found = []
    for place, who in enumerate(of.travellers):
        is_adult = who.type is PassengerType.ADULT
        found.append(
            Passenger(
                id=who.id,
                type=who.type,
                title="ms",
                given_name=f"Ada{chr(97 + place)}",
                family_name=family,
                gender="f",
                born_on=date(1990, 1, 1) if is_adult else date(2026, 1, 1),
                infant_id=infants.pop() if is_adult and infants else None,
            )
        )
    return tuple(found)


def seat(
    of: Offer | Order, designator: str = "12A", *, person: int = 0, place: int = 0, price: int = 0
) -> SeatChoice:
    """A seat for a traveller on a segment of an offer's (or order's) only slice."""
    made = of.offer if isinstance(of, Order) else of
    sold = made.slices[0].segments[place]
    return SeatChoice(
        service_id=derive("ase", sold.id, designator, person),
        segment_id=sold.id,
        passenger_id=made.travellers[person].id,
        legs=tuple(leg.key for leg in sold.segment.legs),
        designator=designator,
        price=Money(price, "EUR"),
    )


def new_order(
    of: Offer,
    *,
    seats: tuple[SeatChoice, ...] = (),
    hold: timedelta | None = None,
    owner: str = OWNER,
    family: str = "Berg",
    by: PaymentType = PaymentType.BALANCE,
    limits: tuple[HoldLimit, ...] = (),
) -> NewOrder:
    """An order of the offer, paid at once unless it is to be held for some time."""
    total = Money(of.total.minor + sum(one.price.minor for one in seats), of.total.currency)
    number = int.from_bytes(unique(), "big")
    return NewOrder(
        id=make_id("ord", unique()),
        reference=f"R{number:05d}",
        owner=owner,
        live_mode=False,
        offer=of,
        passengers=passengers(of, family),
        seats=seats,
        payment=total if hold is None else None,
        payment_id=make_id("pay", unique()),
        created_at=of.created_at,
        hold_until=None if hold is None else of.created_at + hold,
        price_until=None if hold is None else of.created_at + hold,
        payment_type=by,
        hold_limits=limits,
    )

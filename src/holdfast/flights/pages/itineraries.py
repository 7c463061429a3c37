"""The law of itineraries: offers of a search, folded into one card for what is flown.

PURE. Offers for the same flights stand side by side as fares of one itinerary; of two with the same
brand and cabin the cheaper one is shown. Nothing is left out otherwise, and no amount is worked out
here: what is shown is what the API said for all travellers, taxes included.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from holdfast.flights.domain.money import parse_amount
from holdfast.flights.pages.figures import local_of, minutes_of, moment_of
from holdfast.flights.wire.duffel_offers import OfferShape
from holdfast.flights.wire.duffel_trips import ConditionShape, SegmentShape, SliceShape


@dataclass(frozen=True, slots=True)
class Flight:
    """One flight. `operated_by` is empty where who sells it flies it. Times are local."""

    number: str
    airline: str
    operated_by: str
    aircraft: str
    origin: str
    origin_name: str
    origin_terminal: str
    destination: str
    destination_name: str
    destination_terminal: str
    departs: datetime
    arrives: datetime
    minutes: int
    cabins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layover:
    """A stop on the way. `is_change`: one gets off; else the flight goes on under its number.
    `other`: the airport that the next flight leaves from, where it is another one."""

    code: str
    name: str
    minutes: int
    is_change: bool
    other: str = ""


@dataclass(frozen=True, slots=True)
class Journey:
    """One direction. `later`: days after departure, by the calendars of both places."""

    origin: str
    origin_name: str
    destination: str
    destination_name: str
    departs: datetime
    arrives: datetime
    minutes: int
    later: int
    flights: tuple[Flight, ...]
    layovers: tuple[Layover, ...]

    @property
    def airlines(self) -> tuple[str, ...]:
        """Who sells its flights, each once."""
        return tuple(dict.fromkeys(one.airline for one in self.flights))

    @property
    def operators(self) -> tuple[str, ...]:
        """Who else flies them."""
        return tuple(dict.fromkeys(one.operated_by for one in self.flights if one.operated_by))


@dataclass(frozen=True, slots=True)
class Condition:
    """Whether something may be done; `amount` None: for free."""

    allowed: bool
    amount: str | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Fare:
    """One offer for an itinerary. `minor`: its total, for comparing within a currency. `checked`
    and `carry_on`: bags of each traveller with a seat. `hold_until`: until when it could be kept
    unpaid, `price_until`: until when at this price. `cause`: why it costs more than before."""

    offer_id: str
    brand: str
    cabins: tuple[str, ...]
    total: str
    currency: str
    tax: str
    minor: int
    checked: int
    carry_on: int
    seat_included: bool
    change: Condition
    refund: Condition
    hold_until: datetime | None
    price_until: datetime | None
    expires: datetime | None
    cause: str

    @property
    def kind(self) -> tuple[str, tuple[str, ...]]:
        """What tells it from other fares of the same flights."""
        return self.brand, self.cabins


@dataclass(frozen=True, slots=True)
class Itinerary:
    """What is flown, with its fares, the cheapest first. `rank`: the API's recommendation."""

    key: str
    rank: int
    carrier: str
    airline: str
    journeys: tuple[Journey, ...]
    fares: tuple[Fare, ...]
    emissions_kg: str

    @property
    def changes(self) -> int:
        """Most stops of any direction."""
        return max(len(one.layovers) for one in self.journeys)

    @property
    def minutes(self) -> int:
        """On the way, all directions together."""
        return sum(one.minutes for one in self.journeys)

    @property
    def cheapest(self) -> Fare:
        """The fare that costs least."""
        return self.fares[0]


def itineraries(offers: Sequence[OfferShape], now: datetime) -> tuple[Itinerary, ...]:
    """The itineraries of the offers that live at `now`, in the API's order."""
    groups: dict[str, list[OfferShape]] = {}
    for offer in offers:
        ends = moment_of(offer.expires_at)
        if ends is not None and now < ends:
            key = "-".join(one.comparison_key for one in offer.slices)
            groups.setdefault(key, []).append(offer)
    return tuple(_itinerary(key, rank, group) for rank, (key, group) in enumerate(groups.items()))


def lock_of(found: Iterable[Itinerary]) -> datetime | None:
    """Until when all these prices hold: the earliest end; None without any."""
    ends = [fare.expires for one in found for fare in one.fares if fare.expires is not None]
    return min(ends, default=None)


def _itinerary(key: str, rank: int, offers: Sequence[OfferShape]) -> Itinerary:
    first = offers[0]
    cheapest: dict[tuple[str, tuple[str, ...]], Fare] = {}
    for fare in map(_fare, offers):
        known = cheapest.get(fare.kind)
        if known is None or fare.minor < known.minor:
            cheapest[fare.kind] = fare
    return Itinerary(
        key=key,
        rank=rank,
        carrier=first.owner.iata_code or first.owner.name,
        airline=first.owner.name,
        journeys=tuple(map(_journey, first.slices)),
        fares=tuple(sorted(cheapest.values(), key=lambda one: (one.currency, one.minor))),
        emissions_kg=first.total_emissions_kg,
    )


def _fare(offer: OfferShape) -> Fare:
    brands = list(dict.fromkeys(one.fare_brand_name or "" for one in offer.slices))
    parts = [part for one in offer.slices for part in one.segments]
    cabins = dict.fromkeys(who.cabin_class.value for part in parts for who in part.passengers)
    payment, conditions = offer.payment_requirements, offer.conditions
    return Fare(
        offer_id=offer.id,
        brand=" + ".join(brand for brand in brands if brand),
        cabins=tuple(cabins),
        total=offer.total_amount,
        currency=offer.total_currency,
        tax=offer.tax_amount,
        minor=parse_amount(offer.total_amount, offer.total_currency) or 0,
        checked=min((_bags(part, "checked") for part in parts), default=0),
        carry_on=min((_bags(part, "carry_on") for part in parts), default=0),
        seat_included=all(one.conditions.advance_seat_selection for one in offer.slices),
        change=_condition(conditions.change_before_departure),
        refund=_condition(conditions.refund_before_departure),
        hold_until=moment_of(payment.payment_required_by or ""),
        price_until=moment_of(payment.price_guarantee_expires_at or ""),
        expires=moment_of(offer.expires_at),
        cause=offer.price_change_cause.value if offer.price_change_cause else "",
    )


def _bags(part: SegmentShape, kind: str) -> int:
    """Of the first traveller, who is an adult."""
    if not part.passengers:
        return 0
    return sum(bag.quantity for bag in part.passengers[0].baggages if bag.type == kind)


def _condition(told: ConditionShape | None) -> Condition:
    if told is None or not told.allowed:
        return Condition(False)
    amount, currency = told.penalty_amount or "0", told.penalty_currency or ""
    if not parse_amount(amount, currency):
        return Condition(True)
    return Condition(True, amount, currency)


def _journey(one: SliceShape) -> Journey:
    flights = tuple(map(_flight, one.segments))
    first, last = flights[0], flights[-1]
    return Journey(
        origin=first.origin,
        origin_name=first.origin_name,
        destination=last.destination,
        destination_name=last.destination_name,
        departs=first.departs,
        arrives=last.arrives,
        minutes=minutes_of(one.duration),
        later=(last.arrives.date() - first.departs.date()).days,
        flights=flights,
        layovers=tuple(_layovers(one.segments)),
    )


def _layovers(parts: Sequence[SegmentShape]) -> list[Layover]:
    found = [_stops(parts[0])]
    for part, after in pairwise(parts):
        wait = local_of(after.departing_at) - local_of(part.arriving_at)
        place, other = part.destination, after.origin
        is_other = place.iata_code != other.iata_code
        found.append(
            [
                Layover(
                    place.iata_code,
                    place.city_name,
                    int(wait.total_seconds()) // 60,
                    is_change=True,
                    other=other.iata_code if is_other else "",
                )
            ]
        )
        found.append(_stops(after))
    return [one for group in found for one in group]


def _stops(part: SegmentShape) -> list[Layover]:
    return [
        Layover(
            stop.airport.iata_code,
            stop.airport.city_name,
            minutes_of(stop.duration),
            is_change=False,
        )
        for stop in part.stops
    ]


def _flight(part: SegmentShape) -> Flight:
    sold, flown = part.marketing_carrier, part.operating_carrier
    return Flight(
        number=f"{sold.iata_code or ''}{part.marketing_carrier_flight_number}",
        airline=sold.name,
        operated_by=flown.name if flown.id != sold.id else "",
        aircraft=part.aircraft.name if part.aircraft else "",
        origin=part.origin.iata_code,
        origin_name=part.origin.city_name,
        origin_terminal=part.origin_terminal or "",
        destination=part.destination.iata_code,
        destination_name=part.destination.city_name,
        destination_terminal=part.destination_terminal or "",
        departs=local_of(part.departing_at),
        arrives=local_of(part.arriving_at),
        minutes=minutes_of(part.duration),
        cabins=tuple(dict.fromkeys(who.cabin_class.value for who in part.passengers)),
    )

"""Offers as the API tells them, in a line each: what is flown, in which brand, for how much."""

from datetime import UTC, date, datetime, timedelta

from holdfast.flights.domain.fare import Cabin, PassengerType
from holdfast.flights.domain.offer import PriceChangeCause
from holdfast.flights.pages.itineraries import Itinerary, itineraries
from holdfast.flights.wire.duffel_offers import (
    AskedSliceShape,
    OfferPassengerShape,
    OfferRequestShape,
    OfferShape,
    PaymentRequirementsShape,
)
from holdfast.flights.wire.duffel_places import (
    AircraftShape,
    AirlineShape,
    AirportShape,
    SuggestionShape,
)
from holdfast.flights.wire.duffel_trips import (
    BaggageShape,
    CabinShape,
    ConditionShape,
    ConditionsShape,
    SegmentPassengerShape,
    SegmentShape,
    SliceConditionsShape,
    SliceShape,
    StopShape,
)
from tests.support.flights_world import NOW

CITIES = {"FRA": "Frankfurt", "LHR": "London", "CDG": "Paris", "ORY": "Paris", "JFK": "New York"}
AIRLINES = {"BA": "British Airways", "LH": "Lufthansa"}
ENDS = NOW + timedelta(minutes=30)
NO = ConditionShape(allowed=False, penalty_amount=None, penalty_currency=None)
FREE = ConditionShape(allowed=True, penalty_amount="0.00", penalty_currency="EUR")
FEE = ConditionShape(allowed=True, penalty_amount="50.00", penalty_currency="EUR")


def text(at: datetime) -> str:
    """A moment as the API writes it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def airport(code: str) -> AirportShape:
    """An airport; its name is its city's."""
    city = CITIES.get(code, code)
    return AirportShape(
        f"arp_{code}", f"{city} Airport", code, None, "ZZ", code, city, None, 0.0, 0.0, "UTC"
    )


def airline(code: str) -> AirlineShape:
    """An airline."""
    return AirlineShape(f"arl_{code}", AIRLINES.get(code, code), code)


def segment(
    flight: str,
    origin: str,
    destination: str,
    departs: str,
    arrives: str,
    *,
    minutes: int = 100,
    operated: str = "",
    stops: tuple[str, ...] = (),
    cabin: Cabin = Cabin.ECONOMY,
    checked: int = 0,
    carry_on: int = 1,
    people: int = 1,
) -> SegmentShape:
    """A flight; `BA117`, times as `2026-12-01T08:20`."""
    bags = [BaggageShape("checked", checked), BaggageShape("carry_on", carry_on)]
    who = SegmentPassengerShape(
        "pas_1",
        cabin,
        cabin.value,
        CabinShape(cabin, cabin.value),
        "Y",
        [b for b in bags if b.quantity],
    )
    return SegmentShape(
        id=f"seg_{flight}",
        origin=airport(origin),
        destination=airport(destination),
        origin_terminal="5",
        destination_terminal=None,
        departing_at=f"{departs}:00",
        arriving_at=f"{arrives}:00",
        duration=f"PT{minutes}M",
        distance=None,
        marketing_carrier=airline(flight[:2]),
        marketing_carrier_flight_number=flight[2:],
        operating_carrier=airline(operated or flight[:2]),
        operating_carrier_flight_number=None,
        aircraft=AircraftShape("arc_320", "Airbus A320", "320"),
        stops=[StopShape(f"sto_{one}", airport(one), "", "", "PT45M") for one in stops],
        passengers=[who] * people,
    )


def direct(
    flight: str = "BA902", departs: str = "2026-12-01T08:00", arrives: str = "2026-12-01T08:40"
) -> list[SegmentShape]:
    """Frankfurt to London."""
    return [segment(flight, "FRA", "LHR", departs, arrives)]


def slice_of(parts: list[SegmentShape], brand: str | None, minutes: int) -> SliceShape:
    """A direction."""
    first, last = parts[0], parts[-1]
    return SliceShape(
        id="sli",
        origin=first.origin,
        origin_type="airport",
        destination=last.destination,
        destination_type="airport",
        duration=f"PT{minutes}M",
        fare_brand_name=brand,
        comparison_key="".join(f"{one.id}{one.departing_at}" for one in parts),
        ngs_shelf=None,
        conditions=SliceConditionsShape(NO, advance_seat_selection=brand == "Flex"),
        segments=parts,
    )


def offer(
    id: str,  # noqa: A002  as the field
    total: str,
    *slices: list[SegmentShape],
    brand: str | None = "Light",
    currency: str = "EUR",
    minutes: int = 100,
    change: ConditionShape | None = NO,
    refund: ConditionShape | None = NO,
    ends: datetime = ENDS,
    hold: datetime | None = None,
    cause: PriceChangeCause | None = None,
) -> OfferShape:
    """An offer for one traveller."""
    parts = list(slices) or [direct()]
    return OfferShape(
        id=id,
        live_mode=False,
        created_at=text(NOW),
        updated_at=text(NOW),
        expires_at=text(ends),
        owner=parts[0][0].marketing_carrier,
        total_amount=total,
        total_currency=currency,
        base_amount=total,
        base_currency=currency,
        tax_amount="10.00",
        tax_currency=currency,
        total_emissions_kg="120",
        conditions=ConditionsShape(change, refund),
        payment_requirements=PaymentRequirementsShape(
            hold is None, text(hold) if hold else None, text(hold) if hold else None
        ),
        passengers=[passenger()],
        slices=[slice_of(one, brand, minutes) for one in parts],
        price_change_cause=cause,
    )


def passenger() -> OfferPassengerShape:
    """An adult."""
    return OfferPassengerShape("pas_1", PassengerType.ADULT, None, None, None, [])


def request(
    *offers: OfferShape,
    id: str = "orq_1",  # noqa: A002
    made: datetime = NOW,
    legs: tuple[tuple[str, str, date], ...] = (("FRA", "LHR", date(2026, 12, 1)),),
    people: int = 1,
) -> OfferRequestShape:
    """A stored search."""
    return OfferRequestShape(
        id=id,
        live_mode=False,
        created_at=text(made),
        cabin_class=None,
        client_key="key",
        slices=[
            AskedSliceShape(airport(origin), "airport", airport(destination), "airport", day)
            for origin, destination, day in legs
        ],
        passengers=[passenger()] * people,
        offers=list(offers),
    )


def suggestion(code: str, name: str, *, city: str = "", is_city: bool = False) -> SuggestionShape:
    """A place that is suggested."""
    return SuggestionShape(
        id=f"x_{code}",
        type="city" if is_city else "airport",
        name=name,
        iata_code=code,
        iata_country_code="ZZ",
        iata_city_code=city or code,
        country_name="Land",
        city_name=CITIES.get(code, name),
        icao_code=None,
        city=None,
        airports=None,
        latitude=None,
        longitude=None,
        time_zone=None,
    )


def found(*offers: OfferShape, now: datetime = NOW) -> tuple[Itinerary, ...]:
    """The itineraries of these offers."""
    return itineraries(offers, now)

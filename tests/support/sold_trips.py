"""Trips that were offered and booked, for tests: Frankfurt to London, there and back."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from holdfast.flights.domain.fare import Cabin, FareTerms, PassengerType, Price
from holdfast.flights.domain.flight import DatedLeg, LegKey, Segment
from holdfast.flights.domain.ids import derive, offer_id
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.offer import (
    Offer,
    OfferRequest,
    Query,
    QuotedFare,
    SliceAsk,
    SoldSegment,
    SoldSlice,
    Traveller,
)
from holdfast.flights.domain.order import Order, OrderState, Passenger
from holdfast.flights.domain.schedule import Designator

NOW = datetime(2026, 11, 26, 12, 0, 0, 250000, tzinfo=UTC)
REQUEST_ID = "orq_" + "0" * 21 + "1"
TERMS = FareTerms(
    brand="Flex",
    changeable=True,
    change_penalty=5000,
    refundable=True,
    refund_penalty=7500,
    checked_bags=1,
    hold_space_h=24,
    hold_price_h=24,
)
ADULT = PassengerType.ADULT
_DEPARTURE = datetime(2026, 12, 1, 8, 0)  # noqa: DTZ001  local at the station


def leg(
    number: int = 117,
    board: str = "FRA",
    off: str = "LHR",
    *,
    departing_at: datetime = _DEPARTURE,
    aircraft: str = "320",
    configuration: str = "C012Y150",
) -> DatedLeg:
    """A leg of 100 minutes that lands an hour earlier by its clock than it feels."""
    utc = int(departing_at.replace(tzinfo=UTC).timestamp()) // 60 - 60
    return DatedLeg(
        key=LegKey("BA", number, "", departing_at.date(), board, off),
        departing_at=departing_at,
        arriving_at=departing_at + timedelta(minutes=40),
        departing_utc_min=utc,
        arriving_utc_min=utc + 100,
        aircraft=aircraft,
        configuration=configuration,
        board_terminal="1",
        off_terminal="5",
    )


def sold_segment(
    *legs: DatedLeg, terms: FareTerms = TERMS, cabin: Cabin = Cabin.ECONOMY
) -> SoldSegment:
    """A segment over these legs with a fare for each passenger type."""
    flown = legs or (leg(),)
    first = flown[0].key
    flight = Designator(first.carrier, first.number)
    return SoldSegment(
        id=derive("seg", REQUEST_ID, str(first)),
        segment=Segment(flight, flight, first.flight_date, flown),
        cabin=cabin,
        booking_class="Y",
        terms=terms,
        fares=tuple(
            QuotedFare(7, who, "YFLEX", Price(total, tax), total)
            for who, total, tax in (
                (ADULT, 9080, 1080),
                (PassengerType.CHILD, 6810, 810),
                (PassengerType.INFANT, 908, 108),
            )
        ),
    )


def travellers(*types: PassengerType) -> tuple[Traveller, ...]:
    """One for each type; an adult where none is named."""
    return tuple(
        Traveller(derive("pas", REQUEST_ID, index), kind)
        for index, kind in enumerate(types or (ADULT,))
    )


def offer(
    *sold: SoldSegment,
    party: tuple[Traveller, ...] = (),
    index: int = 0,
    now: datetime = NOW,
) -> Offer:
    """An offer with one slice for each segment, locked for half an hour."""
    party = party or travellers()
    parts = sold or (sold_segment(),)
    totals = [_sum(part, party) for part in parts]
    return Offer(
        id=offer_id(REQUEST_ID, index),
        request_id=REQUEST_ID,
        carrier="BA",
        created_at=now,
        expires_at=now + timedelta(minutes=30),
        slices=tuple(
            SoldSlice(
                derive("sli", REQUEST_ID, part.id), part.segment.board, part.segment.off, (part,)
            )
            for part in parts
        ),
        travellers=party,
        total=Money(sum(total for total, _ in totals), "EUR"),
        tax=Money(sum(tax for _, tax in totals), "EUR"),
        hold_until=now + timedelta(hours=24) if parts[0].terms.hold_space_h else None,
        price_until=now + timedelta(hours=24) if parts[0].terms.hold_price_h else None,
    )


def request(*offers: Offer, owner: str = "acme", now: datetime = NOW) -> OfferRequest:
    """The search that found these offers."""
    party = offers[0].travellers if offers else travellers()
    ask = SliceAsk("FRA", "LON", date(2026, 12, 1))
    return OfferRequest(
        id=REQUEST_ID,
        owner=owner,
        live_mode=False,
        created_at=now,
        expires_at=now + timedelta(minutes=30),
        query=Query((ask,), party, Cabin.ECONOMY),
        offers=offers,
    )


def passengers(sold: Offer) -> tuple[Passenger, ...]:
    """Somebody for each traveller of an offer."""
    return tuple(
        Passenger(
            id=who.id,
            type=who.type,
            title="ms",
            given_name="Ada",
            family_name=f"Stone{chr(65 + index)}",
            gender="f",
            born_on=date(1990, 1, 2),
            email="ada@example.org",
            phone_number="+442080160509",
        )
        for index, who in enumerate(sold.travellers)
    )


def order(sold: Offer, state: OrderState = OrderState.PAID, *, owner: str = "acme") -> Order:
    """An order of an offer, paid unless told otherwise."""
    found = Order(
        id=derive("ord", sold.id),
        reference="RZPNX8",
        owner=owner,
        live_mode=False,
        state=state,
        offer=sold,
        passengers=passengers(sold),
        seats=(),
        total=sold.total,
        created_at=NOW,
        hold_until=None,
        price_until=None,
        paid_at=NOW,
        cancelled_at=None,
        synced_at=NOW,
        paid=sold.total.minor,
    )
    if state is OrderState.HELD:
        return replace(
            found, paid=0, paid_at=None, hold_until=sold.hold_until, price_until=sold.price_until
        )
    if state is OrderState.CANCELLED:
        return replace(found, cancelled_at=NOW, refunded=sold.total.minor)
    return found


def _sum(part: SoldSegment, party: tuple[Traveller, ...]) -> tuple[int, int]:
    prices = {fare.passenger_type: fare.price for fare in part.fares}
    return (
        sum(prices[who.type].total for who in party),
        sum(prices[who.type].tax for who in party),
    )

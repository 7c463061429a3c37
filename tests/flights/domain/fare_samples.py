"""Published fares and what is sold of them, for tests of prices."""

from datetime import date, datetime

from holdfast.flights.domain.fare import (
    Cabin,
    FareKey,
    FareTerms,
    PassengerType,
    Price,
    PriceState,
    PublishedFare,
)
from holdfast.flights.domain.flight import Segment
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.offer import Offer, QuotedFare, SoldSegment, SoldSlice, Traveller
from holdfast.flights.domain.schedule import Designator, Period
from tests.support.price_world import START

ADULT, CHILD, INFANT = PassengerType
WINTER = Period(date(2026, 12, 1), date(2027, 1, 31))
DAY = date(2026, 12, 24)
ECONOMY = FareKey("ZZ", None, "LHR", "JFK", Cabin.ECONOMY, "Y", "YOW", ADULT, "EUR", WINTER)
TERMS = FareTerms("Classic")


def published(
    id: int,  # noqa: A002
    key: FareKey,
    total: int,
    *,
    supplier: int | None = None,
    terms: FareTerms = TERMS,
) -> PublishedFare:
    """A fare that is sold for `total`; a rise to `supplier` waits."""
    price, asked = Price(total, total // 5), Price(supplier or total, total // 5)
    return PublishedFare(id, key, terms, PriceState(price, START, asked, START, 1))


def quoted(kind: PassengerType, total: int, supplier: int, tax: int = 0) -> QuotedFare:
    return QuotedFare(1, kind, "YOW", Price(total, tax), supplier)


def sold(carrier: str, *fares: QuotedFare) -> SoldSegment:
    """A segment without legs, in class Y."""
    segment = Segment(Designator(carrier, 1), Designator(carrier, 1), DAY, ())
    return SoldSegment("seg_1", segment, Cabin.ECONOMY, "Y", TERMS, fares)


def offered(*segments: SoldSegment, kinds: tuple[PassengerType, ...]) -> Offer:
    """An offer of one slice for passengers of these kinds."""
    travellers = tuple(Traveller(f"pas_{n}", kind) for n, kind in enumerate(kinds))
    moment = datetime(2026, 11, 1)  # noqa: DTZ001  only carried along
    return Offer(
        id="off_1",
        request_id="orq_1",
        carrier="ZZ",
        created_at=moment,
        expires_at=moment,
        slices=(SoldSlice("sli_1", "LHR", "JFK", segments),),
        travellers=travellers,
        total=Money(0, "EUR"),
        tax=Money(0, "EUR"),
    )

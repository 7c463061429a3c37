"""Prices of one viewer: lowered by what he saw, and the cause where a class he saw is gone."""

from collections.abc import Mapping
from dataclasses import replace

from holdfast.flights.domain.assembly import Combination, SliceOption
from holdfast.flights.domain.fare import Cabin, Price, PublishedFare
from holdfast.flights.domain.flight import Itinerary
from holdfast.flights.domain.offer import PriceChangeCause
from holdfast.flights.domain.party import Party
from holdfast.flights.domain.pricing import PricedClass
from holdfast.flights.domain.sales import Sales, SalesPart
from holdfast.flights.domain.timetable import SegmentPattern
from holdfast.flights.domain.viewer_lease import LeaseKey, Product, lease_key
from holdfast.flights.service.viewer_prices import ViewerPrices, bucket_of
from tests.support.flights_world import ADULT, DAY, FLEX, NOW, designator, fare, leg

SEGMENT = SegmentPattern(designator("BA1"), (leg("BA1", "LHR", "JFK"),)).of(DAY)
PARTY = Party(((ADULT, 1),))
FARES = {
    "K": fare("BA", "LHR", "JFK", 30000, booking_class="K"),
    "Y": fare("BA", "LHR", "JFK", 40000),
    "B": fare("BA", "LHR", "JFK", 60000, terms=FLEX, booking_class="B"),
    "J": fare("BA", "LHR", "JFK", 90000, cabin=Cabin.BUSINESS, booking_class="J"),
}
SOLD_OUT = PriceChangeCause.FARE_CLASS_SOLD_OUT


def key(name: str) -> LeaseKey:
    one = FARES[name]
    product = Product(1, one.key.cabin, name, "EUR", one.terms.brand)
    return lease_key(bucket_of(SEGMENT), product, ADULT)


def prices(
    *seen: str, at: int | None = None, exhausted: bool = False, **changed: PublishedFare
) -> ViewerPrices:
    """Of a viewer who saw these classes, at their price or at another."""
    fares = {**FARES, **changed}
    part = SalesPart.build("BA", list(fares.values()), exhausted=["EUR"] if exhausted else ())
    sales = Sales().with_parts([part])
    published = {id(SEGMENT): sales.price(SEGMENT, [ADULT], NOW.timestamp())}
    known = {key(name): Price(at if at is not None else fares[name].state.p.total) for name in seen}
    return ViewerPrices(published, known, sales)


def by_class(found: ViewerPrices) -> Mapping[str, PricedClass]:
    return {one.booking_class: one for one in found.classes(SEGMENT)}


def combination(one: PricedClass) -> Combination:
    option = SliceOption(
        Itinerary((SEGMENT,)), (one,), one.terms.brand, one.fares[0].price, 100, ()
    )
    return (option,)


def cause(found: ViewerPrices, sold: str, **seats: int) -> PriceChangeCause | None:
    judge = found.cause(PARTY, lambda _, one: seats.get(one.booking_class, 9))
    made = combination(by_class(found)[sold])
    assert judge(made) == judge(made)
    return judge(made)


def test_what_was_seen_for_less_costs_that_and_the_rest_what_is_published() -> None:
    found = by_class(prices("Y", at=35000))
    assert found["Y"].fares[0].price == Price(35000)
    assert found["Y"].fares[0].supplier_total == 40000
    assert found["K"].fares[0].price.total == 30000


def test_what_was_seen_for_more_costs_what_is_published() -> None:
    assert by_class(prices("Y", at=50000))["Y"].fares[0].price.total == 40000


def test_with_a_used_up_budget_what_was_seen_for_less_is_not_sold() -> None:
    assert by_class(prices("Y", at=35000, exhausted=True)).keys() == {"K", "B", "J"}
    settled = replace(FARES["Y"].state, s=Price(30000))
    cheap = replace(FARES["Y"], state=settled)
    assert "Y" in by_class(prices("Y", at=35000, exhausted=True, Y=cheap))


def test_what_is_shown_is_told_by_key() -> None:
    found = prices("Y", at=35000)
    sold = by_class(found)
    shown = found.shown([combination(sold["Y"]), combination(sold["B"]), combination(sold["Y"])])
    assert {one: price.total for one, price in shown.items()} == {key("Y"): 35000, key("B"): 60000}


def test_a_class_of_the_same_brand_that_was_seen_and_sold_out_is_the_cause() -> None:
    assert cause(prices("K"), "Y", K=0) is SOLD_OUT
    assert cause(prices("K"), "Y", K=9) is None
    assert cause(prices("Y"), "Y", K=0) is None
    assert cause(prices(), "Y", K=0) is None


def test_another_brand_is_dearer_for_that_only_when_nothing_cheaper_is_left() -> None:
    assert cause(prices("K"), "B", K=0) is None
    assert cause(prices("K", "Y"), "B", K=0, Y=0) is SOLD_OUT


def test_other_cabins_have_nothing_to_do_with_it() -> None:
    assert cause(prices("K"), "J", K=0, Y=0, B=0) is None

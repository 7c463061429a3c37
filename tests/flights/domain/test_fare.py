"""What is filed: prices compare by their totals, keys tell the product from the dates."""

from datetime import date

from holdfast.flights.domain.fare import Cabin, FareKey, PassengerType, Price, SeatTier
from holdfast.flights.domain.schedule import Period

PERIOD = Period(date(2026, 12, 1), date(2026, 12, 31))
KEY = FareKey(
    "ZZ", None, "LHR", "JFK", Cabin.ECONOMY, "Y", "YOW", PassengerType.ADULT, "EUR", PERIOD
)


def test_the_cheaper_price_is_the_one_with_the_lower_total() -> None:
    assert min(Price(100, 5), Price(90, 50)) == Price(90, 50)
    assert not Price(100, 5) < Price(100, 50)
    assert Price(100, 5) != Price(100, 50)


def test_the_parts_of_a_price_are_its_total() -> None:
    price = Price(100, 30)
    assert price.base + price.tax == price.total


def test_a_product_is_a_key_without_its_dates() -> None:
    other = KEY._replace(period=Period(date(2027, 1, 1), date(2027, 1, 31)))
    assert other != KEY
    assert other.product() == KEY.product()
    assert len({KEY, other, KEY._replace()}) == 2


def test_a_tier_is_known_by_its_seats_and_not_by_its_words() -> None:
    tier = SeatTier("ZZ", "320", Cabin.ECONOMY, "exit", "Exit", 12, 13, "", "EUR", Price(1))
    assert tier.key() == ("ZZ", "320", Cabin.ECONOMY, "exit", 12, 13, "")

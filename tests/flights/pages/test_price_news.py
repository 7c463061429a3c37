"""What became of prices when a search was made again: nothing rises silently."""

from holdfast.flights.pages.price_news import news
from tests.flights.pages.offers import direct, found, offer

LATER = direct("LH900", "2026-12-01T19:00", "2026-12-01T19:40")


def test_fares_that_cost_something_else_say_what_they_cost() -> None:
    before = found(
        offer("off_1", "100.00"),
        offer("off_2", "200.00", brand="Flex"),
        offer("off_3", "50.00", LATER),
    )
    now = found(
        offer("off_4", "120.00"),
        offer("off_5", "180.00", brand="Flex"),
        offer("off_6", "70.00", brand="New"),
    )
    told = news(before, now)
    assert (told.dearer, told.cheaper, told.same, told.gone) == (1, 1, 0, 1)
    assert told.was == {"off_4": "100.00", "off_5": "200.00"}
    assert (told.before, told.now) == (("50.00", "EUR"), ("70.00", "EUR"))
    assert told.is_any


def test_nothing_new_is_told_as_such() -> None:
    told = news(found(offer("off_1", "100.00")), found(offer("off_2", "100.00")))
    assert (told.same, told.is_any, told.was) == (1, False, {})


def test_another_currency_is_no_change_of_price() -> None:
    told = news(found(offer("off_1", "100.00")), found(offer("off_2", "9", currency="JPY")))
    assert (told.dearer, told.cheaper) == (0, 0)


def test_there_may_be_nothing_at_all() -> None:
    told = news((), ())
    assert (told.before, told.now, told.is_any) == (None, None, False)
    assert news(found(offer("off_1", "1.00")), ()).gone == 1

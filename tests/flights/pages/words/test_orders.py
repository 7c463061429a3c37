"""The words of orders: how one stands, and everything that can go wrong with it, has a sentence."""

import pytest

from holdfast.flights.pages import order_acts, orders
from holdfast.flights.pages.order_view import OrderStanding
from holdfast.flights.pages.words.orders import WORDS


@pytest.mark.parametrize("standing", OrderStanding)
def test_every_standing_has_its_words(standing: OrderStanding) -> None:
    assert f"order.standing.{standing.value}" in WORDS


def test_every_trouble_and_all_news_have_their_sentences() -> None:
    assert set(order_acts.TROUBLES.values()) <= WORDS.keys()
    assert {f"order.news.{one}" for one in orders.NEWS} <= WORDS.keys()

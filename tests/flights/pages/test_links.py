"""Addresses are written once, and what is put into them stays in its place."""

import pytest

from holdfast.flights.pages import links


def test_what_is_put_into_an_address_stays_one_part() -> None:
    assert links.offer("off_1/../x?y") == "/offers/off_1%2F..%2Fx%3Fy"
    assert links.flight("BA 117", "2026-12-01") == "/flights/BA%20117?date=2026-12-01"
    assert links.flight("BA117") == "/flights/BA117"
    assert links.results([("from", "FRA&LHR"), ("to", "")]) == "/results?from=FRA%26LHR"
    assert links.language("de", "/results?a=b&c") == "/language/de?next=%2Fresults%3Fa%3Db%26c"


@pytest.mark.parametrize("ours", ["/", "/results?from=FRA&to=LHR", "/flights/BA117"])
def test_our_own_pages_can_be_gone_back_to(ours: str) -> None:
    assert links.is_ours(ours)


@pytest.mark.parametrize(
    "foreign",
    ["", "x", "//evil", "/\\evil", "http://evil/", "/a\\b", "/a\nb", "/ü", "/" + "a" * 3000],
)
def test_nothing_else_can(foreign: str) -> None:
    assert not links.is_ours(foreign)


def test_seats_passengers_and_orders_have_their_addresses() -> None:
    assert links.seats("off/1", step="2", seats="a&b") == (
        "/offers/off%2F1/seats?step=2&seats=a%26b"
    )
    assert links.passengers("off_1") == "/offers/off_1/passengers"
    assert links.passengers("off_1", "ase_1") == "/offers/off_1/passengers?seats=ase_1"
    assert links.order("ord/1", "s?") == "/orders/ord%2F1/s%3F"
    assert links.order("ord_1", "seal", "pay") == "/orders/ord_1/seal/pay"


def test_who_logs_in_goes_on_where_they_were() -> None:
    assert links.enter("/offers/off_1?a=b") == "/enter?next=%2Foffers%2Foff_1%3Fa%3Db"

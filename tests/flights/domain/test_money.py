"""Money: whole minor units of one currency; texts go there and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.domain.money import (
    CURRENCIES,
    EXPONENTS,
    MAX_MINOR,
    Money,
    amount_text,
    is_currency,
    parse_amount,
)

currencies = st.sampled_from(["EUR", "USD", *EXPONENTS])


@given(st.integers(0, MAX_MINOR), currencies)
def test_an_amount_reads_back_as_what_was_written(minor: int, currency: str) -> None:
    assert parse_amount(amount_text(minor, currency), currency) == minor


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (9080, "EUR", "90.80"),
        (5, "EUR", "0.05"),
        (1200, "JPY", "1200"),
        (1234, "KWD", "1.234"),
        (-150, "EUR", "-1.50"),
    ],
)
def test_an_amount_has_the_places_of_its_currency(minor: int, currency: str, text: str) -> None:
    assert Money(minor, currency).text == text


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("-1", "EUR"),
        ("", "EUR"),
        ("1.", "EUR"),
        ("1.234", "EUR"),
        ("1.5", "JPY"),
        ("1e3", "EUR"),
        ("１", "EUR"),
        ("1", "euro"),
        ("99999999999.00", "EUR"),
    ],
)
def test_what_is_no_amount_is_none(text: str, currency: str) -> None:
    assert parse_amount(text, currency) is None


def test_zeros_beyond_the_places_of_a_currency_do_no_harm() -> None:
    assert parse_amount("1.500", "EUR") == 150
    assert parse_amount("12.0", "JPY") == 12


def test_money_adds_subtracts_multiplies_and_compares_within_a_currency() -> None:
    assert Money(150, "EUR") + Money(50, "EUR") == Money(200, "EUR")
    assert Money(150, "EUR") - Money(50, "EUR") == Money(100, "EUR")
    assert Money(150, "EUR") * 3 == Money(450, "EUR")
    assert Money(1, "EUR") < Money(2, "EUR")


def test_currencies_do_not_mix() -> None:
    with pytest.raises(ValueError, match="do not mix"):
        Money(1, "EUR") + Money(1, "USD")
    with pytest.raises(ValueError, match="do not mix"):
        Money(1, "EUR") - Money(1, "USD")
    with pytest.raises(ValueError, match="do not mix"):
        assert Money(1, "EUR") < Money(1, "USD")


@pytest.mark.parametrize(("text", "is_one"), [("EUR", True), ("eur", False), ("EU", False)])
def test_a_currency_has_three_capital_letters(text: str, is_one: bool) -> None:
    assert is_currency(text) is is_one


def test_every_currency_has_the_form_of_one_and_exponents_are_of_known_ones() -> None:
    assert all(map(is_currency, CURRENCIES))
    assert set(EXPONENTS) <= CURRENCIES
    assert len(CURRENCIES) > 150

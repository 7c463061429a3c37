"""Ids: prefix and digits, derived ones always the same, offers lead back to their request."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.domain.ids import (
    BODY_DIGITS,
    MAX_OFFERS,
    derive,
    is_id,
    make_id,
    offer_id,
    request_of_offer,
)

bits = st.binary(min_size=16, max_size=16)


@given(bits)
def test_an_id_is_its_prefix_and_22_digits(drawn: bytes) -> None:
    made = make_id("orq", drawn)
    assert is_id("orq", made)
    assert len(made) == 4 + BODY_DIGITS
    assert not is_id("off", made)


@given(bits, bits)
def test_different_bits_are_different_ids(one: bytes, other: bytes) -> None:
    assert (make_id("pas", one) == make_id("pas", other)) == (one == other)


@given(bits, st.integers(0, MAX_OFFERS - 1))
def test_an_offer_leads_back_to_its_request(drawn: bytes, index: int) -> None:
    request = make_id("orq", drawn)
    assert request_of_offer(offer_id(request, index)) == (request, index)


def test_a_derived_id_is_the_same_everywhere_and_parts_do_not_run_together() -> None:
    assert derive("seg", "off_1", 0) == derive("seg", "off_1", 0)
    assert derive("seg", "ab", "c") != derive("seg", "a", "bc")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "off_",
        "orq_" + "0" * 24,
        "off_" + "0" * 23,
        "off_" + "0" * 25,
        "off_" + "-" * 24,
        "0" * 24,
    ],
)
def test_what_has_not_the_form_of_an_offer_id_leads_nowhere(text: str) -> None:
    assert request_of_offer(text) is None


@pytest.mark.parametrize("text", ["orq", "orq_", "orq_" + "é" * 22, "orq_" + "0" * 21])
def test_what_has_not_the_form_of_an_id_is_none(text: str) -> None:
    assert not is_id("orq", text)

"""Envelopes are what clients take apart: nothing is missing, nothing is there twice."""

from decimal import Decimal

import msgspec
from msgspec import Struct

from holdfast.flights.entrypoints.http import faults
from holdfast.flights.entrypoints.http.cursors import decode_cursor
from holdfast.flights.entrypoints.http.envelopes import (
    AmadeusErrors,
    ErrorBody,
    FieldSource,
    encoded_amadeus_fault,
    encoded_data,
    encoded_fault,
    encoded_native_fault,
    encoded_page,
    encoded_plain,
)


class Price(Struct):
    """An amount."""

    amount: Decimal


def test_data_is_wrapped_and_amounts_are_strings() -> None:
    assert encoded_data(Price(Decimal("1.50"))) == b'{"data":{"amount":"1.50"}}'
    assert encoded_plain(Price(Decimal("1.50"))) == b'{"amount":"1.50"}'
    assert encoded_data([]) == b'{"data":[]}'


def test_nothing_to_say_is_an_empty_object() -> None:
    assert encoded_data(None) == encoded_plain(None) == b"{}"


def test_a_page_always_has_both_cursors() -> None:
    assert encoded_page([], 50, None, None) == (
        b'{"data":[],"meta":{"limit":50,"before":null,"after":null}}'
    )
    meta = msgspec.json.decode(encoded_page([1], 1, "a", "b"))["meta"]
    assert (decode_cursor(meta["before"]), decode_cursor(meta["after"])) == ("a", "b")


def test_a_fault_names_its_field_its_airline_or_nothing() -> None:
    for fault, source in (
        (faults.validation_required("name"), FieldSource("name", "/name")),
        (faults.price_changed("BA"), "BA"),
        (faults.not_found(), None),
    ):
        told = msgspec.json.decode(encoded_fault(fault, "req"), type=ErrorBody)
        assert told.errors[0].source == source
        assert (told.meta.request_id, told.meta.status) == ("req", fault.status)
    assert b'"source"' not in encoded_fault(faults.not_found(), "req")


def test_a_fault_of_amadeus_has_numbers_for_codes() -> None:
    for fault, code, where in (
        (faults.not_found(), 1797, None),
        (faults.validation_required("carrierCode"), 477, "carrierCode"),
        (faults.unavailable(), 141, None),
        (faults.wrong_method("GET"), 477, None),
    ):
        told = msgspec.json.decode(encoded_amadeus_fault(fault), type=AmadeusErrors).errors[0]
        assert (told.status, told.code) == (fault.status, code)
        assert (told.source.parameter if told.source else None) == where
        assert told.title == told.title.upper()


def test_a_native_fault_says_what_is_wrong_where_and_what_to_do() -> None:
    def told(fault: faults.ApiFault) -> dict[str, str]:
        return dict(msgspec.json.decode(encoded_native_fault(fault, "GET /api/x"))["error"])

    assert told(faults.insufficient_permissions("operate")) == {
        "what": "insufficient permissions",
        "where": "GET /api/x",
        "fix": "the access token is not for this: it needs the scope 'operate'",
    }
    assert told(faults.invalid_field("limit", "A number."))["where"] == "limit"
    assert told(faults.not_found("No file waits."))["what"] == "no file waits"
    assert told(faults.bad_request("JSON is due."))["fix"] == "JSON is due"

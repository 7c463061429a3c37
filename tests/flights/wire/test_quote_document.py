"""Stored requests read back as they were; what is damaged is refused."""

import contextlib
import zlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.wire import quote_document
from holdfast.flights.wire.quote_document import (
    COMPRESS_FROM_BYTES,
    document_of,
    offer_in,
    offers_in,
    query_in,
)
from tests.support import sold_trips


def test_a_request_reads_back_whole() -> None:
    request = sold_trips.request(*(sold_trips.offer(index=n) for n in range(3)))
    document = document_of(request)
    assert query_in(document.query) == request.query
    assert offers_in(document.offers) == request.offers


def test_one_offer_is_read_without_the_others() -> None:
    request = sold_trips.request(*(sold_trips.offer(index=n) for n in range(3)))
    offers = document_of(request).offers
    assert [offer_in(offers, n) for n in range(4)] == [*request.offers, None]


def test_many_offers_are_stored_much_smaller() -> None:
    many = sold_trips.request(*(sold_trips.offer(index=n) for n in range(100)))
    one = sold_trips.request(sold_trips.offer())
    assert len(document_of(many).offers) < 20 * len(document_of(one).offers)


def test_an_empty_request_is_stored() -> None:
    document = document_of(sold_trips.request())
    assert len(document.offers) < COMPRESS_FROM_BYTES
    assert offers_in(document.offers) == ()
    assert query_in(document.query).slices[0].departure_date == date(2026, 12, 1)


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"x123",
        b"p\xff",
        b"p\x91\x01",
        b"zgarbage",
        b"z" + zlib.compress(b"\x90" * 5000)[:-8],
    ],
)
def test_what_is_damaged_is_refused(packed: bytes) -> None:
    with pytest.raises(ValueError, match="stored request"):
        offers_in(packed)


def test_a_document_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quote_document, "MAX_DOCUMENT_BYTES", 100)
    with pytest.raises(ValueError, match="too large"):
        offers_in(b"z" + zlib.compress(b"\x90" * 5000))


@given(st.binary(max_size=200))
def test_no_bytes_are_anything_worse_than_refused(packed: bytes) -> None:
    for read in (offers_in, query_in):
        with contextlib.suppress(ValueError):
            read(packed)

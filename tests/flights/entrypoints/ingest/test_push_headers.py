"""The headers of a pushed file."""

from datetime import UTC, datetime

import pytest

from holdfast.flights.domain.delivery import FeedFormat, FeedKind
from holdfast.flights.entrypoints.ingest.push_headers import (
    BadHeader,
    Piece,
    Pushed,
    pushed_of,
    sequence_in,
)

HEADERS = {
    "x-feed-kind": "status",
    "x-feed-format": "jsonl",
    "x-feed-mode": "delta",
    "x-feed-produced-at": "2026-11-26T12:00:00Z",
    "x-feed-sha256": "ab" * 32,
}


def test_the_headers_are_the_envelope() -> None:
    pushed = pushed_of(HEADERS)
    assert pushed == Pushed(
        kind=FeedKind.STATUS,
        format=FeedFormat.JSONL,
        is_full=False,
        produced_at=datetime(2026, 11, 26, 12, tzinfo=UTC),
        sha256=b"\xab" * 32,
        records=None,
        is_packed=False,
        piece=None,
    )
    delivery = pushed.delivery("BA", "ops", 7, 100)
    assert (delivery.airline, delivery.feed, delivery.sequence) == ("BA", "ops", 7)
    assert (delivery.size_bytes, delivery.declared) == (100, None)


def test_a_piece_and_a_packing_and_a_count_may_be_told() -> None:
    more = {"content-range": "bytes 10-19/20", "content-encoding": "GZIP", "x-feed-records": "7"}
    pushed = pushed_of(HEADERS | more)
    assert pushed.piece == Piece(10, 20, 20)
    assert pushed.piece.is_last
    assert not Piece(0, 10, 20).is_last
    assert (pushed.is_packed, pushed.records) == (True, 7)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("x-feed-kind", "news", "X-Feed-Kind must be schedule or schedule_change or fares"),
        ("x-feed-format", "ssim", "X-Feed-Format must be aidx or jsonl, not 'ssim'"),
        ("x-feed-mode", "", "X-Feed-Mode must be full or delta, not ''"),
        ("x-feed-produced-at", "now", "X-Feed-Produced-At must be a moment with its offset"),
        ("x-feed-produced-at", "2026-11-26T12:00:00", "X-Feed-Produced-At must be a moment"),
        ("x-feed-produced-at", "0001-01-01T00:00:00Z", "X-Feed-Produced-At must be a moment"),
        ("x-feed-produced-at", "0001-01-01T00:00+23:59", "X-Feed-Produced-At must be a moment"),
        ("x-feed-produced-at", "9999-12-31T23:59Z", "X-Feed-Produced-At must be a moment"),
        ("x-feed-sha256", "ab", "X-Feed-Sha256 must be 64 hexadecimal digits"),
        ("x-feed-records", "-1", "X-Feed-Records must be a number of records"),
        ("content-encoding", "br", "Content-Encoding must be gzip or absent"),
        ("content-range", "bytes 0-9", "Content-Range must be like bytes 0-999/5000"),
        ("content-range", "bytes 9-0/20", "Content-Range must be within its total"),
        ("content-range", "bytes 0-20/20", "Content-Range must be within its total"),
    ],
)
def test_a_wrong_header_is_named_with_what_it_should_be(name: str, value: str, reason: str) -> None:
    with pytest.raises(BadHeader) as caught:
        pushed_of(HEADERS | {name: value})
    assert str(caught.value).startswith(reason)


@pytest.mark.parametrize("name", HEADERS)
def test_a_missing_header_is_named(name: str) -> None:
    with pytest.raises(BadHeader) as caught:
        pushed_of({key: value for key, value in HEADERS.items() if key != name})
    assert caught.value.name.lower() == name


def test_a_sequence_in_an_address_is_a_number() -> None:
    assert sequence_in("20261126") == 20261126
    with pytest.raises(BadHeader, match="the sequence must be a positive whole number"):
        sequence_in("0")

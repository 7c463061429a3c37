from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
import pytest

from holdfast.flights.entrypoints.booking_api.auditing import AuditShape
from holdfast.flights.entrypoints.booking_api.promise import PromiseShape
from holdfast.flights.entrypoints.ingest.prices import ParkedPricesShape
from holdfast.flights.entrypoints.ingest.shapes import FeedsShape, QuarantineShape
from holdfast.flights.pages.feed_view import (
    AuditAnswer,
    FeedAnswer,
    FeedsAnswer,
    ParkedListAnswer,
    PromiseAnswer,
    QuarantineAnswer,
    age_of,
    troubled_first,
)

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def feed(name: str, health: str) -> FeedAnswer:
    return FeedAnswer(
        airline="BA",
        feed=name,
        kind="fares",
        health=health,
        sequence=7,
        accepted_at=NOW,
        age_s=60.0,
        last_received_at=NOW,
        last_sequence=7,
        last_outcome="accepted",
        last_reason="",
        records=10,
        quarantined=0,
        held=0,
    )


@pytest.mark.parametrize(
    ("seconds", "age"),
    [(0, (0, "min")), (7_199, (120, "min")), (7_200, (2, "h")), (172_800, (2, "d"))],
)
def test_an_age_is_told_in_the_unit_that_fits(seconds: float, age: tuple[int, str]) -> None:
    assert age_of(seconds) == age


def test_feeds_in_trouble_stand_first() -> None:
    found = troubled_first([feed("a", "good"), feed("c", "stale"), feed("b", "rejected")])
    assert [one.feed for one in found] == ["b", "c", "a"]


@dataclass(frozen=True)
class Pair:
    """What the API writes, and what the pages read of it."""

    written: type
    read: type


@pytest.mark.parametrize(
    "pair",
    [
        Pair(FeedsShape, FeedsAnswer),
        Pair(QuarantineShape, QuarantineAnswer),
        Pair(ParkedPricesShape, ParkedListAnswer),
        Pair(AuditShape, AuditAnswer),
        Pair(PromiseShape, PromiseAnswer),
    ],
    ids=lambda pair: pair.read.__name__,
)
def test_the_pages_read_what_the_api_writes(pair: Pair) -> None:
    assert fields(pair.read) == fields(pair.written)


def fields(shape: type) -> object:
    """Names and kinds of all fields, however deep."""
    told: list[object] = []
    for one in msgspec.structs.fields(shape):
        inner = getattr(one.type, "__args__", (one.type,))[0]
        is_list = getattr(one.type, "__origin__", None) is list
        if is_list and isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            told.append((one.name, fields(inner)))
        elif isinstance(one.type, type) and issubclass(one.type, msgspec.Struct):
            told.append((one.name, fields(one.type)))
        else:
            told.append(one.name)
    return told

"""Files of every format become contents."""

from datetime import UTC, datetime

from holdfast.flights.domain.delivery import Counts, FeedFormat, FeedKind
from holdfast.flights.domain.status import LegFacts, StatusUpdate
from holdfast.flights.service.feed_content import ScheduleContent, StatusContent
from holdfast.flights.service.read_feed import read_feed
from holdfast.flights.wire.aidx import write_aidx
from tests.flights.domain.test_flight_status import KEY
from tests.flights.feed_desk import MemoryFile, delivery_of, status_lines

SENT = datetime(2026, 11, 26, 5, tzinfo=UTC)


def test_a_status_file_of_both_formats() -> None:
    update = StatusUpdate(KEY, SENT, LegFacts(board_gate="C57"))
    data = write_aidx([update], SENT, sequence=1)
    aidx = read_feed(delivery_of(data, format=FeedFormat.AIDX), MemoryFile(data))
    lines = status_lines(117)
    native = read_feed(delivery_of(lines), MemoryFile(lines))
    assert aidx.content == native.content == StatusContent((update,))
    assert aidx.counts == native.counts == Counts(1, 0)


def test_a_status_file_with_a_fault_has_no_content() -> None:
    data = b"<x>"
    read = read_feed(delivery_of(data, format=FeedFormat.AIDX), MemoryFile(data))
    assert read.content is None
    assert read.counts.fault
    assert read.counts.fault.reason == "this is not XML: no element found"


def test_what_is_no_season_file_is_refused() -> None:
    data = b"garbage" * 1000
    delivery = delivery_of(data, kind=FeedKind.SCHEDULE, format=FeedFormat.SSIM)
    read = read_feed(delivery, MemoryFile(data))
    assert read.content is None
    assert read.counts.fault
    assert not isinstance(read.content, ScheduleContent)

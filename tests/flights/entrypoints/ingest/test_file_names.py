"""The names of files."""

from datetime import UTC, datetime

import pytest

from holdfast.flights.domain.delivery import MAX_SEQUENCE, FeedFormat, FeedKind
from holdfast.flights.entrypoints.ingest.file_names import FileName, file_name_of, sequence_of

MADE = datetime(2026, 11, 26, 12, tzinfo=UTC)


def test_a_name_says_what_an_envelope_says() -> None:
    name = file_name_of("BA.season-w26.7.schedule.full.ssim.gz")
    assert name == FileName(
        "BA", "season-w26", 7, FeedKind.SCHEDULE, True, FeedFormat.SSIM, is_packed=True
    )
    delivery = name.delivery(MADE, b"x" * 32, 10)
    assert (delivery.airline, delivery.sequence, delivery.is_full) == ("BA", 7, True)
    assert (delivery.produced_at, delivery.declared) == (MADE, None)


def test_the_latest_file_is_numbered_by_its_date() -> None:
    name = file_name_of("4U.ops.latest.status.delta.xml")
    assert name
    assert name.format is FeedFormat.AIDX
    assert name.delivery(MADE, b"x" * 32, 10).sequence == int(MADE.timestamp())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "notes.txt",
        "ba.season.7.schedule.full.ssim",
        "BA.Season.7.schedule.full.ssim",
        "BA.season.0.schedule.full.ssim",
        "BA.season.x.schedule.full.ssim",
        "BA.season.7.timetable.full.ssim",
        "BA.season.7.schedule.some.ssim",
        "BA.season.7.schedule.full.pdf",
        "BA.season.7.schedule.full.csv",
        "BA.season.7.schedule.full.ssim.zip",
        "BA.../../x.7.schedule.full.ssim",
    ],
)
def test_other_names_are_none_of_ours(text: str) -> None:
    assert file_name_of(text) is None


def test_a_sequence_fits_the_store() -> None:
    assert sequence_of(str(MAX_SEQUENCE)) == MAX_SEQUENCE
    bad = ["", "0", "-1", "1.0", str(MAX_SEQUENCE + 1), "9" * 30, "١"]
    assert not any(map(sequence_of, bad))

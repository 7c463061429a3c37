from datetime import UTC, datetime, timedelta, timezone

import pytest

from holdfast.flights.wire.duffel_texts import duration, local, moment, moment_or_none


def test_moments_always_have_a_fraction_and_a_z() -> None:
    assert moment(datetime(2026, 11, 26, 12, 0, tzinfo=UTC)) == "2026-11-26T12:00:00.000000Z"
    east = timezone(timedelta(hours=2))
    assert moment(datetime(2026, 11, 26, 14, 0, tzinfo=east)) == "2026-11-26T12:00:00.000000Z"
    assert moment_or_none(None) is None
    assert moment_or_none(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00.000000Z"


def test_local_times_have_neither_zone_nor_fraction() -> None:
    assert local(datetime(2026, 12, 1, 8, 5)) == "2026-12-01T08:05:00"  # noqa: DTZ001


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (100, "PT1H40M"),
        (60, "PT1H"),
        (5, "PT5M"),
        (0, "PT0M"),
        (-5, "PT0M"),
        (1440, "P1D"),
        (1565, "P1DT2H5M"),
    ],
)
def test_durations_are_iso_8601(minutes: int, text: str) -> None:
    assert duration(minutes) == text

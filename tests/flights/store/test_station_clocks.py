"""Clocks of stations."""

from dataclasses import replace
from datetime import datetime

import pytest

from holdfast.flights.domain.atlas import Atlas
from holdfast.flights.store import station_clocks
from holdfast.flights.store.reference import atlas
from holdfast.flights.store.station_clocks import StationClocks


@pytest.mark.parametrize(
    ("station", "at", "is_utc", "offset"),
    [
        ("LHR", "2026-12-01T12:00", False, 0),
        ("LHR", "2026-07-01T12:00", False, 60),
        ("JFK", "2026-12-01T02:00", True, -300),
        ("DEL", "2026-12-01T02:00", True, 330),
        ("LHR", "2026-03-29T00:59", True, 0),
        ("LHR", "2026-03-29T01:00", True, 60),
        ("LHR", "2026-10-25T01:30", False, 60),
    ],
)
def test_the_offset_of_a_station_at_a_moment(
    station: str, at: str, is_utc: bool, offset: int
) -> None:
    found = StationClocks().offset_min(station, datetime.fromisoformat(at), is_utc=is_utc)
    assert found == offset


def test_an_unknown_station_has_no_clock() -> None:
    assert StationClocks().offset_min("QQQ", datetime(2026, 1, 1), is_utc=True) is None  # noqa: DTZ001


def test_a_zone_that_nobody_knows_is_no_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = replace(atlas().airports["LHR"], iata="XXZ", time_zone="Nowhere/Land")
    small = Atlas.build(airports=[lost], cities=[], airlines=[], aircraft=[], countries={})
    monkeypatch.setattr(station_clocks, "atlas", lambda: small)
    assert StationClocks().offset_min("XXZ", datetime(2026, 1, 1), is_utc=True) is None  # noqa: DTZ001

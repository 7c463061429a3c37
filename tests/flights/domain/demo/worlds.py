"""A small demo world with the real places and clocks, for tests."""

from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo

from holdfast.flights.domain.demo.network import World
from holdfast.flights.store.reference import atlas


@cache
def offset_min(zone: str, utc_min: int) -> int:
    """UTC offset in minutes."""
    moment = datetime.fromtimestamp(utc_min * 60, UTC).astimezone(ZoneInfo(zone))
    offset = moment.utcoffset()
    assert offset is not None
    return int(offset.total_seconds()) // 60


def world(airlines: int = 6, spokes: int = 3, seed: int = 1) -> World:
    """The first airlines of the roster."""
    return World(seed, airlines, spokes, atlas().airports, offset_min)

"""The law of the demo: the invented world on the real places and clocks of this machine."""

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from holdfast.flights.domain.demo.network import World
from holdfast.flights.store.reference import atlas
from holdfast.flights.wiring.settings import FlightsSettings

MAX_OFFSETS = 200_000
"""Offsets that are remembered: some thousand flights on the days around a change of clocks."""


def demo_world(seed: int, airlines: int, routes: int) -> World:
    """The world of a seed."""
    return World(seed, airlines, routes, atlas().airports, offset_min)


def world_of(settings: FlightsSettings) -> World:
    """The world that the settings tell of."""
    return demo_world(settings.demo_seed, settings.demo_airlines, settings.demo_routes)


@lru_cache(maxsize=MAX_OFFSETS)
def offset_min(zone: str, utc_min: int) -> int:
    """The UTC offset of a time zone at a moment, both in minutes."""
    moment = datetime.fromtimestamp(utc_min * 60, UTC).astimezone(_zone(zone))
    offset = moment.utcoffset()
    assert offset is not None, "an aware moment has an offset"
    return int(offset.total_seconds()) // 60


@lru_cache(maxsize=1_000)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)

"""The demo stands on the real places and clocks."""

from datetime import UTC, datetime

from holdfast.flights.domain.demo.roster import MAX_AIRLINES, stations
from holdfast.flights.wiring.settings import FlightsSettings
from holdfast.flights.wiring.world import demo_world, offset_min, world_of


def minute(*when: int) -> int:
    return int(datetime(*when, tzinfo=UTC).timestamp()) // 60  # type: ignore[misc]


def test_offsets_are_those_of_the_zone_at_that_moment() -> None:
    assert offset_min("Europe/Berlin", minute(2026, 12, 1)) == 60
    assert offset_min("Europe/Berlin", minute(2026, 7, 1)) == 120
    assert offset_min("Asia/Kolkata", minute(2026, 7, 1)) == 330
    assert offset_min("America/New_York", minute(2026, 11, 1, 5, 59)) == -240
    assert offset_min("America/New_York", minute(2026, 11, 1, 6, 0)) == -300


def test_every_place_of_the_largest_world_is_known() -> None:
    world = demo_world(1, MAX_AIRLINES, 12)
    assert stations(MAX_AIRLINES, 12) <= world.places.keys()


def test_the_settings_say_which_world_it_is() -> None:
    world = world_of(FlightsSettings(demo_seed=7, demo_airlines=3, demo_routes=4))
    assert (world.seed, world.airlines, world.spokes) == (7, 3, 4)

"""Snapshots: renewed by stamp, an airline whole or not at all, never in the way of readers."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace

import pytest

from holdfast.flights.domain.fare import Price
from holdfast.flights.domain.price_rule import RULE, PriceRule
from holdfast.flights.domain.pricing import Flown
from holdfast.flights.domain.schedule import Designator
from holdfast.flights.service.ports.catalogue import Subject
from holdfast.flights.service.snapshot import LOAD_TRIES, SLICE_S, Snapshots
from holdfast.platform.data.failures import Unavailable
from tests.support.eventually import eventually
from tests.support.flights_world import ADULT, DAY, NOW, WorldCatalogue, WorldClock, fare, leg

LEGS = [leg("BA1", "LHR", "JFK"), leg("LH1", "FRA", "LHR")]
FARES = [fare("BA", "LHR", "JFK", 40000)]


def made(catalogue: WorldCatalogue, poll_s: float = 1.0) -> Snapshots:
    return Snapshots(catalogue, WorldClock(), poll_s)


async def test_before_the_first_look_there_is_nothing() -> None:
    snapshots = made(WorldCatalogue(LEGS, FARES))
    assert snapshots.current.timetable.legs == 0
    assert not snapshots.is_ready
    assert snapshots.age_s is None


async def test_everything_is_loaded_once() -> None:
    catalogue = WorldCatalogue(LEGS, FARES)
    snapshots = made(catalogue)
    found = await snapshots.refresh()
    assert snapshots.is_ready
    assert found.timetable.legs == 2
    assert found.sales.has_market("BA", "LHR", "JFK")
    loads = list(catalogue.loads)
    assert await snapshots.refresh() is found
    assert catalogue.loads == loads


async def test_only_the_subject_of_the_airline_that_changed_is_loaded_again() -> None:
    catalogue = WorldCatalogue(LEGS, FARES)
    snapshots = made(catalogue)
    before = await snapshots.refresh()
    catalogue.loads.clear()
    catalogue.legs.append(leg("BA2", "LHR", "JFK"))
    catalogue.touch("BA", "schedule")
    after = await snapshots.refresh()
    assert catalogue.loads == [("BA", "schedule")]
    assert after.timetable.parts["LH"] is before.timetable.parts["LH"]
    assert after.sales.parts["BA"] is before.sales.parts["BA"]
    assert before.timetable.legs == 2
    assert after.timetable.legs == 3


async def test_fares_rest_as_long_as_the_rule_says() -> None:
    made_now = fare("BA", "LHR", "JFK", 40000, since=NOW)
    waits = replace(made_now, state=replace(made_now.state, s=Price(45000)))
    flown = Flown("BA", 1, "LHR", "JFK", DAY)
    for rule, total in ((RULE, 40000), (PriceRule(dwell_s=60), 45000)):
        snapshots = Snapshots(WorldCatalogue(LEGS, [waits]), WorldClock(), rule=rule)
        book = (await snapshots.refresh()).sales.parts["BA"].book
        (priced,) = book.price(flown, [ADULT], NOW.timestamp() + 60)
        assert priced.adult_total == total


async def test_news_of_flight_status_is_nothing_to_load() -> None:
    catalogue = WorldCatalogue(LEGS, FARES)
    snapshots = made(catalogue)
    before = await snapshots.refresh()
    catalogue.touch("BA", "status")
    assert await snapshots.refresh() is before


async def test_an_airline_whose_stamps_are_gone_is_loaded_again() -> None:
    catalogue = WorldCatalogue(LEGS, FARES)
    snapshots = made(catalogue)
    await snapshots.refresh()
    catalogue.legs = [one for one in catalogue.legs if one.designator.carrier != "LH"]
    del catalogue.stamps["LH", "schedule"]
    found = await snapshots.refresh()
    assert found.timetable.legs_of(Designator("LH", 1)) == []
    assert await snapshots.refresh() is found


async def test_an_airline_that_changes_while_it_is_loaded_is_loaded_again_whole() -> None:
    catalogue = WorldCatalogue(LEGS, FARES)
    snapshots = made(catalogue)

    def change_after_schedule(airline: str, what: str) -> None:
        if (airline, what) == ("BA", "limits"):
            catalogue.on_load = lambda _airline, _what: None
            catalogue.legs.append(leg("BA2", "LHR", "EWR"))
            catalogue.published.append(fare("BA", "LHR", "EWR", 1))
            catalogue.touch("BA", "schedule")
            catalogue.touch("BA", "fares")

    catalogue.on_load = change_after_schedule
    found = await snapshots.refresh()
    assert len(found.timetable.legs_of(Designator("BA", 2))) == 1
    assert found.sales.has_market("BA", "LHR", "EWR")
    assert found.versions["BA", "fares"] == 2


async def test_an_airline_that_never_stands_still_keeps_its_old_part_and_others_go_on() -> None:
    catalogue = WorldCatalogue(LEGS, FARES)
    snapshots = made(catalogue)
    catalogue.on_load = lambda airline, _what: catalogue.touch("BA", "fares")
    found = await snapshots.refresh()
    assert "BA" not in found.timetable.parts
    assert "LH" in found.timetable.parts or LOAD_TRIES == 0
    assert not snapshots.is_ready
    catalogue.on_load = lambda _airline, _what: None
    assert (await snapshots.refresh()).timetable.legs == 2
    assert snapshots.is_ready


async def test_an_airline_is_seen_while_others_are_still_loaded() -> None:
    clock = WorldClock()
    catalogue = WorldCatalogue(LEGS, FARES)
    snapshots = Snapshots(catalogue, clock)
    seen: dict[str, int] = {}

    def look(airline: str, what: str) -> None:
        clock.move(seconds=SLICE_S)
        seen[airline] = snapshots.current.timetable.legs

    catalogue.on_load = look
    await snapshots.refresh()
    assert seen == {"BA": 0, "LH": 1}
    assert snapshots.current.timetable.legs == 2


async def test_age_is_counted_from_the_last_look_that_found_nothing_newer() -> None:
    clock = WorldClock()
    catalogue = WorldCatalogue(LEGS, FARES)
    snapshots = Snapshots(catalogue, clock)
    await snapshots.refresh()
    clock.move(seconds=7)
    assert snapshots.age_s == 7
    await snapshots.refresh()
    assert snapshots.age_s == 0


async def test_those_who_refresh_at_once_load_once() -> None:
    catalogue = WorldCatalogue(LEGS, FARES)
    snapshots = made(catalogue)
    found = await asyncio.gather(*(snapshots.refresh() for _ in range(5)))
    assert all(one is found[0] for one in found)
    assert catalogue.loads.count(("BA", "schedule")) == 1


class Failing(WorldCatalogue):
    """A catalogue that does not answer until it is mended."""

    is_broken = True

    async def versions(self) -> Mapping[tuple[str, Subject], int]:
        if self.is_broken:
            raise Unavailable("the database cannot be reached")
        return await super().versions()


@contextlib.asynccontextmanager
async def running(snapshots: Snapshots) -> AsyncIterator[None]:
    task = asyncio.create_task(snapshots.run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_store_that_fails_is_asked_again_and_the_snapshot_stays() -> None:
    catalogue = Failing(LEGS, FARES)
    snapshots = made(catalogue, poll_s=0.01)
    async with running(snapshots):
        await asyncio.sleep(0)
        assert not snapshots.is_ready
        catalogue.is_broken = False
        await eventually(lambda: snapshots.is_ready)
    with pytest.raises(Unavailable):
        await made(Failing(LEGS, FARES)).refresh()


async def test_a_hint_makes_it_look_at_once() -> None:
    catalogue = WorldCatalogue(LEGS, FARES)
    snapshots = made(catalogue, poll_s=3600)
    async with running(snapshots):
        await eventually(lambda: snapshots.is_ready)
        catalogue.legs.append(leg("BA2", "LHR", "EWR"))
        catalogue.touch("BA", "schedule")
        snapshots.hint()
        await eventually(lambda: snapshots.current.timetable.legs == 3)

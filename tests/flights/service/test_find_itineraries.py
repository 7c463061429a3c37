"""Itineraries of a query: only what is for sale, remembered while the snapshot is current."""

from datetime import timedelta

from holdfast.flights.domain.connections import ConnectionRules
from holdfast.flights.domain.flight import Itinerary
from holdfast.flights.service.find_itineraries import FindItineraries
from holdfast.flights.service.snapshot import Snapshot, Snapshots
from tests.support.flights_world import (
    DAY,
    NOW,
    WorldCatalogue,
    WorldClock,
    ask,
    atlas,
    fare,
    leg,
    query,
)

LEGS = [
    leg("BA1", "LHR", "JFK", "10:00", 480),
    leg("LH9", "FRA", "LHR", "10:00", marketed_as=("UA8",)),
]
FARES = [fare("BA", "LHR", "JFK", 40000)]
SOON = DAY - timedelta(days=1)


async def snapshot(catalogue: WorldCatalogue) -> Snapshot:
    return await Snapshots(catalogue, WorldClock()).refresh()


def flown(found: tuple[Itinerary, ...]) -> list[str]:
    return [str(one.segments[0].marketing) for one in found]


async def test_only_what_has_fares_is_found() -> None:
    find = FindItineraries(atlas())
    table = await snapshot(WorldCatalogue(LEGS, FARES))
    there, back = find.of(table, query(ask("LHR", "JFK"), ask("FRA", "LHR")), NOW)
    assert flown(there) == ["BA1"]
    assert back == ()


async def test_of_two_numbers_the_one_with_fares_on_that_flight_is_shown() -> None:
    fares = [fare("UA", "FRA", "LHR", 9000), fare("LH", "FRA", "LHR", 9000, number=77)]
    (found,) = FindItineraries(atlas()).of(
        await snapshot(WorldCatalogue(LEGS, fares)), query(ask("FRA", "LHR")), NOW
    )
    assert flown(found) == ["UA8"]


async def test_the_same_question_is_answered_from_memory_until_the_snapshot_changes() -> None:
    find = FindItineraries(atlas())
    table = await snapshot(WorldCatalogue(LEGS, FARES))
    (first,) = find.of(table, query(ask("LHR", "JFK")), NOW)
    (again,) = find.of(table, query(ask("LHR", "JFK")), NOW)
    assert again is first
    other = await snapshot(WorldCatalogue([], FARES))
    assert find.of(other, query(ask("LHR", "JFK")), NOW) == ((),)


async def test_a_flight_that_departs_soon_is_looked_up_for_each_moment() -> None:
    find = FindItineraries(atlas())
    table = await snapshot(WorldCatalogue(LEGS, FARES))
    departs = NOW.replace(year=2026, month=12, day=1, hour=10)
    asked = query(ask("LHR", "JFK"))
    assert flown(find.of(table, asked, departs - timedelta(hours=1))[0]) == ["BA1"]
    assert find.of(table, asked, departs - timedelta(minutes=59)) == ((),)


async def test_memory_is_bounded_and_forgets_what_was_asked_longest_ago() -> None:
    find = FindItineraries(atlas(), rules=ConnectionRules({}), max_remembered=2)
    table = await snapshot(WorldCatalogue(LEGS, FARES))
    days = [query(ask("LHR", "JFK", DAY + timedelta(days=n))) for n in range(3)]
    first = [find.of(table, one, NOW)[0] for one in days[:2]]
    assert find.of(table, days[0], NOW)[0] is first[0]
    find.of(table, days[2], NOW)
    assert find.of(table, days[0], NOW)[0] is first[0]
    assert find.of(table, days[1], NOW)[0] is not first[1]

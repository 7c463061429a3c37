"""Looking flights up: from memory while nothing changed."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

import msgspec
import pytest

from holdfast.flights.domain.flight_status import FlightStatus, NotFlown, UnknownFlight
from holdfast.flights.domain.schedule import Designator, LegPattern
from holdfast.flights.domain.status import LegFacts, LegState, LegStatus
from holdfast.flights.service import flight_status
from holdfast.flights.service.flight_status import FRESH_S, FlightStatusDesk
from holdfast.flights.service.ports.catalogue import Subject
from holdfast.flights.service.ports.status import Told
from tests.flights.domain.test_flight_status import AA6143, BA117, DAY, KEY, OUT

NOBODY_SAID = Told({}, (), ())


@dataclass
class FakeStore:
    """A store that counts what it is asked."""

    filed: dict[Designator, Sequence[LegPattern]] = field(default_factory=dict)
    said: Told = NOBODY_SAID
    stamps: dict[tuple[str, Subject], int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    broken: bool = False

    async def versions(self) -> Mapping[tuple[str, Subject], int]:
        self.asked.append("versions")
        return dict(self.stamps)

    async def patterns(self, designator: Designator) -> Sequence[LegPattern]:
        self.asked.append("patterns")
        await asyncio.sleep(0)
        if self.broken:
            raise OSError("away")
        return self.filed.get(designator, ())

    async def told(self, operating: Designator, flight_date: date) -> Told:
        self.asked.append(f"told {operating} {flight_date}")
        await asyncio.sleep(0)
        return self.said


@dataclass
class FakeClock:
    seconds: float = 0.0

    def wall(self) -> datetime:
        return datetime(2026, 12, 1, 12, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def store() -> FakeStore:
    sold = replace(OUT, designator=AA6143, operating=BA117, marketed_as=())
    return FakeStore({BA117: [OUT], AA6143: [sold]}, stamps={("BA", "schedule"): 1})


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def desk(store: FakeStore, clock: FakeClock) -> FlightStatusDesk:
    return FlightStatusDesk(store, clock)


async def test_a_flight_is_looked_up_once_while_nothing_changes(
    desk: FlightStatusDesk, store: FakeStore, clock: FakeClock
) -> None:
    first = await desk.look_up(BA117, DAY)
    assert isinstance(first.found, FlightStatus)
    assert msgspec.json.decode(first.body)["flight"] == "BA117"
    assert await desk.look_up(BA117, DAY) is first
    clock.seconds += FRESH_S + 0.01
    assert await desk.look_up(BA117, DAY) is first
    assert store.asked == ["versions", "patterns", "told BA117 2026-12-01", "versions"]


async def test_news_of_the_flight_that_flies_are_seen_after_the_versions_are_asked_for_again(
    desk: FlightStatusDesk, store: FakeStore, clock: FakeClock
) -> None:
    before = await desk.look_up(AA6143, DAY)
    store.said = Told({KEY: LegStatus(LegFacts(state=LegState.CANCELLED))}, (), ())
    store.stamps["BA", "status"] = 1
    assert await desk.look_up(AA6143, DAY) is before
    clock.seconds += FRESH_S + 0.01
    after = (await desk.look_up(AA6143, DAY)).found
    assert isinstance(after, FlightStatus)
    assert after.state is LegState.CANCELLED


async def test_a_new_timetable_is_seen(
    desk: FlightStatusDesk, store: FakeStore, clock: FakeClock
) -> None:
    await desk.look_up(BA117, DAY)
    store.filed[BA117] = ()
    store.stamps["BA", "schedule"] = 2
    clock.seconds += 1
    assert (await desk.look_up(BA117, DAY)).found == UnknownFlight(BA117)


async def test_without_a_date_it_is_today_at_the_board_point(desk: FlightStatusDesk) -> None:
    found = (await desk.look_up(BA117)).found
    assert isinstance(found, FlightStatus)
    assert found.flight_date == DAY


async def test_no_flight_that_day_and_no_such_flight_are_told_apart(
    desk: FlightStatusDesk,
) -> None:
    summer = await desk.look_up(BA117, date(2026, 8, 1))
    assert summer.found == NotFlown(BA117, date(2026, 8, 1), None, date(2026, 10, 25))
    assert b"the nearest dates are 2026-10-25" in summer.body
    nobody = Designator("ZZ", 1)
    assert (await desk.look_up(nobody)).found == UnknownFlight(nobody)


async def test_those_who_come_together_share_one_question(
    desk: FlightStatusDesk, store: FakeStore
) -> None:
    answers = await asyncio.gather(*(desk.look_up(BA117, DAY) for _ in range(50)))
    assert all(answer is answers[0] for answer in answers)
    assert store.asked == ["versions", "patterns", "told BA117 2026-12-01"]


async def test_one_who_leaves_takes_nobody_along(desk: FlightStatusDesk) -> None:
    first = asyncio.create_task(desk.look_up(BA117, DAY))
    second = asyncio.create_task(desk.look_up(BA117, DAY))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    first.cancel()
    assert isinstance((await second).found, FlightStatus)


async def test_a_failure_is_told_and_not_kept(desk: FlightStatusDesk, store: FakeStore) -> None:
    store.broken = True
    with pytest.raises(OSError, match="away"):
        await desk.look_up(BA117, DAY)
    store.broken = False
    assert isinstance((await desk.look_up(BA117, DAY)).found, FlightStatus)


async def test_memory_is_bounded(
    desk: FlightStatusDesk, store: FakeStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flight_status, "MAX_FLIGHTS", 2)
    small = FlightStatusDesk(store, FakeClock())
    days = [date(2026, 12, day) for day in (1, 2, 3)]
    for day in days:
        await small.look_up(BA117, day)
    store.asked.clear()
    await small.look_up(BA117, days[2])
    await small.look_up(BA117, days[0])
    assert store.asked == ["told BA117 2026-12-01"]

"""The demo delivers like any airline: readable files, numbered, due once."""

from datetime import UTC, datetime, timedelta

from holdfast.flights.domain.delivery import FeedKind
from holdfast.flights.domain.demo.filing import schedule
from holdfast.flights.domain.demo.prices import fares, limits, tiers
from holdfast.flights.domain.demo.roster import AIRLINES
from holdfast.flights.domain.fares_load import FaresLoad
from holdfast.flights.entrypoints.ingest.file_names import file_name_of
from holdfast.flights.service.demo_feeds import (
    DemoFile,
    due,
    fares_file,
    hours_of,
    schedule_file,
    status_file,
)
from holdfast.flights.service.read_feed import read_feed
from holdfast.flights.wire.fares import read_fares
from holdfast.flights.wire.ssim import Season, read_season
from tests.flights.domain.demo.worlds import world

NOW = datetime(2026, 11, 26, 19, 7, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = (NOW - EPOCH) // timedelta(minutes=1)
HOUR, DAY = MINUTE // 60, MINUTE // 1440
WORLD = world()
ZZ = AIRLINES[0]


def test_a_schedule_is_read_back_as_it_was_filed() -> None:
    file = schedule_file(WORLD, ZZ, DAY)
    season = read_season(file.chunks())
    assert isinstance(season, Season)
    assert season.faults == []
    filed = schedule(WORLD, ZZ, NOW.date())
    assert {leg for _, leg in season.legs} == set(filed)


def test_fares_limits_and_tiers_are_read_back_as_they_were_filed() -> None:
    file = fares_file(WORLD, ZZ, HOUR, is_full=True)
    load = read_fares(file.chunks(), "jsonl", airline="ZZ", full=True, sequence=HOUR)
    assert isinstance(load, FaresLoad)
    today = NOW.date()
    assert list(load.fares) == list(fares(WORLD, ZZ, today, HOUR))
    assert list(load.limits) == list(limits(WORLD, ZZ, today))
    assert list(load.tiers) == list(tiers(WORLD, ZZ, today))


def test_status_is_read_without_a_bad_record() -> None:
    file = status_file(WORLD, ZZ, MINUTE - 600, MINUTE)
    assert file is not None
    read = read_feed(file.delivery, file)
    assert list(read.bad) == []
    assert read.counts.good > 10


def kinds(files: list[DemoFile]) -> list[tuple[str, bool]]:
    return [(file.delivery.feed, file.delivery.is_full) for file in files]


def test_at_first_everything_is_due_in_full() -> None:
    files = list(due(WORLD, ZZ, NOW, {}))
    assert kinds(files) == [("schedule", True), ("fares", True), ("status", False)]
    assert [file.delivery.sequence for file in files] == [DAY, HOUR, MINUTE]
    assert all(file.delivery.produced_at <= NOW for file in files)


def test_nothing_is_due_twice() -> None:
    taken = {"schedule": DAY, "fares": HOUR, "status": MINUTE}
    assert list(due(WORLD, ZZ, NOW, taken)) == []


def test_the_next_hour_brings_only_what_changed() -> None:
    taken = {"schedule": DAY, "fares": HOUR - 1, "status": MINUTE - 60}
    files = list(due(WORLD, ZZ, NOW, taken))
    assert kinds(files) == [("fares", False), ("status", False)]
    assert len(files[0].content) < len(fares_file(WORLD, ZZ, HOUR, is_full=True).content) / 10


def test_a_gap_or_a_new_day_brings_all_fares() -> None:
    taken = {"schedule": DAY, "fares": HOUR - 3, "status": MINUTE}
    assert kinds(list(due(WORLD, ZZ, NOW, taken))) == [("fares", True)]
    midnight = EPOCH + timedelta(days=DAY + 1)
    taken = {"schedule": DAY, "fares": (DAY + 1) * 24 - 1, "status": (DAY + 1) * 1440}
    assert kinds(list(due(WORLD, ZZ, midnight, taken))) == [("schedule", True), ("fares", True)]


def test_a_minute_in_which_nothing_happens_brings_no_status() -> None:
    quiet = [m for m in range(MINUTE - 60, MINUTE) if status_file(WORLD, ZZ, m, m + 1) is None]
    assert quiet
    now = EPOCH + timedelta(minutes=quiet[0] + 1)
    taken = {"schedule": DAY, "fares": HOUR, "status": quiet[0]}
    assert list(due(WORLD, ZZ, now, taken)) == []


def test_hours_follow_each_other_without_a_gap_and_are_the_same_each_time() -> None:
    small = world(airlines=2, spokes=1)
    files = list(hours_of(small, NOW, 3))
    assert list(hours_of(small, NOW, 3)) == files
    sequences = [f.delivery.sequence for f in files if f.delivery.feed == "fares"]
    assert sequences == [HOUR, HOUR, HOUR + 1, HOUR + 1, HOUR + 2, HOUR + 2]


def test_names_are_those_that_the_ingest_process_looks_for() -> None:
    for file in due(WORLD, ZZ, NOW, {}):
        name = file_name_of(file.name)
        assert name is not None
        told = file.delivery
        assert name.delivery(told.produced_at, told.sha256, told.size_bytes) == told
    assert {file.delivery.kind for file in due(WORLD, ZZ, NOW, {})} == {
        FeedKind.SCHEDULE,
        FeedKind.FARES,
        FeedKind.STATUS,
    }

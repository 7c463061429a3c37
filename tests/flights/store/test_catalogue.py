"""The catalogue on PostgreSQL: what was filed comes back, with stamps that move when it changes."""

from datetime import date, timedelta

from holdfast.flights.domain.fare import Cabin
from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.pricing import Flown
from holdfast.flights.domain.schedule import LegPattern
from holdfast.flights.service.ports.catalogue import Catalogue
from holdfast.flights.service.snapshot import Snapshots
from holdfast.flights.store.catalogue import PostgresCatalogue
from holdfast.flights.store.schedule import replace_schedule
from holdfast.platform.data.database import Database
from holdfast.platform.data.queries import Statement
from tests.support.flights_world import DAY, WorldClock, designator, leg

LEGS = [
    leg("BA15", "LHR", "FRA", "08:00", 90),
    leg("BA15", "FRA", "SIN", "12:00", 720, sequence=2),
    leg("BA1", "LHR", "JFK", "10:00", 480, marketed_as=("AA6000",)),
]
KEY = LegKey("BA", 1, "", DAY, "LHR", "JFK")
FARE = Statement(
    "file_fare",
    """INSERT INTO fares (carrier, board, off_point, cabin, booking_class, basis, passenger_type,
        currency, first_date, last_date, days, terms, p_total, p_tax, p_since, s_total, s_tax,
        s_at, s_seq)
    VALUES ('BA', 'LHR', 'JFK', 'economy', 'Y', 'YLIGHT', 'adult', 'EUR', '2026-10-25',
        '2027-03-27', 127, '{"brand": "Light"}', 40000, 4000, 0, 40000, 4000, 0, 1)""",
)
LIMITS = Statement(
    "file_limits",
    """INSERT INTO class_limits (carrier, number, board, off_point, cabin, first_date, last_date,
        days, classes, limits)
    VALUES ('BA', 1, 'LHR', 'JFK', 'economy', '2026-10-25', '2027-03-27', 127, '{Y,K}', '{9,4}')""",
)


async def filed(database: Database, *legs: LegPattern) -> Catalogue:
    async with database.transaction() as work:
        await replace_schedule(work, "BA", legs or LEGS)
    return PostgresCatalogue(database)


def order(one: LegPattern) -> tuple[int, int]:
    return one.designator.number, one.sequence


async def test_a_schedule_comes_back_as_it_was_filed(flights_database: Database) -> None:
    catalogue = await filed(flights_database)
    found = await catalogue.schedule("BA")
    assert sorted(found, key=order) == sorted(LEGS, key=order)
    assert await catalogue.schedule("LH") == []


async def test_fares_and_limits_come_back(flights_database: Database) -> None:
    catalogue = await filed(flights_database)
    await flights_database.execute(FARE)
    await flights_database.execute(LIMITS)
    (one,) = await catalogue.fares("BA")
    assert (one.key.board, one.state.p.total, one.terms.brand) == ("LHR", 40000, "Light")
    (limit,) = await catalogue.limits("BA")
    assert limit.limits == (("Y", 9), ("K", 4))
    assert await catalogue.tiers("BA") == []
    assert await catalogue.fares("LH") == []


async def test_the_fares_of_one_flight_and_date_are_its_own_and_those_for_any_flight(
    flights_database: Database,
) -> None:
    catalogue = await filed(flights_database)
    await flights_database.execute(FARE)
    copied = (
        "INSERT INTO fares (carrier, number, board, off_point, cabin, booking_class, basis,"
        " passenger_type, currency, first_date, last_date, days, terms, p_total, p_tax, p_since,"
        " s_total, s_tax, s_at, s_seq, withdrawn_at)"
        " SELECT carrier, $1, board, $2, cabin, booking_class, basis, passenger_type, currency,"
        " first_date, $3, days, terms, $4, p_tax, p_since, s_total, s_tax, s_at, s_seq, $5"
        " FROM fares WHERE p_total = 40000"
    )
    copy = Statement("copy", copied)
    end, before = date(2027, 3, 27), date(2026, 11, 30)
    for values in (
        (1, "JFK", end, 1, None),
        (2, "JFK", end, 2, None),
        (1, "EWR", end, 3, None),
        (None, "JFK", before, 4, None),
        (1, "JFK", before, 5, None),
        (None, "JFK", end - timedelta(days=1), 6, 1.0),
    ):
        await flights_database.execute(copy, *values)
    found = await catalogue.fares_for(Flown("BA", 1, "LHR", "JFK", DAY))
    assert sorted(one.state.p.total for one in found) == [1, 40000]


async def test_a_stamp_moves_with_what_it_stamps(flights_database: Database) -> None:
    catalogue = await filed(flights_database)
    before = await catalogue.versions()
    await filed(flights_database)
    assert await catalogue.versions() == before
    await filed(flights_database, LEGS[0])
    after = await catalogue.versions()
    assert after["BA", "schedule"] > before["BA", "schedule"]


async def test_a_leg_of_which_nothing_was_taken_is_left_out(flights_database: Database) -> None:
    catalogue = PostgresCatalogue(flights_database)
    assert await catalogue.sold([]) == {}
    assert await catalogue.sold([KEY]) == {}


async def test_what_was_taken_is_counted_by_cabin_and_class(flights_database: Database) -> None:
    await flights_database.execute(
        Statement(
            "open",
            """INSERT INTO leg_dates (leg, cabin, carrier, number, suffix, flight_date, board,
                off_point, departs_at, arrives_at, aircraft, capacity, overbooking, sold, held,
                classes, taken)
            VALUES ('BA/1//2026-12-01/LHR/JFK', 'economy', 'BA', 1, '', '2026-12-01', 'LHR', 'JFK',
                '2026-12-01 10:00Z', '2026-12-01 18:00Z', '320', 150, 5, 3, 1, '{Y,K}', '{1,3}')""",
        )
    )
    found = (await PostgresCatalogue(flights_database).sold([KEY]))[KEY, Cabin.ECONOMY]
    assert (found.capacity, found.taken) == (155, 4)
    assert found.taken_by_class == {"Y": 1, "K": 3}


async def test_a_snapshot_is_taken_of_it_and_renewed(flights_database: Database) -> None:
    catalogue = await filed(flights_database)
    snapshots = Snapshots(catalogue, WorldClock())
    before = await snapshots.refresh()
    assert before.timetable.legs == 3
    assert set(before.timetable.carriers) == {"AA", "BA"}
    await filed(flights_database, *LEGS, leg("BA2", "JFK", "LHR"))
    assert (await snapshots.refresh()).timetable.legs_of(designator("BA2"))
    assert before.timetable.legs_of(designator("BA2")) == []

"""Deliveries of fares on real PostgreSQL: only what differs is written, and the promises hold."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest

from holdfast.flights.domain.fare import (
    Cabin,
    ClassLimits,
    FareKey,
    FareTerms,
    FiledFare,
    PassengerType,
    Price,
    Rise,
    SeatTier,
)
from holdfast.flights.domain.fares_load import FaresLoad
from holdfast.flights.domain.price_rule import RULE, read
from holdfast.flights.domain.schedule import Period
from holdfast.flights.store.fares import (
    FaresApplied,
    apply_fares,
    fares_of,
    forget_prices,
    limits_of,
    rises_too_soon,
    tiers_of,
)
from holdfast.flights.store.versions import versions
from holdfast.platform.data.database import Database
from holdfast.platform.data.queries import Statement

LOG = Statement("log", "SELECT * FROM price_changes ORDER BY id")
TOO_SOON = Statement(
    "too_soon",
    """INSERT INTO price_changes
       (airline, fare_id, at, cause, p_since, p_total, p_tax, s_total, s_tax, sequence)
       SELECT airline, fare_id, $1, 'changed', 0, p_total + 1, 0, 0, 0, 9
       FROM price_changes ORDER BY id DESC LIMIT 1""",
)
IS_LOCKED = Statement(
    "is_locked",
    "SELECT NOT pg_try_advisory_lock(hashtext('flights fares'), hashtext('ZZ'))",
)
START = 1_800_000_000.0
D = RULE.dwell_s
WINTER = Period(date(2026, 12, 1), date(2027, 1, 31))
DECEMBER = Period(date(2026, 12, 1), date(2026, 12, 31))
JANUARY = Period(date(2027, 1, 1), date(2027, 1, 31))
TERMS = FareTerms("Classic", True, 5000, False, None, 1)


def fare(total: int, period: Period = WINTER, number: int | None = 117) -> FiledFare:
    key = FareKey(
        "ZZ",
        number,
        "LHR",
        "JFK",
        Cabin.ECONOMY,
        "Y",
        "YOW",
        PassengerType.ADULT,
        "EUR",
        period,
    )
    return FiledFare(key, TERMS, Price(total, total // 10))


def limits(*pairs: tuple[str, int], period: Period = WINTER) -> ClassLimits:
    return ClassLimits("ZZ", 117, "LHR", "JFK", Cabin.ECONOMY, period, pairs)


def tier(total: int) -> SeatTier:
    return SeatTier(
        "ZZ", "320", Cabin.ECONOMY, "exit", "Exit row", 12, 13, "", "EUR", Price(total), ("Fit",)
    )


class Airline:
    """Deliveries of ZZ, numbered, at moments after the start."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.sequence = 0

    async def deliver(
        self, load: FaresLoad, at: float = 0, *, full: bool = True, sequence: int | None = None
    ) -> FaresApplied:
        self.sequence += 1
        async with self.database.transaction() as tx:
            return await apply_fares(
                tx,
                "ZZ",
                load,
                full=full,
                sequence=sequence or self.sequence,
                now=START + at,
                rule=RULE,
            )

    async def file(self, *fares: FiledFare, at: float = 0, full: bool = True) -> FaresApplied:
        return await self.deliver(FaresLoad(fares=fares), at, full=full)

    async def totals(self, at: float) -> Sequence[int]:
        found = await fares_of(self.database, "ZZ")
        return [read(one.state, START + at).total for one in found]

    async def version(self) -> int:
        return (await versions(self.database)).get(("ZZ", "fares"), 0)


@pytest.fixture
def airline(flights_database: Database) -> Airline:
    return Airline(flights_database)


async def test_what_is_filed_can_be_read(airline: Airline) -> None:
    load = FaresLoad(
        fares=[fare(100), fare(90, number=None)],
        limits=[limits(("Y", 100), ("M", 40))],
        tiers=[tier(25)],
    )
    applied = await airline.deliver(load)
    assert applied == FaresApplied(new=3, changed=1)
    published = await fares_of(airline.database, "ZZ")
    assert [(one.key, one.terms, one.state.s) for one in published] == [
        (one.key, one.terms, one.price) for one in load.fares
    ]
    assert await limits_of(airline.database, "ZZ") == load.limits
    assert [one.tier for one in await tiers_of(airline.database, "ZZ")] == load.tiers
    assert await fares_of(airline.database, "YY") == []


async def test_a_delivery_without_news_writes_nothing_and_moves_no_version(
    airline: Airline,
) -> None:
    load = FaresLoad([fare(100)], [limits(("Y", 9))], [tier(25)])
    await airline.deliver(load)
    before = await airline.version()
    assert await airline.deliver(load, D) == FaresApplied(unchanged=2)
    assert await airline.version() == before


async def test_only_changed_fares_are_written(airline: Airline) -> None:
    await airline.file(fare(100, DECEMBER), fare(100, JANUARY))
    applied = await airline.file(fare(100, DECEMBER), fare(90, JANUARY), at=60)
    assert applied == FaresApplied(changed=1, unchanged=1)
    assert await airline.totals(60) == [100, 90]
    assert await airline.version() == 2


async def test_a_rise_is_sold_after_its_rest_without_another_write(airline: Airline) -> None:
    await airline.file(fare(100))
    await airline.file(fare(120), at=60)
    assert await airline.totals(D - 0.25) == [100]
    assert await airline.totals(D) == [120]


async def test_an_older_delivery_and_one_that_was_seen_change_nothing(airline: Airline) -> None:
    await airline.deliver(FaresLoad([fare(100)]), sequence=5)
    for sequence in (4, 5):
        applied = await airline.deliver(FaresLoad([fare(60)]), 60, sequence=sequence)
        assert applied == FaresApplied(is_stale=True)
    assert await airline.totals(60) == [100]


async def test_other_terms_are_a_change_that_leaves_the_price(airline: Airline) -> None:
    await airline.file(fare(100))
    other = replace(fare(100), terms=replace(TERMS, checked_bags=2))
    assert await airline.file(other, at=60) == FaresApplied(changed=1)
    published = await fares_of(airline.database, "ZZ")
    assert published[0].terms.checked_bags == 2
    assert published[0].state.s_at == START


async def test_a_price_that_waits_is_overtaken_when_its_fare_is_filed_as_before(
    airline: Airline,
) -> None:
    waiting = Statement("waiting", "SELECT count(*) FROM parked_prices")
    await airline.file(fare(10_000))
    assert (await airline.file(fare(90_000), at=60)).parked == 1
    other = replace(fare(90_000), terms=replace(TERMS, checked_bags=2))
    assert (await airline.file(other, at=120)).changed == 1
    assert await airline.database.fetchval(waiting) == 1
    as_before = replace(fare(10_000), terms=other.terms)
    assert (await airline.file(as_before, at=180)).unchanged == 1
    assert await airline.database.fetchval(waiting) == 0
    assert (await airline.file(fare(90_000), at=240)).parked == 1


async def test_other_words_of_a_tier_are_a_change(airline: Airline) -> None:
    await airline.deliver(FaresLoad(tiers=[tier(25)]))
    renamed = replace(tier(25), name="More room", disclosures=("Fit", "Adult"))
    assert (await airline.deliver(FaresLoad(tiers=[renamed]), 60)).changed == 1
    assert [one.tier for one in await tiers_of(airline.database, "ZZ")] == [renamed]


async def test_seat_tiers_follow_the_price_rule(airline: Airline) -> None:
    await airline.deliver(FaresLoad(tiers=[tier(25)]))
    await airline.deliver(FaresLoad(tiers=[tier(30)]), 60)
    (published,) = await tiers_of(airline.database, "ZZ")
    assert read(published.state, START + 60) == Price(25)
    assert read(published.state, START + D) == Price(30)


async def test_a_tier_tells_what_it_cost_before_its_last_rise(airline: Airline) -> None:
    await airline.deliver(FaresLoad(tiers=[tier(25)]))
    (published,) = await tiers_of(airline.database, "ZZ")
    assert published.rise is None
    await airline.deliver(FaresLoad(tiers=[tier(30)]), 2 * D)
    await airline.deliver(FaresLoad(tiers=[tier(28)]), 2 * D + 60)
    (published,) = await tiers_of(airline.database, "ZZ")
    assert published.rise == Rise(Price(25), START + 2 * D)
    assert published.state.p == Price(28)


async def test_what_a_full_file_leaves_out_is_off_sale_and_comes_back_no_dearer(
    airline: Airline,
) -> None:
    await airline.file(fare(100))
    assert await airline.deliver(FaresLoad(tiers=[tier(25)]), D) == FaresApplied(new=1, withdrawn=1)
    assert await airline.totals(D) == []
    await airline.deliver(FaresLoad([fare(150)]), 1.5 * D)
    assert await airline.totals(1.5 * D) == [100]
    assert await airline.totals(2.5 * D) == [150]


async def test_what_is_off_sale_for_long_is_forgotten(airline: Airline) -> None:
    await airline.file(fare(100))
    await airline.file(fare(80, number=None), at=D)
    await airline.file(fare(80, number=None), fare(700), at=2 * D)
    assert sorted(await airline.totals(2 * D)) == [80, 700]


async def test_a_split_period_keeps_its_prices_and_its_rest(airline: Airline) -> None:
    await airline.file(fare(100))
    applied = await airline.file(fare(120, DECEMBER), fare(130, JANUARY), at=D / 2)
    assert applied == FaresApplied(new=2, withdrawn=1)
    assert await airline.totals(D - 0.25) == [100, 100]
    assert await airline.totals(D) == [120, 130]


async def test_merged_periods_cost_the_lowest_of_their_prices(airline: Airline) -> None:
    await airline.file(fare(100, DECEMBER), fare(80, JANUARY))
    await airline.file(fare(110), at=5 * D)
    assert await airline.totals(5 * D) == [80]
    assert await airline.totals(6 * D) == [110]


async def test_a_delta_changes_what_it_names_and_withdraws_what_it_says(
    airline: Airline,
) -> None:
    await airline.file(fare(100, DECEMBER), fare(100, JANUARY), fare(50, number=None))
    load = FaresLoad(fares=[fare(90, DECEMBER)], withdrawn=[fare(0, JANUARY).key])
    assert await airline.deliver(load, 60, full=False) == FaresApplied(changed=1, withdrawn=1)
    assert await airline.totals(60) == [90, 50]


async def test_a_delta_cannot_file_dates_that_another_fare_keeps(airline: Airline) -> None:
    await airline.file(fare(100))
    applied = await airline.file(fare(90, DECEMBER), at=60, full=False)
    assert applied == FaresApplied(refused=(fare(0, DECEMBER).key,))
    assert await airline.totals(60) == [100]


async def test_limits_of_a_delta_hold_for_their_dates_and_no_others(airline: Airline) -> None:
    await airline.deliver(FaresLoad(limits=[limits(("Y", 100))]))
    december = limits(("Y", 50), period=DECEMBER)
    await airline.deliver(FaresLoad(limits=[december]), full=False)
    assert await limits_of(airline.database, "ZZ") == [
        limits(("Y", 100), period=JANUARY),
        december,
    ]


async def test_the_log_tells_every_change_and_when_a_rise_took_effect(airline: Airline) -> None:
    await airline.file(fare(100))
    await airline.file(fare(120), at=60)
    await airline.file(fare(90), at=3 * D)
    rows = await airline.database.fetch(LOG)
    assert [(row["at"] - START, row["cause"], row["p_total"], row["s_total"]) for row in rows] == [
        (0, "published", 100, 100),
        (60, "changed", 100, 120),
        (D, "rose", 120, 120),
        (3 * D, "changed", 90, 90),
    ]
    assert await rises_too_soon(airline.database, "ZZ", RULE) == []
    assert await forget_prices(airline.database, START + D) == 2


async def test_the_audit_of_the_log_finds_a_rise_that_came_too_soon(airline: Airline) -> None:
    await airline.file(fare(100))
    await airline.file(fare(80), at=60)
    await airline.database.execute(TOO_SOON, START + 61)
    (found,) = await rises_too_soon(airline.database, "ZZ", RULE)
    assert (found["before"], found["p_total"], found["gap"]) == (80, 81, 1)


async def test_two_deliveries_at_once_come_one_after_the_other(airline: Airline) -> None:
    await airline.file(fare(100))
    async with airline.database.transaction() as tx:
        await apply_fares(
            tx, "ZZ", FaresLoad([fare(90)]), full=True, sequence=9, now=START, rule=RULE
        )
        busy = await airline.database.fetchval(IS_LOCKED)
        assert busy
    assert await airline.totals(0) == [90]

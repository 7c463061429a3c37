"""Season and fares files of many airlines, and the same an hour later: what the benches feed.

The weeks are those of `tests.support.flightgear`, filed for the half year that begins today. An
hour later a share of the flights leaves five minutes later, or a share of the fares costs 3 % more.
"""

import hashlib
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import msgspec

from holdfast.flights.domain.fare import Cabin, FareKey, FareTerms, FiledFare, PassengerType, Price
from holdfast.flights.domain.schedule import ALL_DAYS, LegPattern, Period
from holdfast.flights.entrypoints.ingest.spool import PlainFile
from holdfast.flights.wire.fares_records import Header
from holdfast.flights.wire.fares_writer import write_fares_jsonl
from holdfast.flights.wire.ssim_writer import write_ssim
from tests.support.flightgear import timetables

SEASON_DAYS = 180
LATER_MIN = 5
"""A changed flight leaves and arrives so much later (before midnight: earlier)."""
RISE = 1.03
FARES_SEQUENCES = {"fares": 1, "fares-again": 2, "fares-5": 3}
"""As the headers of these files have them."""
PRODUCTS = tuple(
    (cabin, letter, brand, share)
    for cabin, letters, price in ((Cabin.ECONOMY, "YMKV", 1.0), (Cabin.BUSINESS, "JD", 3.5))
    for place, letter in enumerate(letters)
    for brand, share in (("Light", price * 0.9**place), ("Flex", price * 1.2 * 0.9**place))
)
"""Cabin, class, brand and price of the fares on a market, the dearest class first."""


class Market(msgspec.Struct, frozen=True):
    """Two points with a flight between them: what a search can ask for."""

    airline: str
    number: int
    board: str
    off: str
    days: int


@dataclass(frozen=True, slots=True)
class Folder:
    """Where the files of one delivery of all airlines are."""

    path: Path
    suffix: str

    def files(self) -> Iterator[tuple[str, PlainFile]]:
        """Airlines with their files."""
        for path in sorted(self.path.glob(f"*.{self.suffix}")):
            content = path.read_bytes()
            yield path.stem, PlainFile(path, len(content), hashlib.sha256(content).digest())


def season_of(today: date) -> Period:
    """The half year from today on."""
    return Period(today, today + timedelta(days=SEASON_DAYS), ALL_DAYS)


def write_all(traffic: Path, folder: Path, *, season: Period, fares: int) -> None:
    """All files of the bench: `season`, `season-1` (one percent later), ... and `fares`,
    `fares-again`, `fares-5`; and `markets.json`. `fares`: records over all airlines."""
    names = ("season", "season-1", "season-10", "season-100", "fares", "fares-again", "fares-5")
    for name in names:
        (folder / name).mkdir(parents=True)
    weeks = [
        (table.airline, _moved(table.legs, season)) for table in timetables(traffic) if table.legs
    ]
    markets = {airline: markets_of(airline, legs) for airline, legs in weeks}
    each = max(1, round(fares / sum(map(len, markets.values()))))
    for airline, legs in weeks:
        for name, share in (("", 0), ("-1", 1), ("-10", 10), ("-100", 100)):
            path = folder / f"season{name}" / f"{airline}.ssim"
            path.write_bytes(season_file(airline, later(legs, share), season))
        filed = list(fares_on(markets[airline], season, each))
        for name, share in (("", 0), ("-again", 0), ("-5", 5)):
            path = folder / f"fares{name}" / f"{airline}.jsonl"
            sequence = FARES_SEQUENCES[path.parent.name]
            path.write_bytes(fares_file(airline, sequence, dearer(filed, share)))
    every = [market for found in markets.values() for market in found]
    (folder / "markets.json").write_bytes(msgspec.json.encode(every))


def season_file(airline: str, legs: Iterable[LegPattern], season: Period) -> bytes:
    """An airline's season file, with times in UTC."""
    return write_ssim(airline, legs, season=season, created=season.first, time_mode="U")


def fares_file(airline: str, sequence: int, fares: Iterable[FiledFare]) -> bytes:
    """An airline's full fares file; its header makes each sequence another file."""
    return write_fares_jsonl(fares, header=Header(airline=airline, sequence=sequence))


def later(legs: Sequence[LegPattern], percent: int) -> list[LegPattern]:
    """The same legs, so many of a hundred of which leave later."""
    return [_later(leg) if place * 37 % 100 < percent else leg for place, leg in enumerate(legs)]


def dearer(fares: Sequence[FiledFare], percent: int) -> list[FiledFare]:
    """The same fares, so many of a hundred of which cost more."""
    return [
        replace(fare, price=Price(round(fare.price.total * RISE), fare.price.tax))
        if place * 37 % 100 < percent
        else fare
        for place, fare in enumerate(fares)
    ]


def markets_of(airline: str, legs: Iterable[LegPattern]) -> list[Market]:
    """The pairs of points that are flown, each with one of its flights."""
    found: dict[tuple[str, str], Market] = {}
    for leg in legs:
        market = Market(airline, leg.designator.number, leg.board, leg.off, leg.period.days)
        if not leg.designator.suffix:
            found.setdefault((leg.board, leg.off), market)
    return list(found.values())


def fares_on(markets: Sequence[Market], season: Period, each: int) -> Iterator[FiledFare]:
    """`each` fares on every market; one seed, the same prices in every run."""
    chance = random.Random(len(markets))
    for market in markets:
        base = chance.randrange(60_00, 600_00)
        for cabin, letter, brand, share in PRODUCTS[:each]:
            is_flex = brand == "Flex"
            key = FareKey(
                market.airline, None, market.board, market.off, cabin, letter,
                f"{letter}{brand.upper()}", PassengerType.ADULT, "EUR", season,
            )  # fmt: skip
            terms = FareTerms(brand, changeable=is_flex, change_penalty=0 if is_flex else None)
            yield FiledFare(key, terms, Price(round(base * share), 20_00))


def _moved(legs: Iterable[LegPattern], season: Period) -> list[LegPattern]:
    """The same weekdays in another season."""
    found = []
    for leg in legs:
        period = Period(season.first, season.last, leg.period.days).trimmed()
        assert period is not None
        found.append(replace(leg, period=period))
    return found


def _later(leg: LegPattern) -> LegPattern:
    """On the same dates, in local time and in UTC: a leg just before midnight leaves earlier."""
    minutes = (leg.departure_min, leg.departure_min - leg.departure_offset_min)
    by = -LATER_MIN if any(minute % 1440 >= 1440 - LATER_MIN for minute in minutes) else LATER_MIN
    return replace(leg, departure_min=leg.departure_min + by, arrival_min=leg.arrival_min + by)

"""The demo's airlines deliver like any other: which files are due, and what is in them.

PURE. What an airline told last is known by the sequence of what was taken: schedules are numbered
by day, fares by hour, status by minute (all since 1970 UTC). So whoever asks after a pause gets
what is due now, and nobody delivers twice.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

from holdfast.flights.domain.delivery import Delivery, FeedFormat, FeedKind
from holdfast.flights.domain.demo.days import updates
from holdfast.flights.domain.demo.filing import schedule, seasons
from holdfast.flights.domain.demo.network import World
from holdfast.flights.domain.demo.prices import changed_fares, fares, limits, tiers
from holdfast.flights.domain.demo.roster import Airline
from holdfast.flights.domain.schedule import Period
from holdfast.flights.wire.aidx import write_aidx
from holdfast.flights.wire.fares_records import Header
from holdfast.flights.wire.fares_writer import write_fares_jsonl
from holdfast.flights.wire.ssim_writer import write_ssim

SCHEDULE, FARES, STATUS = "schedule", "fares", "status"
"""The names of the feeds."""
STATUS_BACK_MIN = 24 * 60
"""The first status file tells of so long before now."""
HOURS_A_DAY = 24
_START = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class DemoFile:
    """One file with its envelope."""

    delivery: Delivery
    content: bytes

    def chunks(self) -> Iterator[bytes]:
        """The content, in one piece: see `FeedFile`."""
        yield self.content

    @property
    def name(self) -> str:
        """The name under which the ingest process finds it in a folder."""
        told = self.delivery
        mode = "full" if told.is_full else "delta"
        return f"{told.airline}.{told.feed}.{told.sequence}.{told.kind}.{mode}.{told.format}"


Taken = Mapping[str, int]
"""The sequence that was accepted last, by the name of the feed; nothing of a feed that is new."""


def due(world: World, airline: Airline, now: datetime, taken: Taken) -> Iterator[DemoFile]:
    """The files that an airline owes at a moment, in the order of delivering them."""
    minute = (now - _START) // timedelta(minutes=1)
    hour = minute // 60
    day = hour // HOURS_A_DAY
    if taken.get(SCHEDULE, -1) < day:
        yield schedule_file(world, airline, day)
    if taken.get(FARES, -1) < hour:
        follows = taken.get(FARES) == hour - 1 and hour % HOURS_A_DAY != 0
        yield fares_file(world, airline, hour, is_full=not follows)
    since = max(taken.get(STATUS, 0), minute - STATUS_BACK_MIN)
    if since < minute:
        told = status_file(world, airline, since, minute)
        if told is not None:
            yield told


def schedule_file(world: World, airline: Airline, day: int) -> DemoFile:
    """The schedule that is filed on a day (days since 1970)."""
    today = _EPOCH + timedelta(days=day)
    filed = seasons(today)
    content = write_ssim(
        airline.code,
        schedule(world, airline, today),
        season=Period(filed[0].first, filed[-1].last),
        created=today,
    )
    told = (SCHEDULE, FeedKind.SCHEDULE, FeedFormat.SSIM)
    return _file(airline, told, day, _START + timedelta(days=day), content)


def fares_file(world: World, airline: Airline, hour: int, *, is_full: bool) -> DemoFile:
    """The prices of an hour (hours since 1970): all of them, or those that just changed."""
    at = _START + timedelta(hours=hour)
    today = at.date()
    header = Header(airline.code, hour, "full" if is_full else "delta")
    if is_full:
        content = write_fares_jsonl(
            fares(world, airline, today, hour),
            limits=limits(world, airline, today),
            tiers=tiers(world, airline, today),
            header=header,
        )
    else:
        content = write_fares_jsonl(changed_fares(world, airline, today, hour), header=header)
    told = (FARES, FeedKind.FARES, FeedFormat.JSONL)
    return _file(airline, told, hour, at, content, is_full=is_full)


def status_file(world: World, airline: Airline, since: int, until: int) -> DemoFile | None:
    """What is told of flights between two minutes (since 1970); None when it is nothing."""
    told = list(updates(world, airline, since, until))
    if not told:
        return None
    at = _START + timedelta(minutes=until)
    content = write_aidx(told, at, sequence=until)
    kinds = (STATUS, FeedKind.STATUS, FeedFormat.AIDX)
    return _file(airline, kinds, until, at, content, is_full=False)


def hours_of(world: World, start: datetime, hours: int) -> Iterator[DemoFile]:
    """So many hours of deliveries of all airlines, from nothing on."""
    taken: dict[str, dict[str, int]] = {each.code: {} for each in world.roster()}
    for passed in range(hours):
        now = start + timedelta(hours=passed)
        for airline in world.roster():
            for file in due(world, airline, now, taken[airline.code]):
                taken[airline.code][file.delivery.feed] = file.delivery.sequence
                yield file


def _file(
    airline: Airline,
    told: tuple[str, FeedKind, FeedFormat],
    sequence: int,
    at: datetime,
    content: bytes,
    *,
    is_full: bool = True,
) -> DemoFile:
    feed, kind, form = told
    delivery = Delivery(
        airline=airline.code,
        feed=feed,
        kind=kind,
        format=form,
        sequence=sequence,
        produced_at=at,
        is_full=is_full,
        sha256=sha256(content).digest(),
        size_bytes=len(content),
    )
    return DemoFile(delivery, content)

"""The promise of docs/reference/feeds.md: what an airline delivers counts whole or not at all."""

import gzip
import os
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from holdfast.errors import HoldfastError
from holdfast.flights.domain.delivery import (
    FORMATS,
    Accept,
    Delivery,
    FeedFormat,
    FeedKind,
    Rejected,
)
from holdfast.flights.domain.schedule import Designator
from holdfast.flights.entrypoints.ingest.spool import BadPacking, Spool, SpoolLimits
from holdfast.flights.service.ingest_feed import Ingest
from holdfast.flights.store.feeds import PostgresFeeds
from holdfast.flights.store.schedule import schedule_of
from holdfast.flights.store.status import PostgresStatus
from holdfast.flights.wire.aidx import write_aidx
from holdfast.flights.wire.ssim_writer import write_ssim
from holdfast.platform.data.database import Database, Transaction
from holdfast.platform.data.queries import Statement
from tests.flights.domain.test_flight_status import BA117, DAY, KEY
from tests.flights.domain.test_status import told
from tests.flights.feed_desk import NOON, MemoryFile, delivery_of, status_lines
from tests.flights.service.test_ingest_feed import NoonClock
from tests.flights.store.test_feeds import LEGS, SEASON, count

TABLES = ("schedule_legs", "fares", "leg_status", "status_updates", "feeds", "versions")
MEGA = 1 << 20
CASES = [(kind, form) for kind, forms in FORMATS.items() for form in forms]
Reconcile = Callable[[Transaction, str, Sequence[Designator]], Awaitable[object]]


async def _nobody_booked(_: Transaction, __: str, ___: Sequence[Designator]) -> None:
    """No bookings are touched."""


@pytest.fixture
def ingest(flights_database: Database) -> Ingest:
    return Ingest(PostgresFeeds(flights_database, _nobody_booked), NoonClock())


def season_file(sequence: int = 1) -> tuple[Delivery, bytes]:
    data = write_ssim("BA", LEGS, season=SEASON, created=date(2026, 11, 1))
    kind = {"feed": "season", "kind": FeedKind.SCHEDULE, "format": FeedFormat.SSIM}
    return delivery_of(data, sequence, is_full=True, **kind), data


async def send(ingest: Ingest, delivery: Delivery, data: bytes) -> object:
    fresh = delivery_of(data, delivery.sequence).sha256
    whole = replace(delivery, sha256=fresh, size_bytes=len(data))
    return (await ingest.ingest(whole, MemoryFile(data))).decision


async def is_untouched(database: Database) -> bool:
    return [await count(database, table) for table in TABLES] == [0] * len(TABLES)


# broken and hostile files


def _cut_line(data: bytes, line: int, to: int) -> bytes:
    lines = data.split(b"\r\n")
    lines[line - 1] = lines[line - 1][:to]
    return b"\r\n".join(lines)


def _without_trailer(data: bytes) -> bytes:
    return data[: data.index(b"\r\n5") + 2]


@pytest.mark.parametrize(
    ("mangle", "reason"),
    [
        (lambda data: data[: len(data) // 2], "the file ends before its trailer"),
        (_without_trailer, "the file ends before its trailer"),
        (lambda data: data.replace(b"1AIRLINE", b"1AIRPORT"), "this is no SSIM file"),
        (lambda data: b"", "the file is empty"),
    ],
)
async def test_a_torn_season_is_rejected_and_the_one_before_stands(
    flights_database: Database,
    ingest: Ingest,
    mangle: Callable[[bytes], bytes],
    reason: str,
) -> None:
    delivery, data = season_file()
    assert await send(ingest, delivery, data) == Accept()
    decision = await send(ingest, replace(delivery, sequence=2), mangle(data))
    assert isinstance(decision, Rejected)
    assert decision.reason.startswith(reason)
    assert len(await schedule_of(flights_database, "BA")) == 10


@pytest.mark.parametrize(
    "mangle",
    [
        lambda data: _cut_line(data, 12, 150),
        lambda data: data.replace(b"25OCT2627MAR271234567", b"31FEB2627MAR271234567", 1),
    ],
)
async def test_a_record_of_wrong_length_or_date_is_named_and_the_rest_is_filed(
    flights_database: Database, ingest: Ingest, mangle: Callable[[bytes], bytes]
) -> None:
    delivery, data = season_file()
    broken = mangle(data)
    assert broken != data
    outcome = await ingest.ingest(replace(delivery, sha256=b"x" * 32), MemoryFile(broken))
    assert outcome.decision == Accept()
    [bad] = outcome.quarantined
    assert bad.line > 0
    assert bad.reason
    assert len(await schedule_of(flights_database, "BA")) == 9


@dataclass(frozen=True)
class Garbage:
    """A file of 200 MB that nobody has to hold."""

    head: bytes
    block: bytes

    def chunks(self) -> Iterator[bytes]:
        yield self.head
        for _ in range(200 * MEGA // len(self.block)):
            yield self.block


BLOCKS = {
    "zeros": bytes(MEGA),
    "one line": b"x" * MEGA,
    "short lines": b"x\n" * (MEGA // 2),
    "noise": os.urandom(MEGA),
}


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.parametrize(("kind", "form"), CASES)
async def test_200_mb_of_garbage_is_rejected_with_a_reason(
    flights_database: Database, ingest: Ingest, kind: FeedKind, form: FeedFormat, block: str
) -> None:
    delivery = delivery_of(b"", 1, kind=kind, format=form, is_full=True)
    outcome = await ingest.ingest(delivery, Garbage(b"", BLOCKS[block]))
    assert isinstance(outcome.decision, Rejected)
    assert outcome.decision.reason
    assert await is_untouched(flights_database)


BILLION_LAUGHS = b"<!DOCTYPE x [<!ENTITY a 'ha'>%s]><x>&z9;</x>" % b"".join(
    b"<!ENTITY z%d '%s'>" % (n, (b"&z%d;" % (n - 1) if n else b"&a;") * 10) for n in range(10)
)


@pytest.mark.parametrize(
    "data",
    [
        BILLION_LAUGHS,
        b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/hostname'>]><x>&e;</x>",
        b"<!DOCTYPE x SYSTEM 'http://127.0.0.1:1/x.dtd'><x/>",
        b"<x>" * 100_000,
        b"<x " + b" ".join(b"a%d='1'" % n for n in range(60_000)) + b"/>",
    ],
    ids=["laughs", "file", "address", "depth", "attributes"],
)
async def test_an_xml_bomb_is_rejected_before_it_goes_off(
    flights_database: Database, ingest: Ingest, data: bytes
) -> None:
    delivery = delivery_of(data, 1, format=FeedFormat.AIDX)
    decision = await send(ingest, delivery, data)
    assert isinstance(decision, Rejected)
    assert decision.line == 1
    assert await is_untouched(flights_database)


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    spool = Spool(tmp_path, SpoolLimits(file=200 * MEGA, airline=400 * MEGA, all=400 * MEGA))
    upload = spool.open("BA", "ops.1", 0)
    upload.write(gzip.compress(bytes(100 * MEGA)))
    upload.close()
    with pytest.raises(BadPacking, match="more than 200 times"):
        spool.finish("BA", "ops.1", packed=True)
    assert list((tmp_path / "BA").iterdir()) == []


# whole or not


async def test_a_connection_that_dies_in_the_middle_leaves_nothing_of_the_file(
    flights_database: Database,
) -> None:
    async def die(tx: Transaction, airline: str, designators: Sequence[Designator]) -> None:
        await tx.fetch(Statement("die", "SELECT pg_terminate_backend(pg_backend_pid())"))

    delivery, data = season_file()
    dying = Ingest(PostgresFeeds(flights_database, die), NoonClock())
    with pytest.raises(HoldfastError):
        await send(dying, delivery, data)
    assert await is_untouched(flights_database)
    living = Ingest(PostgresFeeds(flights_database, _nobody_booked), NoonClock())
    assert await send(living, delivery, data) == Accept()


async def test_readers_never_see_half_a_season(flights_database: Database) -> None:
    seen: list[int] = []

    async def look(_: Transaction, __: str, ___: Sequence[Designator]) -> None:
        seen.append(len(await schedule_of(flights_database, "BA")))

    ingest = Ingest(PostgresFeeds(flights_database, look), NoonClock())
    delivery, data = season_file()
    await send(ingest, delivery, data)
    moved = [replace(leg, departure_min=leg.departure_min + 5) for leg in LEGS]
    other = write_ssim("BA", moved, season=SEASON, created=date(2026, 11, 2))
    await send(ingest, replace(delivery, sequence=2), other)
    assert seen == [0, 10], "in the middle of a swap everybody else sees what was before"


@pytest.mark.parametrize("first", [0, 1])
async def test_status_of_both_formats_in_any_order_ends_the_same(
    flights_database: Database, ingest: Ingest, first: int
) -> None:
    newer = write_aidx([told(0, board_gate="B2")], NOON, sequence=2)
    older = status_lines(117)
    files = [(newer, {"feed": "aidx", "format": FeedFormat.AIDX}), (older, {})]
    for data, other in (files[first], files[1 - first]):
        assert await send(ingest, delivery_of(data, 1, **other), data) == Accept()
    found = await PostgresStatus(flights_database).told(BA117, DAY)
    assert found.known[KEY].facts.board_gate == "B2"
    assert [line.facts.board_gate for line in found.history] == ["B2", "C57"]

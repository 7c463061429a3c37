"""Leases on PostgreSQL: one row for a viewer and a bucket, written only when it changes.

Who writes a row says which version he read; if it was changed since, nothing is written, it is read
again and the prices are noted on top of it. So processes agree without locks that are held over a
round trip. Looks of this process that come together are one statement.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from holdfast.errors import HoldfastError
from holdfast.flights.domain.fare import Price
from holdfast.flights.domain.viewer_lease import (
    Bucket,
    Leased,
    LeaseKey,
    ViewerLease,
    buckets_of,
    changed,
)
from holdfast.flights.store.statements import queries
from holdfast.platform.data.batching import Batcher
from holdfast.platform.data.database import Database, Row
from holdfast.platform.data.failures import Conflict

SQL = queries("quotes")
TRIES = 8
"""Each time somebody else changed one of the rows; then there is too much to do."""
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[tuple[str, float, int, int]]).decode
_Place = tuple[str, Bucket]
"""A viewer and a bucket: a row."""


@dataclass(slots=True)
class _Sheet:
    """A row as it is thought to be; version 0: there is none."""

    version: int = 0
    leases: dict[LeaseKey, ViewerLease] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Look:
    viewer: str
    leased: Leased
    shown: Mapping[LeaseKey, Price]
    now: float
    length_s: float

    def places(self) -> list[_Place]:
        """The rows it is about."""
        return [(self.viewer, bucket) for bucket in buckets_of(self.shown)]

    def note_on(self, sheets: Mapping[_Place, _Sheet]) -> set[_Place]:
        """Note the prices; the rows that change. Ended leases are left out of those."""
        before = dict(self.leased.leases)
        for place in self.places():
            before |= sheets[place].leases
        fresh = changed(before, self.shown, self.now, self.length_s)
        dirty = {(self.viewer, bucket) for bucket in buckets_of(fresh)}
        for place in dirty:
            kept = sheets[place].leases
            sheets[place].leases = {
                key: one for key, one in kept.items() if one.runs(self.now, self.length_s)
            }
        for key, lease in fresh.items():
            sheets[self.viewer, key.bucket].leases[key] = lease
        return dirty

    def answer_from(self, sheets: Mapping[_Place, _Sheet]) -> Leased:
        """What is leased now, as far as this look is concerned."""
        leases, versions = dict(self.leased.leases), dict(self.leased.versions)
        for viewer, bucket in self.places():
            sheet = sheets[viewer, bucket]
            leases |= sheet.leases
            versions[bucket] = sheet.version
        return Leased(leases, versions)


class LeaseRows:
    """The rows of one database; see `Quotes.leases` and `Quotes.see`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._looks: Batcher[_Look, Leased] = Batcher(self._see, max_batch=64, parallel=1)

    async def read(self, viewer: str, buckets: Collection[Bucket]) -> Leased:
        """All leases of a viewer in these buckets."""
        leases: dict[LeaseKey, ViewerLease] = {}
        versions: dict[Bucket, int] = {}
        for (_, bucket), sheet in (await self._read({(viewer, one) for one in buckets})).items():
            leases |= sheet.leases
            versions[bucket] = sheet.version
        return Leased(leases, versions)

    async def see(
        self,
        viewer: str,
        leased: Leased,
        shown: Mapping[LeaseKey, Price],
        *,
        now: float,
        length_s: float,
    ) -> Leased:
        """Note what is to be shown: nothing is written when that changes no lease."""
        if not changed(leased.leases, shown, now, length_s):
            return leased
        return await self._looks.ask(_Look(viewer, leased, shown, now, length_s))

    async def sweep(self, ended: datetime, limit: int) -> int:
        """Remove rows whose newest lease began before `ended`; how many."""
        return await self._database.execute(SQL.sweep_leases, ended, limit)

    async def _see(self, looks: Sequence[_Look]) -> Sequence[Leased | HoldfastError]:
        sheets = _newest(looks)
        for _ in range(TRIES):
            dirty = {place for look in looks for place in look.note_on(sheets)}
            lost = await self._write(sheets, dirty)
            if not lost:
                return [look.answer_from(sheets) for look in looks]
            sheets |= {place: _Sheet() for place in lost} | await self._read(lost)
        raise Conflict("the prices that were shown change all the time")

    async def _read(self, places: Collection[_Place]) -> dict[_Place, _Sheet]:
        """Those of the rows that are there."""
        if not places:
            return {}
        rows = await self._database.fetch(SQL.leases_of, *_columns(places))
        return {_place(row): _Sheet(row["version"], dict(_leases_in(row))) for row in rows}

    async def _write(
        self, sheets: Mapping[_Place, _Sheet], dirty: Collection[_Place]
    ) -> set[_Place]:
        """Write rows; those that could not be, because another process changed them."""
        if not dirty:
            return set()
        places = sorted(dirty)
        kept = [sheets[place] for place in places]
        newest = [max(one.first_seen for one in sheet.leases.values()) for sheet in kept]
        rows = await self._database.fetch(
            SQL.put_leases,
            *_columns(places),
            [sheet.version + 1 for sheet in kept],
            [datetime.fromtimestamp(at, UTC) for at in newest],
            [_packed(sheet.leases) for sheet in kept],
        )
        written = {_place(row) for row in rows}
        for place in written:
            sheets[place].version += 1
        return set(dirty) - written


def _newest(looks: Iterable[_Look]) -> dict[_Place, _Sheet]:
    """What was read last of each row."""
    found: dict[_Place, _Sheet] = {}
    for look in looks:
        for place in look.places():
            version = look.leased.versions.get(place[1], 0)
            if place not in found or found[place].version < version:
                found[place] = _Sheet(version)
                taken = look.leased.leases.items()
                found[place].leases = {key: one for key, one in taken if key.bucket == place[1]}
    return found


def _columns(places: Iterable[_Place]) -> tuple[list[object], ...]:
    rows = [(viewer, *bucket) for viewer, bucket in places]
    return tuple(map(list, zip(*rows, strict=True)))


def _place(row: Row) -> _Place:
    return row["viewer"], Bucket(row["carrier"], row["board"], row["off_point"], row["day"])


def _leases_in(row: Row) -> Iterable[tuple[LeaseKey, ViewerLease]]:
    bucket = _place(row)[1]
    for fare, first_seen, total, tax in _decode(row["leases"]):
        yield LeaseKey(bucket, fare), ViewerLease(first_seen, Price(total, tax))


def _packed(leases: Mapping[LeaseKey, ViewerLease]) -> bytes:
    return _encode(
        [
            (key.fare, lease.first_seen, lease.lowest.total, lease.lowest.tax)
            for key, lease in leases.items()
        ]
    )

"""The law of reading: a file of any format becomes its content, its counts and its bad records.

Blocking, pure but for the file's own chunks: `ingest_feed` runs it in a thread. A feed may only
speak for its own airline; records of others are bad ones.
"""

from collections.abc import Callable, Iterable, Sequence

from holdfast.flights.domain.delivery import BadRecord, Counts, Delivery, FeedFormat, FeedKind
from holdfast.flights.domain.filing import Fault
from holdfast.flights.domain.filing import Rejected as RejectedFile
from holdfast.flights.domain.schedule_change import designators_of
from holdfast.flights.service.feed_content import (
    ChangeContent,
    Content,
    FaresContent,
    ScheduleContent,
    StatusContent,
)
from holdfast.flights.service.ports.feeds import MAX_QUARANTINED, FeedFile, ReadFile
from holdfast.flights.wire.aidx import read_aidx
from holdfast.flights.wire.fares import read_fares
from holdfast.flights.wire.ssim import read_season
from holdfast.flights.wire.ssm import MAX_BYTES, read_telegrams
from holdfast.flights.wire.status_fields import StatusFile
from holdfast.flights.wire.status_lines import read_status_lines

Reader = Callable[[Delivery, FeedFile], ReadFile]


def read_feed(delivery: Delivery, file: FeedFile) -> ReadFile:
    """The content of a file whose format fits its kind (`delivery.foreknown` has seen to it)."""
    return _READERS[delivery.kind, delivery.format](delivery, file)


def _season(delivery: Delivery, file: FeedFile) -> ReadFile:
    season = read_season(file.chunks())
    if isinstance(season, RejectedFile):
        return _refused(season)
    legs = []
    bad = _bad(season.faults)
    for line, leg in season.legs:
        if leg.designator.carrier == delivery.airline:
            legs.append(leg)
        else:
            other = leg.designator.carrier
            bad.append(BadRecord(line, f"it is of {other}, not of {delivery.airline}", str(leg)))
    return _whole(ScheduleContent(legs), len(legs), bad)


def _telegrams(delivery: Delivery, file: FeedFile) -> ReadFile:
    telegrams = read_telegrams(_joined(file, MAX_BYTES + 1), delivery.produced_at.date())
    if isinstance(telegrams, RejectedFile):
        return _refused(telegrams)
    changes = []
    bad = _bad(fault for telegram in telegrams for fault in telegram.faults)
    for filed in (filed for telegram in telegrams for filed in telegram.changes):
        others = {flight.carrier for flight in designators_of(filed.change)} - {delivery.airline}
        if others:
            reason = f"it is of {', '.join(sorted(others))}, not of {delivery.airline}"
            bad.append(BadRecord(filed.line, reason, str(filed.action)))
        else:
            changes.append(filed)
    return _whole(ChangeContent(changes), len(changes), bad)


def _fares(delivery: Delivery, file: FeedFile) -> ReadFile:
    load = read_fares(
        file.chunks(),
        "jsonl" if delivery.format is FeedFormat.JSONL else "csv",
        airline=delivery.airline,
        full=delivery.is_full,
        sequence=delivery.sequence,
    )
    if isinstance(load, RejectedFile):
        return _refused(load)
    return _whole(FaresContent(load), load.good, _bad(load.faults))


def _aidx(delivery: Delivery, file: FeedFile) -> ReadFile:
    return _status(read_aidx(file.chunks(), delivery.airline, delivery.produced_at))


def _status_lines(delivery: Delivery, file: FeedFile) -> ReadFile:
    return _status(read_status_lines(file.chunks(), delivery.airline, delivery.produced_at))


def _status(read: StatusFile) -> ReadFile:
    if read.fault is not None:
        counts = Counts(len(read.updates), len(read.bad), read.fault)
        return ReadFile(None, counts, read.bad[:MAX_QUARANTINED])
    return _whole(StatusContent(read.updates), len(read.updates), read.bad)


_READERS: dict[tuple[FeedKind, FeedFormat], Reader] = {
    (FeedKind.SCHEDULE, FeedFormat.SSIM): _season,
    (FeedKind.SCHEDULE_CHANGE, FeedFormat.SSM): _telegrams,
    (FeedKind.FARES, FeedFormat.JSONL): _fares,
    (FeedKind.FARES, FeedFormat.CSV): _fares,
    (FeedKind.STATUS, FeedFormat.AIDX): _aidx,
    (FeedKind.STATUS, FeedFormat.JSONL): _status_lines,
}


def _whole(content: Content, good: int, bad: Sequence[BadRecord]) -> ReadFile:
    return ReadFile(content, Counts(good, len(bad)), bad[:MAX_QUARANTINED])


def _refused(rejected: RejectedFile) -> ReadFile:
    return ReadFile(None, Counts(0, 0, BadRecord(rejected.line, rejected.reason)))


def _bad(faults: Iterable[Fault]) -> list[BadRecord]:
    return [BadRecord(fault.line, fault.reason, fault.record) for fault in faults]


def _joined(file: FeedFile, limit: int) -> bytes:
    """The beginning of the file, at least `limit` bytes of it if it has so many."""
    parts: list[bytes] = []
    size = 0
    for chunk in file.chunks():
        parts.append(chunk)
        size += len(chunk)
        if size >= limit:
            break
    return b"".join(parts)

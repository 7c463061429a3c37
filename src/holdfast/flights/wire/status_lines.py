"""The law of the native status feed: JSON Lines, one object for each update of a leg.

The last line may be a trailer, `{"records": 12}`: then a file that was cut off is told from one
that is short. Empty lines are skipped; a line that cannot be read is set aside with its number.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from holdfast.flights.domain.delivery import BadRecord
from holdfast.flights.domain.status import StatusUpdate
from holdfast.flights.wire.status_fields import BadField, StatusFile, StatusReader, TooManyBad

MAX_LINE_BYTES = 4_096
"""Of one update; a full one has some 600."""
_ENDS = (("departure", "board"), ("arrival", "off"))
_PLAIN = ("state", "aircraft", "registration", "diverted_to", "reason")


class EndShape(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is told of a departure or an arrival; an empty text takes back what was told,
    null is the same as left out."""

    estimated: str | None = None
    actual: str | None = None
    terminal: str | None = None
    gate: str | None = None


class UpdateShape(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One line. `date` is the flight's date at its first board point, moments are ISO 8601."""

    carrier: str
    number: int
    date: str
    board: str
    off: str
    told_at: str
    suffix: str = ""
    state: str | None = None
    departure: EndShape | None = None
    arrival: EndShape | None = None
    aircraft: str | None = None
    registration: str | None = None
    diverted_to: str | None = None
    reason: str | None = None


class TrailerShape(Struct, frozen=True, forbid_unknown_fields=True):
    """The last line: how many updates the file has."""

    records: int


_decode = msgspec.json.Decoder(UpdateShape).decode
_decode_trailer = msgspec.json.Decoder(TrailerShape).decode
_encode = msgspec.json.Encoder().encode


def read_status_lines(chunks: Iterable[bytes], airline: str, produced_at: datetime) -> StatusFile:
    """The updates of a file of `airline`, however it is cut."""
    reader = StatusReader(airline, produced_at)
    records: int | None = None
    last = 0
    try:
        for number, line in _lines(chunks):
            last = number
            if records is not None:
                return reader.file(BadRecord(number, "there is a line after the trailer"))
            records = _trailer(line)
            if records is None:
                _read(reader, number, line)
    except TooManyBad as error:
        return reader.file(error.fault)
    there = len(reader.updates) + len(reader.bad)
    if records is not None and records != there:
        reason = f"the trailer tells of {records} records, {there} are there"
        return reader.file(BadRecord(last, reason))
    return reader.file()


def write_status_lines(updates: Sequence[StatusUpdate]) -> bytes:
    """The file that tells `updates`, with its trailer."""
    lines = [_encode(_line(update)) for update in updates]
    lines.append(_encode(TrailerShape(len(updates))))
    return b"\n".join(lines) + b"\n"


def _lines(chunks: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Numbered lines that are not empty; of one that is too long, a little more than its bound."""
    number, rest = 1, b""
    for chunk in chunks:
        first, *others = chunk.split(b"\n")
        rest = (rest + first)[: MAX_LINE_BYTES + 1]
        for following in others:
            if line := rest.strip():
                yield number, line
            number, rest = number + 1, following[: MAX_LINE_BYTES + 1]
    if line := rest.strip():
        yield number, line


def _trailer(line: bytes) -> int | None:
    if not line.startswith(b'{"records"'):
        return None
    try:
        return _decode_trailer(line).records
    except msgspec.MsgspecError:
        return None


def _read(reader: StatusReader, number: int, line: bytes) -> None:
    if len(line) > MAX_LINE_BYTES:
        reader.set_aside(number, f"the line is longer than {MAX_LINE_BYTES} bytes", _shown(line))
        return
    try:
        shape = _decode(line)
        reader.record(_told(shape), shape.told_at)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        reader.set_aside(number, f"the line is not an update: {error}", _shown(line))
    except BadField as bad:
        reader.set_aside(number, str(bad), _shown(line))


def _shown(line: bytes) -> str:
    return line[:400].decode("utf-8", "replace")


def _told(shape: UpdateShape) -> Mapping[str, str]:
    told = {name: value for name in _PLAIN if isinstance(value := getattr(shape, name), str)}
    for end_name, side in _ENDS:
        end = getattr(shape, end_name)
        if isinstance(end, EndShape):
            told |= _told_of_end(end, end_name, side)
    return {
        "carrier": shape.carrier,
        "number": str(shape.number),
        "suffix": shape.suffix,
        "date": shape.date,
        "board": shape.board,
        "off": shape.off,
        **told,
    }


def _told_of_end(end: EndShape, name: str, side: str) -> dict[str, str]:
    named = {
        f"{name}_estimated": end.estimated,
        f"{name}_actual": end.actual,
        f"{side}_terminal": end.terminal,
        f"{side}_gate": end.gate,
    }
    return {field: value for field, value in named.items() if isinstance(value, str)}


def _line(update: StatusUpdate) -> dict[str, object]:
    """As `UpdateShape`, without what is not told."""
    leg, told = update.leg, update.facts.told()
    line: dict[str, object] = {
        "carrier": leg.carrier,
        "number": leg.number,
        "date": leg.flight_date.isoformat(),
        "board": leg.board,
        "off": leg.off,
        "told_at": _text(update.told_at),
    }
    if leg.suffix:
        line["suffix"] = leg.suffix
    for name, side in _ENDS:
        keys = {f"{name}_{key}": key for key in ("estimated", "actual")}
        keys |= {f"{side}_{key}": key for key in ("terminal", "gate")}
        if end := {key: _text(told[field]) for field, key in keys.items() if field in told}:
            line[name] = end
    return line | {name: _text(told[name]) for name in _PLAIN if name in told}


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value)

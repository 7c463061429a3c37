"""The two forms of the fares feed: a line of JSON Lines or CSV becomes a record, or a reason.

CSV has one row for each record, with the columns that its second kind of row names: `kind` first,
then field names. Rows of other kinds leave cells empty. Lists are written `J28 C20` (limits) and
`one|two` (disclosures); true and false as these words.
"""

import csv
from collections.abc import Callable
from typing import Literal, TypeAlias

import msgspec

from holdfast.flights.wire.fares_records import RECORDS, AnyRecord

Form: TypeAlias = Literal["jsonl", "csv"]
Decode: TypeAlias = Callable[[bytes], AnyRecord | str | None]
"""A line without its end -> a record, the reason why it is none, or None for column names."""

LIST_SEPARATOR = "|"
"""Between disclosures in a CSV cell."""
COLUMNS = ("kind", *dict.fromkeys(name for kind in RECORDS for name in kind.__struct_fields__))
"""All columns that a CSV may have."""
_BOM = b"\xef\xbb\xbf"


def json_decoder() -> Decode:
    """Lines that are JSON objects."""
    decoder: msgspec.json.Decoder[AnyRecord] = msgspec.json.Decoder(AnyRecord)
    decode = decoder.decode

    def record(line: bytes) -> AnyRecord | str:
        try:
            return decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            return _reason(error)

    return record


def csv_decoder() -> Decode:
    """Rows; the first one that begins with `kind` names the columns of those that follow."""
    columns: list[str] = []

    def record(line: bytes) -> AnyRecord | str | None:
        try:
            row = next(csv.reader([line.removeprefix(_BOM).decode()], strict=True), [])
        except (UnicodeDecodeError, csv.Error) as error:
            return _reason(error)
        if not columns:
            wrong = _columns_fault(row)
            if wrong is None:
                columns.extend(row)
            return wrong
        if len(row) > len(columns):
            return f"{len(row)} cells, there are {len(columns)} columns"
        return _converted({name: cell for name, cell in zip(columns, row, strict=False) if cell})

    return record


def _columns_fault(row: list[str]) -> str | None:
    unknown = [name for name in row if name not in COLUMNS]
    if row[:1] != ["kind"]:
        return "the first row does not name the columns, `kind` first"
    if unknown:
        return f"there is no column {unknown[0]!r}"
    return "a column is named twice" if len(set(row)) != len(row) else None


def _converted(cells: dict[str, object]) -> AnyRecord | str:
    limits, disclosures = cells.get("limits"), cells.get("disclosures")
    if isinstance(limits, str):
        cells["limits"] = [(part[:1], part[1:]) for part in limits.split()]
    if isinstance(disclosures, str):
        cells["disclosures"] = disclosures.split(LIST_SEPARATOR)
    try:
        record: AnyRecord = msgspec.convert(cells, AnyRecord, strict=False)
    except msgspec.MsgspecError as error:
        return _reason(error)
    return record


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__

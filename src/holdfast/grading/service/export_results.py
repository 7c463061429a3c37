"""Export: what everybody has reached, as CSV for a spreadsheet and as JSON for programs. No I/O.

A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or a return for a formula, and
a name may be anything: such a cell gets an apostrophe in front, which spreadsheets do not show.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.deadlines import Counted
from holdfast.grading.domain.roster import UserId
from holdfast.grading.domain.standings import Row

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class ExportLine:
    """One student at one attempted test. `counted` is `points` after the late policy."""

    uid: int
    name: str
    test: str
    standing: str
    points: int
    counted: float
    days_late: int
    attempts: int
    reached_at: str
    attempt: str


COLUMNS = tuple(ExportLine.__dataclass_fields__)


def export_lines(
    standings: Sequence[Row], counted: Mapping[tuple[UserId, TestId], Counted]
) -> Iterator[ExportLine]:
    """A line for each attempted test of each student. Who attempted nothing has one without test,
    so that nobody is missing."""
    for row in standings:
        uid, name = row.user.uid, row.user.name
        if not row.cells:
            yield ExportLine(uid, name, "", "not attempted", 0, 0.0, 0, 0, "", "")
        for cell in row.cells:
            best = counted.get((uid, cell.test))
            yield ExportLine(
                uid=uid,
                name=name,
                test=cell.test,
                standing=cell.standing.value,
                points=best.points if best else cell.points,
                counted=best.counted if best else 0.0,
                days_late=best.days_late if best else 0,
                attempts=cell.attempts,
                reached_at=best.reached_at.isoformat() if best else "",
                attempt=cell.attempt or "",
            )


def as_csv(lines: Iterator[ExportLine]) -> bytes:
    """UTF-8 with a byte order mark, which spreadsheets want."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for line in lines:
        writer.writerow([harmless(value) for value in asdict(line).values()])
    return text.getvalue().encode("utf-8-sig", "replace")


def as_json(lines: Iterator[ExportLine]) -> bytes:
    """A list of objects, one for each line."""
    found = [asdict(line) for line in lines]
    return json.dumps(found, ensure_ascii=True, indent=1).encode()


def harmless(value: object) -> object:
    """A text that a spreadsheet does not run; numbers as they are."""
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value

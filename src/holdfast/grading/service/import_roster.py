"""Import a roster: `uid,name` lines become users, all of them or none.

Every bad line is named with its number and what is wrong, so that a teacher can mend the file in
one go. A header line is optional; a file that is separated by semicolons is understood as well.
"""

import csv
import io
import unicodedata
from dataclasses import dataclass

from holdfast.grading.domain.roster import MAX_NAME_CHARS, MAX_USER_ID, User, UserId
from holdfast.grading.service.ports import ImportReport, Results

MAX_ROSTER_BYTES = 1 << 20
"""10,000 ids with 100 bytes each: a roster cannot be larger."""
MAX_FAULTS = 100
"""Faulty lines that are listed; a file with more is the wrong file."""
_HEADERS = {("uid", "name"), ("id", "name"), ("user id", "name"), ("user_id", "name")}


@dataclass(frozen=True, slots=True)
class LineFault:
    """A line that cannot be taken: its number from 1, what is wrong, and in which column."""

    line: int
    fault: str
    column: str = ""


@dataclass(frozen=True, slots=True)
class BadRoster:
    """Nothing was imported. `faults` has at least one line, at most `MAX_FAULTS`."""

    faults: tuple[LineFault, ...]


async def import_roster(results: Results, raw: bytes) -> ImportReport | BadRoster:
    """Import the CSV `raw` (UTF-8, at most `MAX_ROSTER_BYTES`) in one transaction."""
    users = parse_roster(raw)
    return users if isinstance(users, BadRoster) else await results.import_roster(users)


def parse_roster(raw: bytes) -> tuple[User, ...] | BadRoster:
    """The users of a CSV, or every line that is wrong."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return BadRoster((LineFault(line, "the file is not UTF-8: save it as CSV UTF-8"),))
    users: dict[int, User] = {}
    faults: list[LineFault] = []
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        for cells in rows:
            found = _user(cells, is_first=not users and not faults)
            if isinstance(found, User) and found.uid in users:
                found = ("uid", f"uid {found.uid} is there twice")
            if isinstance(found, User):
                users[found.uid] = found
            elif found is not None:
                faults.append(LineFault(rows.line_num, found[1], found[0]))
    except csv.Error as error:
        faults.append(LineFault(rows.line_num, f"not CSV: {error}"))
    if not users and not faults:
        faults.append(LineFault(1, "there is no student in the file; lines look like 1234,Name"))
    return BadRoster(tuple(faults[:MAX_FAULTS])) if faults else tuple(users.values())


def _delimiter(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return ";" if ";" in first and "," not in first else ","


def _user(cells: list[str], *, is_first: bool) -> User | tuple[str, str] | None:
    """The user of one line; the column and what is wrong there; None for blanks and the header."""
    stripped = [cell.strip() for cell in cells]
    if not any(stripped):
        return None
    if is_first and tuple(cell.lower() for cell in stripped) in _HEADERS:
        return None
    if len(stripped) != 2:
        return "", f"{len(stripped)} columns instead of 2 (uid,name)"
    uid, name = stripped
    if not (uid.isascii() and uid.isdigit() and len(uid) <= 9 and int(uid) <= MAX_USER_ID):
        return "uid", f"{uid[:20]!r} is not a uid from 0 to {MAX_USER_ID}"
    if not name:
        return "name", f"uid {uid} has no name"
    if len(name) > MAX_NAME_CHARS:
        return "name", f"the name of uid {uid} is longer than {MAX_NAME_CHARS} characters"
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in name):
        return "name", f"the name of uid {uid} has control characters"
    return User(UserId(int(uid)), name)

"""Import a roster: `uid,name` lines become users, all of them or none.

Every bad line is named with its number and what is wrong, so that a teacher can mend the file in
one go. A header line is optional; a file that is separated by semicolons is understood as well.
A fault is a sentence with blanks and what stands in them, so that a page can say it in German.
"""

import csv
import io
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from holdfast.grading.domain.roster import MAX_NAME_CHARS, MAX_USER_ID, User, UserId
from holdfast.grading.service.ports import ImportReport, Results

MAX_ROSTER_BYTES = 1 << 20
"""10,000 ids with 100 bytes each: a roster cannot be larger."""
MAX_FAULTS = 100
"""Faulty lines that are listed; a file with more is the wrong file."""
_HEADERS = {("uid", "name"), ("id", "name"), ("user id", "name"), ("user_id", "name")}


NOT_UTF8 = "the file is not UTF-8: save it as CSV UTF-8"
NOT_CSV = "not CSV: is a quotation mark left open, or a cell very long?"
NOBODY = "there is no student in the file; lines look like 1234,Name"
COLUMNS_OF_TWO = "{n} columns instead of 2 (uid,name)"
TWICE = "uid {uid} is there twice"
NO_UID = "{uid} is not a uid from 0 to {highest}"
NO_NAME = "uid {uid} has no name"
LONG_NAME = "the name of uid {uid} is longer than {most} characters"
CONTROLS = "the name of uid {uid} has control characters"
SENTENCES = (
    *(NOT_UTF8, NOT_CSV, NOBODY, COLUMNS_OF_TWO, TWICE),
    *(NO_UID, NO_NAME, LONG_NAME, CONTROLS),
)
"""All that can be wrong with a roster."""


@dataclass(frozen=True, slots=True)
class LineFault:
    """A line that cannot be taken: its number from 1, what is wrong (a sentence with `{blanks}`
    and their `values`), and in which column."""

    line: int
    sentence: str
    column: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def fault(self) -> str:
        """What is wrong, in English."""
        return self.sentence.format(**self.values)


class WrongCell(Exception):
    """A cell, or with an empty `column` a line, that cannot be taken."""

    def __init__(self, column: str, sentence: str, **values: object) -> None:
        super().__init__(sentence)
        self.column = column
        self.sentence = sentence
        self.values = values

    def at(self, line: int) -> LineFault:
        """The fault of a line."""
        return LineFault(line, self.sentence, self.column, self.values)


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
        return BadRoster((LineFault(line, NOT_UTF8),))
    users: dict[int, User] = {}
    faults: list[LineFault] = []
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        for cells in rows:
            try:
                _take(_user(cells, is_first=not users and not faults), users)
            except WrongCell as wrong:
                faults.append(wrong.at(rows.line_num))
    except csv.Error:
        faults.append(LineFault(rows.line_num, NOT_CSV))
    if not users and not faults:
        faults.append(LineFault(1, NOBODY))
    return BadRoster(tuple(faults[:MAX_FAULTS])) if faults else tuple(users.values())


def _delimiter(text: str) -> str:
    first = next((line for line in text.splitlines() if line.strip()), "")
    return ";" if ";" in first and "," not in first else ","


def _take(user: User | None, users: dict[int, User]) -> None:
    if user is None:
        return
    if user.uid in users:
        raise WrongCell("uid", TWICE, uid=user.uid)
    users[user.uid] = user


def _user(cells: list[str], *, is_first: bool) -> User | None:
    """The user of one line; None for blanks and the header."""
    stripped = [cell.strip() for cell in cells]
    if not any(stripped):
        return None
    if is_first and tuple(cell.lower() for cell in stripped) in _HEADERS:
        return None
    if len(stripped) != 2:
        raise WrongCell("", COLUMNS_OF_TWO, n=len(stripped))
    uid, name = stripped
    if not (uid.isascii() and uid.isdigit() and len(uid) <= 9 and int(uid) <= MAX_USER_ID):
        raise WrongCell("uid", NO_UID, uid=repr(uid[:20]), highest=MAX_USER_ID)
    if not name:
        raise WrongCell("name", NO_NAME, uid=uid)
    if len(name) > MAX_NAME_CHARS:
        raise WrongCell("name", LONG_NAME, uid=uid, most=MAX_NAME_CHARS)
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in name):
        raise WrongCell("name", CONTROLS, uid=uid)
    return User(UserId(int(uid)), name)

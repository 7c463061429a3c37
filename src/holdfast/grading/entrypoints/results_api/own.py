"""The law of what is one's own: which addresses a student may read.

Closed by default: an address that is not named here is neither. Attempts are known by an id of
their own, so whose one is must be asked.
"""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs

MAX_QUERY_CHARS = 2000
_OF_STUDENT = re.compile(
    r"/(?:students|s|users|api/grading/students)/([0-9]{1,5})(?:/[^/]*)?", re.ASCII
)
_ATTEMPT = re.compile(r"/(?:api/grading/)?attempts/([0-9a-f]{32})(?:/.*)?", re.ASCII)
_OF_QUERY = frozenset({"/api/grading/live", "/api/grading/incidents"})
_EVERYBODYS = frozenset(
    {"/tests", "/api/grading/tests", "/openapi.json", "/scoreboard", "/tonight"}
)


@dataclass(frozen=True, slots=True)
class OfStudent:
    """The address shows one student."""

    uid: int


@dataclass(frozen=True, slots=True)
class OfAttempt:
    """The address shows an attempt."""

    attempt: str


@dataclass(frozen=True, slots=True)
class OfEverybody:
    """The address shows nothing of anybody: tests, pseudonyms."""


@dataclass(frozen=True, slots=True)
class OfOthers:
    """The address shows what is others', too."""


Shown = OfStudent | OfAttempt | OfEverybody | OfOthers


def shown_by(path: str, query: str) -> Shown:
    """Whose data an address shows."""
    if path in _EVERYBODYS or path.startswith("/tests/"):
        return OfEverybody()
    if student := _OF_STUDENT.fullmatch(path):
        return OfStudent(int(student[1]))
    if attempt := _ATTEMPT.fullmatch(path):
        return OfAttempt(attempt[1])
    if path in _OF_QUERY:
        uids = parse_qs(query[:MAX_QUERY_CHARS], max_num_fields=20).get("uid", [])
        if len(uids) == 1 and re.fullmatch(r"[0-9]{1,5}", uids[0], re.ASCII):
            return OfStudent(int(uids[0]))
    return OfOthers()

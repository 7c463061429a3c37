"""Changes as notifications of the database: how one results API tells the others what happened.

A payload is JSON: the course, then attempts as `[id, uid, test, verdict or null]`, none when more
than attempts has changed. They are hints for live pages, never facts: after a lost connection a
`Missed` says to read everything again.
"""

from collections.abc import Iterable, Sequence
from typing import assert_never

import msgspec
from msgspec import Struct

from holdfast.grading.domain.attempt import AttemptId, TestId
from holdfast.grading.domain.roster import UserId
from holdfast.grading.domain.verdict import Verdict
from holdfast.grading.service.ports import Change, Spoke
from holdfast.grading.service.watch_changes import Missed, News
from holdfast.platform.data import notices
from holdfast.platform.data.notices import MAX_PAYLOAD, Notice

CHANNEL = "grading_changes"
ROWS = "/rows"
"""Behind the course's name (which has no slash): lines of conversations, no changes."""
CHANGES_PER_PAYLOAD = 40
"""At most 190 bytes each (a test id has at most 100 characters): within 8,000 bytes."""


class _Change(Struct, array_like=True):
    id: str
    uid: int
    test: str
    verdict: Verdict | None


class _Payload(Struct, array_like=True):
    course: str
    changes: list[_Change]


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Payload).decode


def payloads(course: str, changes: Sequence[Change]) -> list[str]:
    """The changes as few payloads, each within the database's limit."""
    rows = [_Change(one.attempt, one.uid, one.test, one.verdict) for one in changes]
    texts = [
        _encode(_Payload(course, rows[at : at + CHANGES_PER_PAYLOAD])).decode()
        for at in range(0, len(rows), CHANGES_PER_PAYLOAD)
    ]
    return [text for text in texts if len(text.encode()) < MAX_PAYLOAD]


def spoken_payloads(course: str, spoken: Sequence[Spoke]) -> list[str]:
    """Who spoke, as few payloads. Processes before this version know no such course."""
    changes = [Change(one.attempt, one.uid, TestId(""), None) for one in spoken]
    return payloads(f"{course}{ROWS}", changes)


def everything_changed(course: str) -> str:
    """The payload that says: read everything again (a roster was imported)."""
    return _encode(_Payload(course, [])).decode()


def news_of(course: str, event: Notice | notices.Missed) -> Iterable[News]:
    """What a notification means for the watchers of `course`; garbage from elsewhere is nothing."""
    match event:
        case notices.Missed():
            return [Missed()]
        case Notice(payload=payload):
            return _changes_of(course, payload)
        case _:
            assert_never(event)


def _changes_of(course: str, payload: str) -> Iterable[News]:
    try:
        read = _decode(payload)
    except msgspec.MsgspecError:
        return []
    if read.course == f"{course}{ROWS}":
        return [Spoke(AttemptId(one.id), UserId(one.uid)) for one in read.changes]
    if read.course != course:
        return []
    if not read.changes:
        return [Missed()]
    return [
        Change(AttemptId(one.id), UserId(one.uid), TestId(one.test), one.verdict)
        for one in read.changes
    ]

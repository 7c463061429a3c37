"""The readers' doors of a course whose ids are secrets: every id goes out as its shown number.

`results` for readers has pseudonyms for names and masked messages; for teachers (`names` kept) it
has names and messages as they were. Addresses come in by the shown number and no other, so the id
itself finds nobody. What teachers write (rosters, deadlines) goes to the real doors, not here.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from holdfast.grading.domain.attempt import AttemptId, Incident
from holdfast.grading.domain.causes import Failure
from holdfast.grading.domain.deadlines import Milestone, Plan
from holdfast.grading.domain.pins import Mask, ShownNumbers
from holdfast.grading.domain.roster import User, UserId
from holdfast.grading.domain.scoreboard import pseudonyms
from holdfast.grading.domain.standings import BestResult, Row
from holdfast.grading.domain.transcript import TranscriptError, decode, encode
from holdfast.grading.service.course_policy import IdentityMode
from holdfast.grading.service.coursework import Coursework, KeptPlan, RosterReport, Tonight
from holdfast.grading.service.ports import (
    AttemptRecord,
    AttemptSummary,
    ImportReport,
    Refused,
    Results,
)


@dataclass(frozen=True, slots=True)
class Secrecy:
    """What hides the ids of a course: `key` makes pseudonyms, `numbers` the shown numbers."""

    key: bytes
    numbers: ShownNumbers


@dataclass(frozen=True, slots=True)
class PseudonymousResults:
    """`Results` by shown numbers. `for_teachers`: with names, and messages as they were."""

    inner: Results
    secrecy: Secrecy
    for_teachers: bool = False

    async def users(self) -> Sequence[User]:
        """See `Results.users`; by shown number."""
        return self._people(await self.inner.users())

    async def user(self, uid: int) -> User | None:
        """See `Results.user`."""
        return next((one for one in await self.users() if one.uid == uid), None)

    async def online(self) -> Sequence[User]:
        """See `Results.online`."""
        there = {self._shown(user.uid) for user in await self.inner.online()}
        return [user for user in await self.users() if user.uid in there]

    async def best_results(self, uid: int | None = None) -> Sequence[BestResult]:
        """See `Results.best_results`."""
        found = await self.inner.best_results(None if uid is None else self._uid(uid))
        shown = [replace(one, uid=self._shown(one.uid)) for one in found]
        return sorted(shown, key=lambda one: (one.uid, one.test))

    async def standings(self, uids: Collection[int] | None = None) -> Sequence[Row]:
        """See `Results.standings`."""
        wanted = None if uids is None else [self._uid(uid) for uid in uids]
        rows = await self.inner.standings(wanted)
        people = {user.uid: user for user in await self.users()}
        shown = [
            Row(
                people[number],
                tuple(replace(cell, uid=number) for cell in row.cells),
            )
            for row in rows
            if (number := self._shown(row.user.uid)) in people
        ]
        return sorted(shown, key=lambda row: row.user.uid)

    async def attempts(
        self, uid: int, limit: int, before: AttemptId | None = None
    ) -> Sequence[AttemptSummary]:
        """See `Results.attempts`."""
        found = await self.inner.attempts(self._uid(uid), limit, before)
        mask = await self._mask()
        return [self._summary(one, mask) for one in found]

    async def attempt(self, attempt: str) -> AttemptRecord | None:
        """See `Results.attempt`; a transcript that cannot be read is not shown to readers."""
        found = await self.inner.attempt(attempt)
        if found is None:
            return None
        mask = await self._mask()
        summary = self._summary(found.summary, mask)
        if mask is None:
            return replace(found, summary=summary)
        transcript = _masked(found.transcript, mask)
        rows = tuple(map(mask.row, found.rows))
        return replace(found, summary=summary, transcript=transcript, teacher_note="", rows=rows)

    async def incidents(self, uid: int | None, limit: int) -> Sequence[Incident]:
        """See `Results.incidents`."""
        found = await self.inner.incidents(None if uid is None else self._uid(uid), limit)
        mask = await self._mask()
        if mask is not None:
            return [mask.incident(one) for one in found]
        shown = self._shown
        return [one if one.uid is None else replace(one, uid=shown(one.uid)) for one in found]

    async def import_roster(self, users: Sequence[User]) -> ImportReport:
        """Never by this door: its numbers are none of the roster."""
        raise Refused("rosters are imported by their own ids")

    def _people(self, users: Sequence[User]) -> list[User]:
        names = {self._shown(user.uid): user.name for user in users}
        if not self.for_teachers:
            names = dict(pseudonyms(self.secrecy.key, names))
        return [User(number, names[number]) for number in sorted(names)]

    def _summary(self, one: AttemptSummary, mask: Mask | None) -> AttemptSummary:
        shown = replace(one, uid=self._shown(one.uid))
        if mask is None:
            return shown
        checks = tuple(map(mask.check, one.checks))
        return replace(shown, checks=checks, reason=mask.text(one.reason))

    async def _mask(self) -> Mask | None:
        if self.for_teachers:
            return None
        uids = frozenset(int(user.uid) for user in await self.inner.users())
        return Mask(self.secrecy.numbers, uids)

    def _shown(self, uid: int) -> UserId:
        return self.secrecy.numbers.shown(uid)

    def _uid(self, shown: int) -> int:
        """The id behind a shown number; one that nobody has for anything else."""
        found = self.secrecy.numbers.uid_of(shown)
        return NOBODY if found is None else found


@dataclass(frozen=True, slots=True)
class PseudonymousCoursework:
    """`Coursework` by shown numbers, for pages that show; what changes passes through."""

    inner: Coursework
    secrecy: Secrecy

    async def plan(self, uid: int | None = None) -> KeptPlan:
        """See `Coursework.plan`."""
        kept = await self.inner.plan(None if uid is None else self._uid(uid))
        extensions = {
            (self._shown(one), test): due for (one, test), due in kept.plan.extensions.items()
        }
        return replace(kept, plan=replace(kept.plan, extensions=extensions))

    async def replace_plan(self, plan: Plan, seen: int) -> bool:
        """Never by this door."""
        raise Refused("deadlines are changed by the students' own ids")

    async def set_freeze(self, is_frozen: bool) -> datetime | None:
        """See `Coursework.set_freeze`."""
        return await self.inner.set_freeze(is_frozen)

    async def practice_since(self) -> datetime | None:
        """See `Coursework.practice_since`."""
        return await self.inner.practice_since()

    async def set_practice(self, is_practice: bool) -> datetime | None:
        """See `Coursework.set_practice`."""
        return await self.inner.set_practice(is_practice)

    async def milestones(
        self, uid: int | None = None, until: datetime | None = None
    ) -> Sequence[Milestone]:
        """See `Coursework.milestones`."""
        found = await self.inner.milestones(None if uid is None else self._uid(uid), until)
        return [replace(one, uid=self._shown(one.uid)) for one in found]

    async def failures(self, limit: int) -> Sequence[Failure]:
        """See `Coursework.failures`."""
        found = await self.inner.failures(limit)
        return [replace(one, uid=self._shown(one.uid)) for one in found]

    async def who_attempted(self, uids: Sequence[UserId]) -> frozenset[UserId]:
        """Never by this door."""
        raise Refused("rosters are changed by the students' own ids")

    async def change_roster(self, users: Sequence[User], removed: Sequence[UserId]) -> RosterReport:
        """Never by this door."""
        raise Refused("rosters are changed by the students' own ids")

    async def tonight(self) -> Tonight:
        """See `Coursework.tonight`."""
        return await self.inner.tonight()

    def _shown(self, uid: int) -> UserId:
        return self.secrecy.numbers.shown(uid)

    def _uid(self, shown: int) -> int:
        found = self.secrecy.numbers.uid_of(shown)
        return NOBODY if found is None else found


NOBODY = -1
"""An id that no store has."""


@dataclass(frozen=True, slots=True)
class Doors:
    """What of a course is shown to whom. `teachers` is None where they see what readers see;
    `desk` has the doors with the students' own ids, where the others have not."""

    readers: Results
    coursework: Coursework
    teachers: Results | None = None
    desk: tuple[Results, Coursework] | None = None
    shown_uid: Callable[[int], int] = lambda uid: uid


def doors_of(results: Results, coursework: Coursework, key: bytes, identity: IdentityMode) -> Doors:
    """The doors of a course in its identity mode."""
    if identity != "pin":
        return Doors(results, coursework)
    secrecy = Secrecy(key, ShownNumbers(key))
    return Doors(
        readers=PseudonymousResults(results, secrecy),
        coursework=PseudonymousCoursework(coursework, secrecy),
        teachers=PseudonymousResults(results, secrecy, for_teachers=True),
        desk=(results, coursework),
        shown_uid=secrecy.numbers.shown,
    )


def _masked(transcript: bytes, mask: Mask) -> bytes:
    if not transcript:
        return b""
    try:
        return encode(mask.transcript(decode(transcript)))
    except TranscriptError:
        return b""

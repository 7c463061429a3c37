"""The law of deeds: what teachers do is written down before it is done: who, to what, old and new.

So an entry may tell of what then failed, and nothing is ever done that no entry tells of. A student
stands there by the number that pages show, never by an id that is a secret.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

from starlette.requests import Request

from holdfast.grading.domain.deadlines import Deadline, Extension
from holdfast.grading.domain.roster import UserId
from holdfast.grading.service.import_plan import PlanChange, written_moment
from holdfast.grading.service.preview_roster import RosterPreview
from holdfast.platform.auth.audit import Act, Entry
from holdfast.platform.auth.ports import AuditLog
from holdfast.platform.auth.site import origin_of
from holdfast.platform.runtime.clock import Clock

MAX_ENTRIES = 100
"""Entries of one deed: a whole course's deadlines. What is beyond them is counted in the last."""
NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Deed:
    """What was done to one thing."""

    target: str
    detail: str


@dataclass(frozen=True, slots=True)
class Deeds:
    """Writes them down. Without a `log` (a site without accounts) nothing is written."""

    clock: Clock
    log: AuditLog | None = None
    shown_uid: Callable[[int], int] = lambda uid: uid

    async def record(self, request: Request, act: Act, deeds: Sequence[Deed]) -> None:
        """Write an entry for each; raises what the log raises, and then nothing may be done."""
        if self.log is None:
            return
        who, origin = getattr(request.state, "who", ""), origin_of(request)
        written = list(deeds[:MAX_ENTRIES])
        if len(deeds) > MAX_ENTRIES:
            written[-1] = Deed("more", f"{len(deeds) - MAX_ENTRIES + 1} more of these")
        for one in written:
            now = self.clock.wall()
            await self.log.record(Entry(now, who, act, one.target, one.detail, origin))

    def of_plan(self, changes: Sequence[PlanChange]) -> list[Deed]:
        """A deed for each deadline, late policy and extension that changes."""
        return [
            Deed(
                f"deadline {one.test}"
                if one.uid is None
                else f"extension {one.test} {self._student(one.uid)}",
                _changed(_due(one.before), _due(one.after)),
            )
            for one in changes
        ]

    def of_roster(self, preview: RosterPreview, *, removes: bool) -> list[Deed]:
        """How many come, are renamed and go; then each who is renamed or goes."""
        removed = preview.removable if removes else ()
        tally = (
            f"{len(preview.added)} added, {len(preview.renamed)} renamed, {len(removed)} removed"
        )
        renamed = [
            Deed(self._student(old.uid), _changed(old.name, new.name))
            for old, new in preview.renamed
        ]
        gone = [Deed(self._student(user.uid), _changed(user.name, NOTHING)) for user in removed]
        return [Deed("roster", tally), *renamed, *gone]

    def _student(self, uid: UserId) -> str:
        return f"student {self.shown_uid(uid):04}"


def _changed(before: str, after: str) -> str:
    return f"{before} -> {after}"


def _due(one: Deadline | Extension | None) -> str:
    """When it is due, and what being late costs."""
    match one:
        case None:
            return NOTHING
        case Extension():
            return written_moment(one.due_at)
        case Deadline():
            grace, percent = one.grace_s // 60, one.late_percent_per_day
            return f"{written_moment(one.due_at)}, grace {grace} min, {percent} % a day"
        case _:
            assert_never(one)

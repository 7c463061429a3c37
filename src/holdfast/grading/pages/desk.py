"""The law of the desk: what teachers change, each time shown before it is done, then done at once.

Roster and deadlines are text that is pasted or read from a file. The first post shows what would
change; the second sends the same text back with what was seen, and is refused when the course is
another one by then. Teachers only.
"""

from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from holdfast.grading.domain.deadlines import Deadline, Extension
from holdfast.grading.domain.roster import User, UserId
from holdfast.grading.pages.deeds import Deed
from holdfast.grading.pages.ground import Ground
from holdfast.grading.pages.rendering import HEADERS
from holdfast.grading.service.coursework import KeptPlan
from holdfast.grading.service.export_results import as_csv, as_json, export_lines
from holdfast.grading.service.import_plan import (
    MAX_PLAN_BYTES,
    BadPlan,
    PlanChange,
    parse_plan,
    plan_changes,
    written_plan,
)
from holdfast.grading.service.import_roster import (
    MAX_ROSTER_BYTES,
    BadRoster,
    LineFault,
    parse_roster,
)
from holdfast.grading.service.preview_roster import RosterPreview, missing_from, preview_roster
from holdfast.platform.auth.audit import Act
from holdfast.platform.web.bodies import read_body

MAX_FORM_BYTES = 3 * max(MAX_ROSTER_BYTES, MAX_PLAN_BYTES) + 4096
"""A form writes a byte that is no letter as three."""
MAX_FIELDS = 8
CHANGES_SHOWN = 500
"""Lines of a preview; what is not shown is counted, and done all the same."""


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a preview. `kind`: added, changed, removed, absent. `before` and `after`: names,
    or what a line of a plan says; empty or None where there is nothing."""

    kind: str
    key: str
    before: str | Deadline | Extension | None
    after: str | Deadline | Extension | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """The page of an import: what was written, what is wrong with it, or what it would change.

    `removes` of those who are absent may be removed, `held` have attempts and stay. `seen` goes
    with the confirmation; `done` tells what was done; `is_stale`: the course has
    changed since the preview, so this one is new.
    """

    text: str
    faults: tuple[LineFault, ...] = ()
    changes: tuple[Change, ...] = ()
    unchanged: int = 0
    seen: str = ""
    removes: int = 0
    held: int = 0
    done: tuple[int, int, int] | None = None
    is_stale: bool = False

    @property
    def shown(self) -> tuple[Change, ...]:
        return self.changes[:CHANGES_SHOWN]

    def count(self, kind: str) -> int:
        """How many changes are of a kind."""
        return sum(change.kind == kind for change in self.changes)


@dataclass(frozen=True, slots=True)
class Desk:
    """The teacher's pages."""

    ground: Ground

    async def home(self, request: Request) -> Response:
        """`/teach`: what there is to do."""
        kept = await self.ground.coursework.plan()
        people = len(await self.ground.results.users())
        since = await self.ground.coursework.practice_since()
        return self.ground.render.answer(
            request, "teach.html", kept=kept, people=people, practice_since=since
        )

    async def roster(self, request: Request) -> Response:
        """`/teach/roster`: the form; with a text, what it would change; confirmed, what it did."""
        if request.method == "GET":
            return self._roster(request, Sheet(""))
        form = await _form(request)
        text = form.get("text", "")
        users = parse_roster(text.encode("utf-8", "replace"))
        if isinstance(users, BadRoster):
            return self._roster(request, Sheet(text, users.faults), 422)
        current = await self.ground.results.users()
        gone = missing_from(current, users)
        attempted = await self.ground.coursework.who_attempted(gone)
        preview = preview_roster(current, users, attempted)
        seen = form.get("seen", "")
        if not seen or seen != preview.digest:
            return self._roster(request, _previewed(text, preview, is_stale=bool(seen)))
        removes = form.get("remove") == "yes"
        removed = preview.removable if removes else ()
        deeds = self.ground.deeds.of_roster(preview, removes=removes)
        await self.ground.deeds.record(request, Act.ROSTER_IMPORTED, deeds)
        return await self._change_roster(request, users, removed)

    async def _change_roster(
        self, request: Request, users: tuple[User, ...], removed: tuple[User, ...]
    ) -> Response:
        report = await self.ground.coursework.change_roster(users, [one.uid for one in removed])
        done = (report.added, report.renamed, len(report.removed))
        return self._roster(request, Sheet("", done=done))

    def _roster(self, request: Request, sheet: Sheet, status: int = 200) -> Response:
        return self.ground.render.answer(request, "teach_roster.html", status, sheet=sheet)

    async def deadlines(self, request: Request) -> Response:
        """`/teach/deadlines`: the plan as text to change; then what would change; then done."""
        kept = await self.ground.coursework.plan()
        if request.method == "GET":
            return self._deadlines(request, Sheet(written_plan(kept.plan)))
        form = await _form(request)
        text = form.get("text", "")
        students = {user.uid for user in await self.ground.results.users()}
        plan = parse_plan(text.encode("utf-8", "replace"), self.ground.catalogue, students)
        if isinstance(plan, BadPlan):
            return self._deadlines(request, Sheet(text, plan.faults), 422)
        found = plan_changes(kept.plan, plan)
        changes = tuple(map(_change, found))
        seen = form.get("seen", "")
        if seen == str(kept.version):
            deeds = self.ground.deeds.of_plan(found)
            await self.ground.deeds.record(request, Act.COURSE_CHANGED, deeds)
            if await self.ground.coursework.replace_plan(plan, kept.version):
                sheet = Sheet(written_plan(plan), done=_tally(changes))
                return self._deadlines(request, sheet)
        return self._deadlines(request, _planned(text, changes, kept, is_stale=bool(seen)))

    def _deadlines(self, request: Request, sheet: Sheet, status: int = 200) -> Response:
        tests = [column.test for column in self.ground.columns]
        return self.ground.render.answer(
            request, "teach_deadlines.html", status, sheet=sheet, tests=tests
        )

    async def freeze(self, request: Request) -> Response:
        """`POST /teach/freeze`: let the scoreboard stand still, or go on."""
        form = await _form(request)
        if form.get("freeze") not in ("yes", "no"):
            raise HTTPException(400)
        freezes = form["freeze"] == "yes"
        was = "frozen" if (await self.ground.coursework.plan()).frozen_at else "live"
        deed = Deed("scoreboard", f"{was} -> {'frozen' if freezes else 'live'}")
        await self.ground.deeds.record(request, Act.COURSE_CHANGED, [deed])
        await self.ground.coursework.set_freeze(freezes)
        return RedirectResponse("/scoreboard", 303, {"cache-control": "private, no-store"})

    async def practice(self, request: Request) -> Response:
        """`POST /teach/practice`: begin practice mode, or end it."""
        form = await _form(request)
        if form.get("practice") not in ("yes", "no"):
            raise HTTPException(400)
        begins = form["practice"] == "yes"
        was = "on" if await self.ground.coursework.practice_since() else "off"
        deed = Deed("practice mode", f"{was} -> {'on' if begins else 'off'}")
        await self.ground.deeds.record(request, Act.COURSE_CHANGED, [deed])
        await self.ground.coursework.set_practice(begins)
        return RedirectResponse("/teach", 303, {"cache-control": "private, no-store"})

    async def results_csv(self, request: Request) -> Response:
        """`/teach/results.csv`: everybody's results for a spreadsheet."""
        await self._exported(request, "results.csv")
        lines = export_lines(await self.ground.standings.get(), await self.ground.counted())
        return _file(as_csv(lines), "results.csv", "text/csv; charset=utf-8")

    async def results_json(self, request: Request) -> Response:
        """`/teach/results.json`: the same for programs."""
        await self._exported(request, "results.json")
        lines = export_lines(await self.ground.standings.get(), await self.ground.counted())
        return _file(as_json(lines), "results.json", "application/json")

    async def _exported(self, request: Request, name: str) -> None:
        deed = Deed(name, "everybody's results")
        await self.ground.deeds.record(request, Act.RESULTS_EXPORTED, [deed])

    def routes(self) -> list[Route]:
        """Their routes."""
        ground = self.ground
        both = ["GET", "POST"]
        return [
            Route("/teach", ground.for_teachers(self.home)),
            Route("/teach/roster", ground.for_teachers(self.roster), methods=both),
            Route("/teach/deadlines", ground.for_teachers(self.deadlines), methods=both),
            Route("/teach/freeze", ground.for_teachers(self.freeze), methods=["POST"]),
            Route("/teach/practice", ground.for_teachers(self.practice), methods=["POST"]),
            Route("/teach/results.csv", ground.for_teachers(self.results_csv)),
            Route("/teach/results.json", ground.for_teachers(self.results_json)),
        ]


async def _form(request: Request) -> dict[str, str]:
    """The fields of a sent form, each once."""
    raw = await read_body(request, MAX_FORM_BYTES)
    try:
        fields = parse_qs(raw.decode("utf-8", "replace"), max_num_fields=MAX_FIELDS)
    except ValueError:
        raise HTTPException(400) from None
    return {name: values[0] for name, values in fields.items()}


def _previewed(text: str, preview: RosterPreview, *, is_stale: bool) -> Sheet:
    changes = (
        *(Change("added", _id(user.uid), "", user.name) for user in preview.added),
        *(Change("changed", _id(old.uid), old.name, new.name) for old, new in preview.renamed),
        *(Change("absent", _id(user.uid), user.name, user.name) for user in preview.removable),
    )
    return Sheet(
        text,
        changes=changes,
        unchanged=preview.unchanged,
        seen=preview.digest,
        removes=len(preview.removable),
        held=len(preview.held),
        is_stale=is_stale,
    )


def _planned(text: str, changes: tuple[Change, ...], kept: KeptPlan, *, is_stale: bool) -> Sheet:
    return Sheet(text, changes=changes, seen=str(kept.version), is_stale=is_stale)


def _change(one: PlanChange) -> Change:
    key = f"{one.test} {one.uid}" if one.uid is not None else one.test
    return Change(_kind(one), key, one.before, one.after)


def _kind(one: PlanChange) -> str:
    if one.before is None:
        return "added"
    return "removed" if one.after is None else "changed"


def _tally(changes: tuple[Change, ...]) -> tuple[int, int, int]:
    added, changed, removed = (
        sum(one.kind == kind for one in changes) for kind in ("added", "changed", "removed")
    )
    return added, changed, removed


def _id(uid: UserId) -> str:
    return f"{uid:04}"


def _file(body: bytes, name: str, media_type: str) -> Response:
    headers = {**HEADERS, "content-disposition": f'attachment; filename="{name}"'}
    return Response(body, headers=headers, media_type=media_type)

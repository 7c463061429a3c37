"""What teachers do: import a roster, hand out the students' tokens."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request

from holdfast.grading.entrypoints.results_api.endpoints import Body, Endpoint
from holdfast.grading.entrypoints.results_api.problems import Detail, Problem
from holdfast.grading.entrypoints.results_api.requests import body_of
from holdfast.grading.entrypoints.results_api.shapes import ImportShape, StudentTokenShape
from holdfast.grading.service.claim_identity import ClaimKey
from holdfast.grading.service.import_roster import MAX_ROSTER_BYTES, BadRoster, parse_roster
from holdfast.grading.service.ports import Results
from holdfast.grading.service.preview_roster import RosterPreview, preview_roster
from holdfast.platform.auth.audit import Act, Entry
from holdfast.platform.auth.ports import AuditLog
from holdfast.platform.auth.site import origin_of

MAX_NAMED = 98
"""Students of one import who are named in the audit log; with the others' number, 100 entries."""


@dataclass(frozen=True, slots=True)
class Teaching:
    """The handlers. Their addresses need the admin's role. `log` takes down who did what."""

    results: Results
    key: ClaimKey
    log: AuditLog | None = None
    shown_uid: Callable[[int], int] = lambda uid: uid

    async def roster(self, request: Request) -> ImportShape:
        """Import a roster, all of it or nothing."""
        users = parse_roster(await body_of(request, MAX_ROSTER_BYTES))
        if isinstance(users, BadRoster):
            details = tuple(Detail(fault.line, fault.fault, fault.column) for fault in users.faults)
            first = f"line {details[0].line}: {details[0].what}"
            raise Problem(
                400, f"nothing was imported: {first}", "mend the lines in `details`"
            ).with_details(details)
        await self._record_roster(request, preview_roster(await self.results.users(), users, ()))
        report = await self.results.import_roster(users)
        return ImportShape(report.added, report.renamed, report.unchanged)

    async def tokens(self, request: Request) -> list[StudentTokenShape]:
        """Every student's personal token, whether or not the course asks for claims now."""
        await self._record(request, Act.CLAIM_TOKENS_READ)
        return [
            StudentTokenShape(user.uid, user.name, self.key.token(user.uid))
            for user in await self.results.users()
        ]

    async def _record_roster(self, request: Request, preview: RosterPreview) -> None:
        """How many come and are renamed, then who, by the numbers that pages show."""
        added, renamed = preview.added, preview.renamed
        whom = [
            *((user.uid, f"nothing -> {user.name}") for user in added),
            *((old.uid, f"{old.name} -> {new.name}") for old, new in renamed),
        ]
        tally = f"{len(added)} added, {len(renamed)} renamed"
        await self._record(request, Act.ROSTER_IMPORTED, tally)
        for uid, detail in whom[:MAX_NAMED]:
            target = f"student {self.shown_uid(uid):04}"
            await self._record(request, Act.ROSTER_IMPORTED, detail, target)
        if len(whom) > MAX_NAMED:
            more = f"{len(whom) - MAX_NAMED} more of these"
            await self._record(request, Act.ROSTER_IMPORTED, more, "more")

    async def _record(self, request: Request, act: Act, detail: str = "", target: str = "") -> None:
        if self.log is not None:
            who = getattr(request.state, "who", "")
            origin, what = origin_of(request), target or self.key.course
            await self.log.record(Entry(datetime.now(UTC), who, act, what, detail, origin))

    def endpoints(self) -> list[Endpoint]:
        """Their declarations."""
        return [
            Endpoint(
                "POST",
                "/api/grading/roster",
                "Import students (CSV: uid,name); all lines or none",
                self.roster,
                ImportShape,
                (400, 413),
                body=Body("text/csv"),
            ),
            Endpoint(
                "GET",
                "/api/grading/roster/tokens",
                "The students' personal tokens for claims",
                self.tokens,
                list[StudentTokenShape],
            ),
        ]

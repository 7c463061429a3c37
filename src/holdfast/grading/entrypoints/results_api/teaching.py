"""What teachers do: import a roster, hand out the students' tokens."""

from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request

from holdfast.grading.entrypoints.results_api.endpoints import Body, Endpoint
from holdfast.grading.entrypoints.results_api.problems import Detail, Problem
from holdfast.grading.entrypoints.results_api.requests import body_of
from holdfast.grading.entrypoints.results_api.shapes import ImportShape, StudentTokenShape
from holdfast.grading.service.claim_identity import ClaimKey
from holdfast.grading.service.import_roster import MAX_ROSTER_BYTES, BadRoster, import_roster
from holdfast.grading.service.ports import Results
from holdfast.platform.auth.audit import Act, Entry
from holdfast.platform.auth.ports import AuditLog
from holdfast.platform.auth.site import origin_of


@dataclass(frozen=True, slots=True)
class Teaching:
    """The handlers. Their addresses need the admin's role. `log` takes down who did what."""

    results: Results
    key: ClaimKey
    log: AuditLog | None = None

    async def roster(self, request: Request) -> ImportShape:
        """Import a roster, all of it or nothing."""
        report = await import_roster(self.results, await body_of(request, MAX_ROSTER_BYTES))
        if isinstance(report, BadRoster):
            details = tuple(
                Detail(fault.line, fault.fault, fault.column) for fault in report.faults
            )
            first = f"line {details[0].line}: {details[0].what}"
            raise Problem(
                400, f"nothing was imported: {first}", "mend the lines in `details`"
            ).with_details(details)
        done = f"{report.added} added, {report.renamed} renamed"
        await self._record(request, Act.ROSTER_IMPORTED, done)
        return ImportShape(report.added, report.renamed, report.unchanged)

    async def tokens(self, request: Request) -> list[StudentTokenShape]:
        """Every student's personal token, whether or not the course asks for claims now."""
        await self._record(request, Act.CLAIM_TOKENS_READ)
        return [
            StudentTokenShape(user.uid, user.name, self.key.token(user.uid))
            for user in await self.results.users()
        ]

    async def _record(self, request: Request, act: Act, detail: str = "") -> None:
        if self.log is not None:
            who = getattr(request.state, "who", "")
            origin = origin_of(request)
            await self.log.record(
                Entry(datetime.now(UTC), who, act, self.key.course, detail, origin)
            )

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

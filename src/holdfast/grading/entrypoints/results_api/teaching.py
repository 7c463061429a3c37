"""What teachers do: import a roster, hand out the students' tokens."""

from dataclasses import dataclass

from starlette.requests import Request

from holdfast.grading.entrypoints.results_api.endpoints import Body, Endpoint
from holdfast.grading.entrypoints.results_api.problems import Detail, Problem
from holdfast.grading.entrypoints.results_api.requests import body_of
from holdfast.grading.entrypoints.results_api.shapes import ImportShape, StudentTokenShape
from holdfast.grading.service.claim_identity import ClaimKey
from holdfast.grading.service.import_roster import MAX_ROSTER_BYTES, BadRoster, import_roster
from holdfast.grading.service.ports import Results


@dataclass(frozen=True, slots=True)
class Teaching:
    """The handlers. Their addresses need the admin token."""

    results: Results
    key: ClaimKey

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
        return ImportShape(report.added, report.renamed, report.unchanged)

    async def tokens(self, _: Request) -> list[StudentTokenShape]:
        """Every student's personal token, whether or not the course asks for claims now."""
        return [
            StudentTokenShape(user.uid, user.name, self.key.token(user.uid))
            for user in await self.results.users()
        ]

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

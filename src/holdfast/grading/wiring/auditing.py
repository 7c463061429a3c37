"""The law of `holdfast audit`: the course's database is asked itself, for no process need run.

Only who runs the command imports this: it brings the database driver.
"""

import asyncio
import json
from dataclasses import asdict

from holdfast.grading.entrypoints.results_api.settings import ResultsSettings
from holdfast.grading.service.audit import AuditReport, lines
from holdfast.grading.store.audit import PostgresAuditor
from holdfast.grading.store.postgres import SCHEMA
from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.embedded import dsn_file
from holdfast.platform.data.settings import DatabaseSettings, address_in
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.settings import FleetSettings

EXIT_WRONG = 1


def audit(effective: Effective, *, as_json: bool) -> int:
    """Print the report; exit code 1 when an assertion does not hold."""
    report = asyncio.run(read_audit(effective))
    if as_json:
        said = {**asdict(report), "at": report.at.isoformat(), "ok": report.is_green}
        print(json.dumps(said, indent=2))
    else:
        print("\n".join(lines(report)))
    return 0 if report.is_green else EXIT_WRONG


async def read_audit(effective: Effective) -> AuditReport:
    """The report of the course on the database that `[database]` names, or the data folder's."""
    settings = effective.section(DatabaseSettings)
    if not settings.dsn and not settings.dsn_file:
        own = dsn_file(effective.section(FleetSettings).data)
        effective = effective.with_values({"database.dsn_file": str(own)}, origin="data folder")
        settings = effective.section(DatabaseSettings)
    course = effective.section(ResultsSettings).course
    async with await Database.connect(
        address_in(settings), limits=Limits.of(settings), schema=SCHEMA, name="audit"
    ) as database:
        return await PostgresAuditor(database, course).audit()

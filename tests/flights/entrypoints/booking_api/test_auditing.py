"""The audit tells what was looked at and what is wrong, to whoever runs the system."""

from datetime import UTC, datetime

import msgspec

from holdfast.flights.entrypoints.booking_api.auditing import AUDIT, Auditing
from holdfast.flights.entrypoints.http.operation import Call
from holdfast.flights.service.audit import MEANINGS
from holdfast.flights.service.ports.audits import SWEEP_BOUND_S, Assertion, AuditReport

NOW = datetime(2026, 11, 26, 19, tzinfo=UTC)


class Auditor:
    """Finds what it is told to find."""

    def __init__(self, wrong: int) -> None:
        self.wrong = wrong

    async def audit(self, sweep_bound_s: float = SWEEP_BOUND_S) -> AuditReport:
        """See `Auditor.audit`."""
        examples = ("ZZ100 has 3, should have 2",) if self.wrong else ()
        found = [Assertion(name, 10, self.wrong, examples) for name in MEANINGS]
        return AuditReport(NOW, tuple(found))


async def report(wrong: int) -> dict[str, object]:
    auditing = Auditing(Auditor(wrong))
    (operation,) = auditing.operations()
    answer = await operation.handle(_no_call())
    return msgspec.to_builtins(answer)  # type: ignore[no-any-return]


def _no_call() -> Call:
    """The audit asks nothing of its call."""
    return None  # type: ignore[return-value]


async def test_a_green_report_says_so_and_names_all_assertions() -> None:
    told = await report(0)
    assert told["ok"] is True
    assertions = told["assertions"]
    assert isinstance(assertions, list)
    assert [one["name"] for one in assertions] == list(MEANINGS)
    assert all(one["meaning"] and one["checked"] == 10 for one in assertions)


async def test_what_is_wrong_comes_with_examples() -> None:
    told = await report(1)
    assert told["ok"] is False
    assertions = told["assertions"]
    assert isinstance(assertions, list)
    assert assertions[0]["examples"] == ["ZZ100 has 3, should have 2"]


def test_only_whoever_runs_the_system_may_ask() -> None:
    assert AUDIT.scope == "operate"
    assert not AUDIT.public

"""A report for people names what was checked, and examples of what is wrong."""

from datetime import UTC, datetime

from holdfast.flights.service.audit import MEANINGS, audit, lines
from holdfast.flights.service.ports.audits import Assertion, AuditReport
from holdfast.flights.store.audit import ASSERTIONS

REPORT = AuditReport(
    datetime(2027, 6, 1, tzinfo=UTC),
    (Assertion("seat_unique", 12, 0), Assertion("money_conserved", 7, 1, ("balance is 1",))),
)


class FakeAuditor:
    async def audit(self, sweep_bound_s: float = 0.0) -> AuditReport:
        assert sweep_bound_s == 5.0
        return REPORT


async def test_every_assertion_is_one_line_with_its_examples_below() -> None:
    good, bad, example = lines(await audit(FakeAuditor(), sweep_bound_s=5.0))
    assert good.startswith("ok")
    assert "12 checked" in good
    assert bad.startswith("wrong")
    assert "1 of 7" in bad
    assert example.strip() == "balance is 1"


def test_all_assertions_have_a_meaning() -> None:
    assert set(MEANINGS) == set(ASSERTIONS)

"""A report is green if nothing is wrong."""

from datetime import UTC, datetime

from holdfast.flights.service.ports.audits import Assertion, AuditReport

NOW = datetime(2027, 6, 1, tzinfo=UTC)


def test_one_wrong_thing_makes_a_report_red() -> None:
    good, bad = Assertion("seats", 10, 0), Assertion("money", 10, 1, ("x",))
    assert AuditReport(NOW, (good,)).is_green
    assert not AuditReport(NOW, (good, bad)).is_green

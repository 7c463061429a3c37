"""A report for people names what was checked, and examples of what is wrong."""

from datetime import UTC, datetime

from holdfast.grading.service.audit import Assertion, AuditReport, lines

AT = datetime(2027, 6, 1, tzinfo=UTC)
GOOD = Assertion("leases_were_granted", 12, 0)
BAD = Assertion("best_results_are_best", 7, 1, ("an attempt beats it",))


def test_every_assertion_is_one_line_with_its_examples_below() -> None:
    good, bad, example = lines(AuditReport(AT, (GOOD, BAD)))
    assert good.startswith("ok")
    assert "12 checked" in good
    assert bad.startswith("wrong")
    assert "1 of 7" in bad
    assert example.strip() == "an attempt beats it"


def test_a_report_is_green_when_nothing_is_wrong() -> None:
    assert AuditReport(AT, (GOOD,)).is_green
    assert not AuditReport(AT, (GOOD, BAD)).is_green

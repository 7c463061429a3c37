"""Audit: whether what was sold, taken and paid still adds up, told for people.

The assertions are those of flights-rules, section 3.1; the store reads them all at one moment.
"""

from collections.abc import Iterator

from holdfast.flights.service.ports.audits import SWEEP_BOUND_S, Auditor, AuditReport

MEANINGS = {
    "inventory_conserved": "counters of seats are the sums over live orders",
    "seat_unique": "no seat has two passengers, and nobody lost one",
    "money_conserved": "the ledger sums to zero and balances agree with it",
    "nothing_stuck": "no overdue hold waits, no order is live unpaid without a hold",
    "idempotent_single_effect": "each key, offer and cancellation had one effect",
    "losers_leave_nothing": "what was refused or is over keeps nothing",
}


async def audit(auditor: Auditor, *, sweep_bound_s: float = SWEEP_BOUND_S) -> AuditReport:
    """All six assertions, with counts and a few examples of what is wrong."""
    return await auditor.audit(sweep_bound_s)


def lines(report: AuditReport) -> Iterator[str]:
    """A report for a terminal: one line for each assertion, its examples below."""
    for one in report.assertions:
        word = "wrong" if one.wrong else "ok"
        tally = f"{one.wrong} of {one.checked}" if one.wrong else f"{one.checked} checked"
        yield f"{word:<6}{one.name:<26}{tally:<18}{MEANINGS[one.name]}"
        yield from (f"      {example}" for example in one.examples)

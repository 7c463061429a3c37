"""What a node counts, as its page of figures has it: sessions and verdicts, never a student."""

from holdfast.grading.domain.verdict import Verdict
from holdfast.grading.entrypoints.node_driver import House
from holdfast.platform.runtime.metrics import Page

CALLS = ("open", "close")
"""Those whose failure is worth an alarm are told from the start, so that a rate can be taken."""


def write_node(house: House, page: Page) -> None:
    """The figures of a node."""
    page.gauge(
        "holdfast_node_sessions",
        "Connections and UDP flows inside.",
        [({"transport": transport}, house.counts[transport]) for transport in ("tcp", "udp")],
    )
    census, limits = house.place.census, house.place.limits
    page.gauge("holdfast_node_tests_running", "Attempts under way.", census.running)
    page.gauge("holdfast_node_tests_limit", "Attempts there may be.", limits.running_per_node)
    page.gauge("holdfast_node_asking", "Questions to the ledger under way.", len(house.asking))
    page.counter(
        "holdfast_node_verdicts_total",
        "Attempts that are durably recorded, by verdict.",
        [({"verdict": verdict.value}, house.verdicts[verdict.value]) for verdict in Verdict],
    )
    page.counter(
        "holdfast_node_ledger_failures_total",
        "Questions to the ledger that failed, by kind.",
        [({"call": call}, house.unanswered[call]) for call in sorted({*CALLS, *house.unanswered})],
    )

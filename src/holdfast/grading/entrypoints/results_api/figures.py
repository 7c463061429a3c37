"""What the results API counts, as its page of figures has it."""

from collections import Counter
from collections.abc import Callable

from holdfast.platform.runtime.metrics import Page

Outcomes = Counter[tuple[str, str]]
"""Calls of nodes by (kind, done or failed)."""


def write_results(outcomes: Outcomes, watchers: Callable[[], int], page: Page) -> None:
    """The figures of a results API."""
    page.counter(
        "holdfast_results_calls_total",
        "Calls of nodes, by kind and how they went; close and done: an attempt was written.",
        [({"call": call, "how": how}, count) for (call, how), count in outcomes.items()],
    )
    page.gauge("holdfast_results_watchers", "Open pages with live updates.", watchers())

"""The results API's figures."""

from collections import Counter

from holdfast.grading.entrypoints.results_api.figures import write_results
from holdfast.platform.runtime.metrics import Page


def test_calls_are_told_by_kind_and_how_they_went() -> None:
    page = Page()
    write_results(Counter({("close", "done"): 5, ("beat", "failed"): 1}), lambda: 7, page)
    assert 'holdfast_results_calls_total{call="close",how="done"} 5\n' in page.text
    assert "holdfast_results_watchers 7\n" in page.text

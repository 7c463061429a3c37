"""Every process tells version, processor, memory, descriptors, and whether it takes work."""

from holdfast.platform.runtime.metrics import Histogram, Page
from holdfast.platform.telemetry.figures import (
    ProcessFacts,
    lateness_figures,
    process_figures,
    readiness_figures,
)
from tests.support.metrics_page import read_metrics


def test_the_facts_of_a_process_stand_under_the_names_that_dashboards_know() -> None:
    page = Page()
    process_figures(page, "1.2", ProcessFacts(5.0, 1.5, 4096, 7, 1024))
    found = {name: value for (name, _), value in read_metrics(page.text).items()}
    assert found == {
        "holdfast_build_info": 1,
        "process_start_time_seconds": 5.0,
        "process_cpu_seconds_total": 1.5,
        "process_resident_memory_bytes": 4096,
        "process_open_fds": 7,
        "process_max_fds": 1024,
    }


def test_draining_and_ready_are_told_apart() -> None:
    page = Page()
    readiness_figures(page, ready=False, draining=True)
    assert "holdfast_ready 0\n" in page.text
    assert "holdfast_draining 1\n" in page.text


def test_how_late_the_loop_is_is_a_histogram() -> None:
    late = Histogram()
    late.observe(0.2)
    page = Page()
    lateness_figures(page, late)
    assert "holdfast_loop_lag_seconds_count 1\n" in page.text

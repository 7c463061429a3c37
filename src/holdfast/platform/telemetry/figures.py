"""PURE. The figures that every process has, whatever it does: the process, and whether it is ready.

Names without `holdfast_` are those that Prometheus' own clients use, so that ready-made dashboards
and alerts find them.
"""

from dataclasses import dataclass

from holdfast.platform.runtime.metrics import Histogram, Page


@dataclass(frozen=True, slots=True)
class ProcessFacts:
    """What the system knows of the process. `started_at`: seconds since 1970."""

    started_at: float = 0.0
    cpu_s: float = 0.0
    resident_bytes: int = 0
    open_files: int = 0
    most_files: int = 0


def process_figures(page: Page, version: str, facts: ProcessFacts) -> None:
    """Version, processor, memory, descriptors."""
    page.gauge("holdfast_build_info", "Which Holdfast this is.", [({"version": version}, 1)])
    page.gauge("process_start_time_seconds", "When it started, since 1970.", facts.started_at)
    page.counter("process_cpu_seconds_total", "Processor time it has used.", facts.cpu_s)
    page.gauge("process_resident_memory_bytes", "Memory it holds.", facts.resident_bytes)
    page.gauge("process_open_fds", "Descriptors it has open.", facts.open_files)
    page.gauge("process_max_fds", "Descriptors it may have open.", facts.most_files)


def readiness_figures(page: Page, *, ready: bool, draining: bool) -> None:
    """Whether it takes new work."""
    page.gauge("holdfast_ready", "1 while new work is welcome.", int(ready))
    page.gauge("holdfast_draining", "1 while it ends what it has begun.", int(draining))


def lateness_figures(page: Page, late_s: Histogram) -> None:
    """How late the event loop is."""
    page.histogram(
        "holdfast_loop_lag_seconds", "How much later than due the loop got to a timer.", late_s
    )

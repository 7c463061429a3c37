"""A node's figures: sessions, tests, verdicts; no student."""

from collections import Counter
from types import SimpleNamespace
from typing import Any, cast

from holdfast.grading.entrypoints.node_driver import House
from holdfast.grading.entrypoints.node_figures import write_node
from holdfast.platform.runtime.metrics import Page
from tests.support.metrics_page import read_metrics


def house() -> House:
    place: Any = SimpleNamespace(
        census=SimpleNamespace(running=2), limits=SimpleNamespace(running_per_node=9)
    )
    made = House(place, cast(Any, None), cast(Any, None), cast(Any, None))
    made.counts = Counter(tcp=3)
    made.verdicts = Counter({"pass": 4, "fail": 1})
    made.unanswered = Counter(close=2)
    return made


def test_sessions_tests_and_verdicts_are_told() -> None:
    page = Page()
    write_node(house(), page)
    found = read_metrics(page.text)

    def value(name: str, **labels: str) -> float:
        return found[f"holdfast_node_{name}", frozenset(labels.items())]

    assert value("sessions", transport="tcp") == 3
    assert value("sessions", transport="udp") == 0
    assert (value("tests_running"), value("tests_limit")) == (2, 9)
    assert value("verdicts_total", verdict="pass") == 4
    assert value("ledger_failures_total", call="close") == 2

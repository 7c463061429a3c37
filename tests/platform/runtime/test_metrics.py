"""Prometheus' text format: what is written can be read back, whatever the labels hold."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.platform.runtime.metrics import Histogram, Page
from tests.support.metrics_page import read_metrics


def test_a_page_has_help_type_and_samples() -> None:
    page = Page()
    page.counter("seen_total", "What was seen.", 3)
    page.gauge("open", "What is open.", [({"listener": "course"}, 2), ({"listener": "api"}, 0.5)])
    assert page.text == (
        "# HELP seen_total What was seen.\n"
        "# TYPE seen_total counter\n"
        "seen_total 3\n"
        "# HELP open What is open.\n"
        "# TYPE open gauge\n"
        'open{listener="course"} 2\n'
        'open{listener="api"} 0.5\n'
    )


def test_a_family_without_series_still_says_what_it_is() -> None:
    page = Page()
    page.counter("refused_total", "Refused clients.", [])
    assert page.text.count("\n") == 2


def test_a_name_stands_on_a_page_once_and_is_well_formed() -> None:
    page = Page()
    page.gauge("open", "x", 1)
    with pytest.raises(AssertionError, match="already"):
        page.gauge("open", "x", 1)
    with pytest.raises(AssertionError):
        page.gauge("not a name", "x", 1)
    with pytest.raises(AssertionError):
        page.counter("seen", "a counter's name ends in _total", 1)
    with pytest.raises(AssertionError):
        page.gauge("other", "x", [({"no label": "x"}, 1)])


def test_the_help_stays_on_its_line() -> None:
    page = Page()
    page.gauge("open", "first\nsecond \\ third", 1)
    assert page.text.splitlines()[0] == "# HELP open first\\nsecond \\\\ third"


@given(st.dictionaries(st.sampled_from(["a", "node", "why"]), st.text(), max_size=3))
def test_any_label_value_is_read_back_as_it_was(labels: dict[str, str]) -> None:
    page = Page()
    page.gauge("open", "x", [(labels, 1)])
    assert read_metrics(page.text) == {("open", frozenset(labels.items())): 1.0}


@given(st.floats())
def test_any_number_is_read_back_as_it_was(value: float) -> None:
    page = Page()
    page.gauge("open", "x", value)
    (found,) = read_metrics(page.text).values()
    assert found == value or (math.isnan(found) and math.isnan(value))


def test_a_histogram_counts_cumulatively_and_a_value_on_a_bound_belongs_below_it() -> None:
    histogram = Histogram((0.1, 1.0))
    for value in (0.05, 0.1, 0.5, 7.0):
        histogram.observe(value)
    assert histogram.buckets() == [(0.1, 2), (1.0, 3), (math.inf, 4)]
    page = Page()
    page.histogram("wait_seconds", "x", histogram)
    assert page.text.splitlines()[2:] == [
        'wait_seconds_bucket{le="0.1"} 2',
        'wait_seconds_bucket{le="1.0"} 3',
        'wait_seconds_bucket{le="+Inf"} 4',
        "wait_seconds_sum 7.65",
        "wait_seconds_count 4",
    ]


@given(st.lists(st.floats(min_value=0, max_value=100)))
def test_every_value_is_in_the_last_bucket_and_none_above_its_bound(values: list[float]) -> None:
    histogram = Histogram()
    for value in values:
        histogram.observe(value)
    for bound, count in histogram.buckets():
        assert count == sum(value <= bound for value in values)
    assert histogram.count == len(values)


def test_bounds_must_ascend() -> None:
    with pytest.raises(AssertionError, match="ascend"):
        Histogram((1.0, 0.5))


def test_the_page_has_only_lines_of_the_format() -> None:
    page = Page()
    page.histogram("wait_seconds", "x", Histogram())
    page.gauge("open", "x", [({"why": 'a "quoted"\\ thing\n'}, 1)])
    sample = re.compile(r'[a-z_]+(\{[a-z]+="(\\.|[^"\\\n])*"(,[a-z]+="(\\.|[^"\\\n])*")*\})? \S+')
    for line in page.text.splitlines():
        assert line.startswith("# ") or sample.fullmatch(line), line

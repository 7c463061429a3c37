"""PURE. Prometheus' text format, version 0.0.4: a page of figures, written when somebody asks.

There is no registry: whoever has figures keeps them as plain numbers where they arise and writes a
`Page` of them. Source: "Exposition formats", prometheus.io. Names and labels are ours and checked;
label values may come from anywhere and are escaped.
"""

import math
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Literal

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
LATENCY_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
"""Bounds of the buckets for waits: from one round of a loop to a time-out."""

Labels = Mapping[str, str]
Sample = tuple[Labels, float]
"""The labels of one series and its value."""
NO_LABELS: Labels = MappingProxyType({})

_NAME = re.compile(r"[a-z_][a-z0-9_]*\Z")


class Histogram:
    """How often a value fell below each of some fixed bounds. One `observe` is under 1 us."""

    __slots__ = ("_counts", "bounds", "total")

    def __init__(self, bounds: tuple[float, ...] = LATENCY_S) -> None:
        assert list(bounds) == sorted(set(bounds)), "bounds ascend"
        self.bounds = bounds
        self.total = 0.0
        self._counts = [0] * (len(bounds) + 1)

    def observe(self, value: float) -> None:
        """Count one value; one on a bound belongs below it."""
        self._counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    @property
    def count(self) -> int:
        """How many values there were."""
        return sum(self._counts)

    def buckets(self) -> list[tuple[float, int]]:
        """(bound, values up to it), the last bound being infinity."""
        found, below = [], 0
        for bound, count in zip((*self.bounds, math.inf), self._counts, strict=True):
            below += count
            found.append((bound, below))
        return found


class Page:
    """The figures of one moment, family by family; `text` is the whole of it."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._families: set[str] = set()

    def counter(self, name: str, what: str, samples: Iterable[Sample] | float) -> None:
        """Something that only grows; its name ends in `_total`."""
        assert name.endswith("_total"), name
        self._family(name, what, "counter", samples)

    def gauge(self, name: str, what: str, samples: Iterable[Sample] | float) -> None:
        """Something that goes up and down."""
        self._family(name, what, "gauge", samples)

    def histogram(self, name: str, what: str, values: Histogram) -> None:
        """Values by size."""
        self.histograms(name, what, [(NO_LABELS, values)])

    def histograms(self, name: str, what: str, series: Iterable[tuple[Labels, Histogram]]) -> None:
        """Values by size, a histogram for each of some labels."""
        self._head(name, what, "histogram")
        for labels, values in series:
            for bound, count in values.buckets():
                self._sample(f"{name}_bucket", {**labels, "le": _number(bound)}, count)
            self._sample(f"{name}_sum", labels, values.total)
            self._sample(f"{name}_count", labels, values.count)

    @property
    def text(self) -> str:
        """The page as it is sent."""
        return "".join(f"{line}\n" for line in self._lines)

    def _family(
        self,
        name: str,
        what: str,
        kind: Literal["counter", "gauge"],
        samples: Iterable[Sample] | float,
    ) -> None:
        self._head(name, what, kind)
        series = [(NO_LABELS, samples)] if isinstance(samples, (int, float)) else samples
        for labels, value in series:
            self._sample(name, labels, value)

    def _head(self, name: str, what: str, kind: str) -> None:
        assert _NAME.match(name), name
        assert name not in self._families, f"{name} stands on the page already"
        self._families.add(name)
        told = what.replace("\\", "\\\\").replace("\n", "\\n")
        self._lines += [f"# HELP {name} {told}", f"# TYPE {name} {kind}"]

    def _sample(self, name: str, labels: Labels, value: float) -> None:
        assert all(_NAME.match(label) for label in labels), labels
        inside = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        self._lines.append(
            f"{name}{{{inside}}} {_number(value)}" if inside else f"{name} {_number(value)}"
        )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    return repr(value)

"""PURE. What an HTTP server counts: requests by route, method and class of status, and how long.

A route is the template of an address (`/attempts/{attempt}`), never an address: clients would make
as many series as they like. Requests that no route takes are counted as `none`; routes beyond
`MAX_ROUTES`, which only a fault of the program could make, as `other`.
"""

from collections import Counter

from holdfast.platform.runtime.metrics import Histogram, Page

MAX_ROUTES = 200
"""The largest process declares sixty."""
NO_ROUTE, OTHER = "none", "other"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Any other word that a client sends as a method is counted as `other`."""
ANSWER_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Bounds of the buckets: from a page that is in memory to the longest time-out of an answer."""


class RequestFigures:
    """Counts of one server. `began` and `ended` cost about a microsecond together."""

    def __init__(self) -> None:
        self.in_flight = 0
        self._counts: Counter[tuple[str, str, int]] = Counter()
        self._times: dict[str, Histogram] = {}

    def began(self) -> None:
        """A request has come."""
        self.in_flight += 1

    def ended(self, route: str, method: str, status: int, took_s: float) -> None:
        """It was answered with `status`, or with nothing: 0. `route` is empty: none took it."""
        self.in_flight -= 1
        known = self._known(route or NO_ROUTE)
        word = method if method in METHODS else OTHER
        self._counts[known, word, status // 100] += 1
        self._times[known].observe(took_s)

    def write(self, page: Page) -> None:
        """The figures, for a page."""
        page.counter(
            "holdfast_http_requests_total",
            "Requests answered, by route, method and class of status; 0xx: hung up.",
            [
                ({"route": route, "method": method, "status": f"{status}xx"}, count)
                for (route, method, status), count in self._counts.items()
            ],
        )
        page.gauge("holdfast_http_requests_in_flight", "Requests under way.", self.in_flight)
        page.histograms(
            "holdfast_http_request_seconds",
            "From a request's head to the end of its answer, by route.",
            [({"route": route}, times) for route, times in self._times.items()],
        )

    def _known(self, route: str) -> str:
        if route not in self._times:
            if len(self._times) >= MAX_ROUTES:
                route = OTHER
            self._times.setdefault(route, Histogram(ANSWER_S))
        return route

"""Requests are counted by template, method and class of status; clients cannot make series."""

from holdfast.platform.runtime.metrics import Page
from holdfast.platform.telemetry.requests import MAX_ROUTES, RequestFigures
from tests.support.metrics_page import read_metrics


def page_of(figures: RequestFigures) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    page = Page()
    figures.write(page)
    return read_metrics(page.text)


def counted(route: str, method: str, status: str) -> tuple[str, frozenset[tuple[str, str]]]:
    labels = {"route": route, "method": method, "status": status}
    return "holdfast_http_requests_total", frozenset(labels.items())


def test_a_request_under_way_is_in_flight_until_it_ends() -> None:
    figures = RequestFigures()
    figures.began()
    assert page_of(figures)["holdfast_http_requests_in_flight", frozenset()] == 1
    figures.ended("/a/{b}", "GET", 204, 0.003)
    found = page_of(figures)
    assert found["holdfast_http_requests_in_flight", frozenset()] == 0
    assert found[counted("/a/{b}", "GET", "2xx")] == 1
    assert found["holdfast_http_request_seconds_count", frozenset({("route", "/a/{b}")})] == 1


def test_what_no_route_takes_is_one_series_and_so_are_strange_methods() -> None:
    figures = RequestFigures()
    for method in ("GET", "BREW", "STEEP"):
        figures.began()
        figures.ended("", method, 404, 0.1)
    found = page_of(figures)
    assert found[counted("none", "GET", "4xx")] == 1
    assert found[counted("none", "other", "4xx")] == 2


def test_a_client_that_hangs_up_before_an_answer_is_counted_as_0xx() -> None:
    figures = RequestFigures()
    figures.began()
    figures.ended("/x", "GET", 0, 0.1)
    assert page_of(figures)[counted("/x", "GET", "0xx")] == 1


def test_there_are_never_more_routes_than_the_limit_and_one() -> None:
    figures = RequestFigures()
    for number in range(MAX_ROUTES + 50):
        figures.began()
        figures.ended(f"/{number}", "GET", 200, 0.1)
    routes = {dict(labels).get("route") for (_, labels) in page_of(figures)} - {None}
    assert len(routes) == MAX_ROUTES + 1
    assert page_of(figures)[counted("other", "GET", "2xx")] == 50

"""An address leads to what serves it, and to nothing else."""

import pytest

from holdfast.flights.entrypoints.http.routing import Found, Routes, WrongMethod

ROUTES: Routes[str] = Routes(
    [
        ("GET", "/air/hooks", "list"),
        ("POST", "/air/hooks", "make"),
        ("GET", "/air/hooks/{id}", "one"),
        ("PATCH", "/air/hooks/{id}", "change"),
        ("GET", "/air/hooks/events", "events"),
        ("GET", "/air/hooks/{id}/pings/{n}", "ping"),
        ("GET", "/air/hooks/events/pings", "event pings"),
        ("GET", "/", "root"),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "target", "values"),
    [
        ("GET", "/air/hooks", "list", {}),
        ("GET", "/air/hooks/", "list", {}),
        ("HEAD", "/air/hooks", "list", {}),
        ("POST", "/air/hooks/", "make", {}),
        ("GET", "/air/hooks/h1", "one", {"id": "h1"}),
        ("GET", "/air/hooks/h1/", "one", {"id": "h1"}),
        ("GET", "/air/hooks/events", "events", {}),
        ("PATCH", "/air/hooks/event", "change", {"id": "event"}),
        ("GET", "/air/hooks/h1/pings/7", "ping", {"id": "h1", "n": "7"}),
        ("GET", "/air/hooks/events/pings/7", "ping", {"id": "events", "n": "7"}),
        ("GET", "/air/hooks/events/pings", "event pings", {}),
        ("GET", "/", "root", {}),
    ],
)
def test_an_address_is_found_with_its_values(
    method: str, path: str, target: str, values: dict[str, str]
) -> None:
    assert ROUTES.find(method, path) == Found(target, values)


@pytest.mark.parametrize(
    "path",
    ["/air", "/air/hooks/h1/pings", "/air//hooks", "/air/hooks//", "/x" * 13, "/air/Hooks"],
)
def test_an_address_that_is_not_there_is_nothing(path: str) -> None:
    assert ROUTES.find("GET", path) is None


def test_another_method_is_told_the_right_ones() -> None:
    assert ROUTES.find("PATCH", "/air/hooks/events") == WrongMethod(("GET", "HEAD"))
    assert ROUTES.find("DELETE", "/air/hooks/events") == WrongMethod(("GET", "HEAD"))
    assert ROUTES.find("DELETE", "/air/hooks/h1") == WrongMethod(("GET", "HEAD", "PATCH"))
    only: Routes[str] = Routes([("POST", "/a", "a")])
    assert only.find("HEAD", "/a") == WrongMethod(("POST",))


def test_one_address_cannot_be_declared_twice() -> None:
    with pytest.raises(AssertionError, match="declared twice"):
        Routes([("GET", "/a/{x}", 1), ("GET", "/a/{y}", 2)])

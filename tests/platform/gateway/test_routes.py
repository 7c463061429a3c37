import pytest

from holdfast.platform.gateway.routes import Routes, covers, name_of
from holdfast.platform.runtime.site import Route, Site

SITE = Site(
    "api",
    (Route("/air/orders", "booking"), Route("/air/order_*", "booking"), Route("/", "search")),
    lambda _: b"",
)


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/air/orders", "booking"),
        ("/air/orders/ord_1", "booking"),
        ("/air/order_changes/1", "booking"),
        ("/air/ordersx", "search"),
        ("/AIR/orders", "search"),
        ("//air/orders", "search"),
        ("/air/../air/orders", "search"),
        ("/", "search"),
    ],
)
def test_the_first_route_that_covers_a_path_is_taken_and_nothing_is_folded(
    path: str, service: str
) -> None:
    found = Routes(SITE).find(path)
    assert found is not None
    assert found.service == service


def test_what_no_route_covers_leads_nowhere() -> None:
    routes = Routes(Site("api", (Route("/air", "search"),), lambda _: b""))
    assert routes.find("/feeds") is None
    assert routes.services == {"search"}
    assert covers("/air", "/air")
    assert routes.called(None) == ""
    assert routes.called(routes.find("/air")) == "api /air"


@pytest.mark.parametrize(
    ("host", "is_ours"),
    [
        (b"grades.example.edu", True),
        (b"GRADES.example.edu:8000", True),
        (b"grades.example.edu.", True),
        (b"[::1]:8000", True),
        (b"evil.example.org", False),
        (b"grades.example.edu.evil.org", False),
        (b"", False),
    ],
)
def test_a_host_is_one_of_ours_or_not(host: bytes, is_ours: bool) -> None:
    routes = Routes(SITE, ("grades.example.edu", "[::1]"))
    assert routes.admits(host) is is_ours
    assert Routes(SITE).admits(host)


def test_a_hosts_name_has_no_port() -> None:
    assert name_of(b"A.example:80") == "a.example"
    assert name_of(b"[::1]:80") == "[::1]"

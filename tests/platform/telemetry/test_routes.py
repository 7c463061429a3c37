"""A port of figures answers four addresses, for GET and for loopback names only."""

import json

import pytest

from holdfast.platform.telemetry.routes import Told, answer, refusal
from holdfast.platform.telemetry.small_http import Request


def asked(path: str, accept: str = "", languages: str = "") -> Request:
    return Request("GET", path, "localhost", accept=accept, languages=languages)


@pytest.mark.parametrize(
    ("path", "told", "status"),
    [
        ("/metrics", Told(metrics="x 1\n"), 200),
        ("/health/live", Told(), 200),
        ("/health/ready", Told(), 200),
        ("/health/ready", Told(why_not="it drains"), 503),
        ("/targets", Told(targets=b"[]"), 200),
        ("/targets", Told(), 404),
        ("/", Told(), 404),
    ],
)
def test_each_address_has_its_answer(path: str, told: Told, status: int) -> None:
    assert answer(asked(path), told).status == status


def test_who_is_not_ready_says_why() -> None:
    found = answer(asked("/health/ready"), Told(why_not="it drains"))
    assert json.loads(found.body) == {"ready": False, "why": "it drains"}
    assert b"\r\nretry-after: 5\r\n" in found.raw


def test_a_browser_is_told_so_as_a_page_in_its_language() -> None:
    found = answer(asked("/health/ready", "text/html", "de"), Told(why_not="it drains"))
    assert (found.status, found.content_type) == (503, "text/html; charset=utf-8")
    assert b'<html lang="de">' in found.body
    assert b"it drains" in found.body


@pytest.mark.parametrize("host", ["127.0.0.1:80", "localhost", "[::1]:9"])
def test_loopback_names_are_let_in(host: str) -> None:
    assert refusal(Request("GET", "/metrics", host), loopback=True) is None


@pytest.mark.parametrize("host", ["", "evil.example", "127.0.0.1.evil.example"])
def test_a_page_that_points_its_own_name_here_is_refused_on_loopback(host: str) -> None:
    refused = refusal(Request("GET", "/metrics", host), loopback=True)
    assert refused is not None
    assert refused.status == 421
    assert refusal(Request("GET", "/metrics", host), loopback=False) is None


def test_nothing_can_be_changed_here() -> None:
    refused = refusal(Request("POST", "/metrics", "localhost"), loopback=True)
    assert refused is not None
    assert refused.status == 405

"""All ports are open; they refuse in the API's own envelope, and people with a page."""

import json

from holdfast.flights.entrypoints.http.envelopes import encoded_fault
from holdfast.flights.entrypoints.http.faults import unavailable
from holdfast.flights.wiring.listeners import PAGES_HTTP, PORTS, listeners
from tests.flights.wiring.settings import effective


def test_the_api_and_the_internal_ports_are_open() -> None:
    opened = listeners(effective())
    assert {each.port for each in opened} == {8100, 8101, 8102, 8103, 8300}
    assert {each.service for each in opened} == set(PORTS)
    assert all(each.transport == "tcp" and each.proxied for each in opened)


def test_whoever_is_refused_gets_an_error_of_the_api() -> None:
    known = json.loads(encoded_fault(unavailable(), "none"))
    for each in listeners(effective()):
        if each.service == PAGES_HTTP:
            continue
        for refusal in (each.refusal, each.busy):
            head, _, body = refusal.partition(b"\r\n\r\n")
            lines = head.decode().split("\r\n")
            assert lines[0] == "HTTP/1.1 503 Service Unavailable"
            assert f"Content-Length: {len(body)}" in lines
            assert "Connection: close" in lines
            told = json.loads(body)
            assert told["meta"] == known["meta"]
            (error,), (expected,) = told["errors"], known["errors"]
            assert error.keys() == expected.keys()
            for same in ("type", "code", "title"):
                assert error[same] == expected[same]


def test_people_who_are_refused_get_a_page() -> None:
    (travel,) = (each for each in listeners(effective()) if each.service == PAGES_HTTP)
    assert travel.name == "travel"
    for refusal in (travel.refusal, travel.busy):
        head, _, body = refusal.partition(b"\r\n\r\n")
        assert b"Content-Type: text/html" in head
        assert f"Content-Length: {len(body)}".encode() in head
        assert b"<h1>" in body

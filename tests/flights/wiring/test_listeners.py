"""The API and the three ports behind it are open, and refuse in the API's own envelope."""

import json

from holdfast.flights.entrypoints.http.envelopes import encoded_fault
from holdfast.flights.entrypoints.http.faults import unavailable
from holdfast.flights.wiring.listeners import PORTS, listeners
from tests.flights.wiring.settings import effective


def test_the_api_and_the_internal_ports_are_open() -> None:
    opened = listeners(effective())
    assert {each.port for each in opened} == {8100, 8101, 8102, 8103}
    assert {each.service for each in opened} == set(PORTS)
    assert all(each.transport == "tcp" and each.proxied for each in opened)


def test_whoever_is_refused_gets_an_error_of_the_api() -> None:
    known = json.loads(encoded_fault(unavailable(), "none"))
    for each in listeners(effective()):
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

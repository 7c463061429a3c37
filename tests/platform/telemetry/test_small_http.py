"""One HTTP exchange of the admin port: well-formed requests, bounds, and everything else."""

import http.client
import io
import json
import socket
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.platform.telemetry import small_http as module
from holdfast.platform.telemetry.small_http import Exchange, Request, Response, failed, said

GET = b"GET /fleet?x=1 HTTP/1.1\r\nHost: localhost:8082\r\nAuthorization: Bearer abc\r\n\r\n"
POST = (
    b'POST /nodes/n1/weight HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 13\r\n\r\n{"weight": 2}'
)


def one(raw: bytes) -> Request | Response | None:
    return Exchange().receive(raw)


def error_of(found: Request | Response | None) -> tuple[int, str]:
    assert isinstance(found, Response)
    return found.status, json.loads(found.body)["error"]


def test_a_request_is_read_with_what_matters_of_it() -> None:
    assert one(GET) == Request("GET", "/fleet", "localhost:8082", (b"abc",))
    assert one(POST) == Request("POST", "/nodes/n1/weight", "127.0.0.1", (), b'{"weight": 2}')


def test_what_its_reader_would_like_is_kept() -> None:
    raw = b"GET / HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\nAccept-Language: de\r\n\r\n"
    found = one(raw)
    assert isinstance(found, Request)
    assert (found.host, found.accept, found.languages) == ("a", "text/html", "de")


def test_a_chunked_body_is_read_too() -> None:
    head = b"POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert one(head + b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n") == Request(
        "POST", "/x", "localhost", (), b"abcde"
    )


@pytest.mark.parametrize("raw", [GET, POST])
def test_a_request_is_the_same_wherever_its_bytes_are_split(raw: bytes) -> None:
    whole = one(raw)
    for at in range(1, len(raw)):
        exchange = Exchange()
        assert exchange.receive(raw[:at]) is None
        assert exchange.receive(raw[at:]) == whole
    exchange = Exchange()
    found = [exchange.receive(raw[at : at + 1]) for at in range(len(raw))]
    assert found == [None] * (len(raw) - 1) + [whole]


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(60) + b"\r\n\r\n", 400),
        (b"hello\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a\r\nx: " + b"y" * 9_000, 431),
        (b"x" * 9_000, 431),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n" + b"y" * 5_000, 413),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" + b"y" * 20_000, 413),
        (b"", 400),
    ],
)
def test_what_is_no_request_gets_an_answer_that_says_so(raw: bytes, status: int) -> None:
    found, why = error_of(one(raw))
    assert found == status
    assert why.endswith(".")


def test_a_request_that_ends_too_early_is_answered() -> None:
    exchange = Exchange()
    assert exchange.receive(POST[:-1]) is None
    assert error_of(exchange.receive(b""))[0] == 400


def test_slow_bytes_do_not_get_around_the_bound() -> None:
    exchange = Exchange()
    head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert exchange.receive(head) is None
    chunk = b"1;" + b"e" * 1_000 + b"\r\nx\r\n"
    sent = 0
    while (found := exchange.receive(chunk)) is None:
        sent += len(chunk)
        assert sent <= module.MAX_REQUEST_BYTES
    assert error_of(found)[0] == 413


def test_two_credentials_are_both_seen() -> None:
    raw = GET.replace(b"\r\n\r\n", b"\r\nAuthorization: Basic abc\r\n\r\n")
    found = one(raw)
    assert isinstance(found, Request)
    assert found.tokens == (b"abc", b"")


class _Reader:
    """A socket as `http.client` wants it: an HTTP client that nobody here wrote."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw

    def makefile(self, *_: object) -> io.BytesIO:
        return io.BytesIO(self._raw)


@pytest.mark.parametrize(
    ("response", "body"),
    [
        (said({"a": 1}), b'{"a":1}\n'),
        (failed(405, "Only GET.", allow="GET"), b'{"error":"Only GET."}\n'),
        (failed(401, "Who are you?"), b'{"error":"Who are you?"}\n'),
        (Response(200, b"", "text/plain"), b""),
    ],
)
def test_an_answer_is_read_by_another_client(response: Response, body: bytes) -> None:
    read = http.client.HTTPResponse(cast(socket.socket, _Reader(response.raw)))
    read.begin()
    assert (read.status, read.read()) == (response.status, body)
    assert read.headers["connection"] == "close"
    assert read.headers["allow"] == (response.allow or None)
    assert ("www-authenticate" in read.headers) == (response.status == 401)
    assert not any(name.startswith("access-control") for name in read.headers)


@given(st.lists(st.binary(max_size=400), max_size=12))
def test_any_bytes_get_a_verdict_and_never_an_exception(pieces: list[bytes]) -> None:
    exchange = Exchange()
    for piece in [*pieces, b""]:
        if exchange.receive(piece) is not None:
            return
    raise AssertionError("the end of file is always an end")


@given(
    st.sampled_from([GET, POST]),
    st.lists(st.tuples(st.integers(0, 200), st.binary(max_size=3)), max_size=6),
)
def test_mutated_requests_get_a_verdict_and_never_an_exception(
    raw: bytes, changes: list[tuple[int, bytes]]
) -> None:
    for at, put in changes:
        raw = raw[:at] + put + raw[at + 1 :]
    exchange = Exchange()
    found = exchange.receive(raw) if raw else None
    assert found is not None or exchange.receive(b"") is not None

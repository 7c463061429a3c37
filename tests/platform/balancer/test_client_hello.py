"""ClientHellos: real ones, split and fragmented anywhere, and everything that is none."""

import ssl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.platform.balancer.client_hello import (
    MAX_EXTENSIONS,
    MAX_HELLO_BYTES,
    MAX_RECORDS,
    ClientHello,
    NotTls,
    parse_hello,
)
from holdfast.platform.balancer.proxy_protocol import NeedMore

GREASE = [(0x0A0A, b""), (0xFAFA, b"\0")]


def real_hello(name: str | None) -> bytes:
    """What Python's own client says first."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    outgoing = ssl.MemoryBIO()
    session = context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        session.do_handshake()
    return outgoing.read()


def counted(length_bytes: int, data: bytes) -> bytes:
    return len(data).to_bytes(length_bytes, "big") + data


def server_name(name: bytes, kind: int = 0) -> tuple[int, bytes]:
    return 0, counted(2, bytes([kind]) + counted(2, name))


def message(extensions: list[tuple[int, bytes]] | None, session_id: bytes = b"") -> bytes:
    """A ClientHello as a handshake message."""
    body = b"\x03\x03" + bytes(32) + counted(1, session_id) + counted(2, b"\x13\x01\x0a\x0a")
    body += counted(1, b"\0")
    if extensions is not None:
        told = b"".join(kind.to_bytes(2, "big") + counted(2, value) for kind, value in extensions)
        body += counted(2, told)
    return b"\x01" + counted(3, body)


def records(text: bytes, size: int = 16_384) -> bytes:
    """A message in records of so many bytes."""
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    return b"".join(b"\x16\x03\x01" + counted(2, piece) for piece in pieces)


REAL = real_hello("grades.example.edu")


def test_the_name_a_real_client_asks_for_is_found() -> None:
    assert parse_hello(REAL) == ClientHello("grades.example.edu")
    assert parse_hello(real_hello(None)) == ClientHello(None)


def test_split_at_every_byte_it_asks_for_more_and_never_for_too_much() -> None:
    for cut in range(len(REAL)):
        answer = parse_hello(REAL[:cut])
        assert isinstance(answer, NeedMore)
        assert cut < answer.total <= len(REAL)


def test_following_what_it_asks_for_leads_to_the_end_in_few_steps() -> None:
    have, steps = 0, 0
    while isinstance(answer := parse_hello(REAL[:have]), NeedMore):
        have, steps = answer.total, steps + 1
    assert answer == ClientHello("grades.example.edu")
    assert steps <= 4


@given(st.integers(2, 400), st.integers(0, 40))
@settings(max_examples=30)
def test_it_may_be_spread_over_records_and_be_followed_by_others(size, more) -> None:
    text = message([*GREASE, server_name(b"a.example"), (43, bytes(more))])
    spread = records(text, max(size, len(text) // MAX_RECORDS + 1))
    assert parse_hello(spread + b"\x14\x03\x03\x00\x01\x01") == ClientHello("a.example")
    for cut in range(len(spread)):
        answer = parse_hello(spread[:cut])
        assert isinstance(answer, NeedMore)
        assert cut < answer.total <= len(spread)


def test_spread_over_too_many_records_it_is_refused() -> None:
    assert isinstance(parse_hello(records(message(GREASE * 20), 1)), NotTls)


@pytest.mark.parametrize(
    ("told", "name"),
    [
        (b"Grades.Example.EDU", "grades.example.edu"),
        (b"grades.example.edu.", "grades.example.edu"),
        (b"xn--bcher-kva.example", "xn--bcher-kva.example"),
        (b"", None),
        (b"a b", None),
        (b"\xff.example", None),
        (b"..", None),
        (b"a" * 64 + b".example", None),
        (b"a." * 200 + b"example", None),
        (b"evil\0.example", None),
        (b"evil\r\nHost: x", None),
    ],
)
def test_only_host_names_are_names(told: bytes, name: str | None) -> None:
    assert parse_hello(records(message([*GREASE, server_name(told)]))) == ClientHello(name)


def test_what_is_not_understood_is_read_over() -> None:
    assert parse_hello(records(message(None))) == ClientHello(None)
    assert parse_hello(records(message([]))) == ClientHello(None)
    assert parse_hello(records(message(GREASE, bytes(32)))) == ClientHello(None)
    assert parse_hello(records(message([server_name(b"a.b", kind=7)]))) == ClientHello(None)


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n",
        b"\x00",
        b"\x16\x02",
        b"\x15\x03\x03\x00\x02",
        b"\x16\x03\x01\x00\x00",
        b"\x16\x03\x01\x40\x01",
        b"\x16\x03\x01\x00\x05\x02",
        b"\x80\x2e\x01\x03\x01",
    ],
)
def test_what_is_no_client_hello_is_refused_at_its_first_wrong_byte(data: bytes) -> None:
    assert isinstance(parse_hello(data), NotTls)


def test_a_hello_too_long_is_refused_before_it_is_waited_for() -> None:
    long = b"\x01" + (MAX_HELLO_BYTES).to_bytes(3, "big")
    assert isinstance(parse_hello(records(long + bytes(60))), NotTls)
    assert isinstance(parse_hello(b"\x16\x03\x01\x40\x00\x01\xff\xff\xff"), NotTls)


@pytest.mark.parametrize("cut", [1, 5, 33, 34, 36])
def test_lengths_that_do_not_add_up_are_refused(cut: int) -> None:
    body = message(GREASE)[4 : 4 + cut]
    assert isinstance(parse_hello(records(b"\x01" + counted(3, body))), NotTls)
    for value in (b"", b"\0", counted(2, b"\0\0\x09a")):
        assert isinstance(parse_hello(records(message([(0, value)]))), NotTls)


def test_too_many_extensions_are_refused() -> None:
    assert isinstance(parse_hello(records(message([(99, b"")] * (MAX_EXTENSIONS + 1)))), NotTls)


@given(
    st.binary(max_size=600)
    | st.binary(max_size=600).map(lambda rest: b"\x16\x03\x01" + rest)
    | st.binary(max_size=600).map(lambda rest: records(b"\x01" + counted(3, rest)))
)
def test_any_bytes_get_an_answer_within_bounds(data) -> None:
    match parse_hello(data):
        case NeedMore(total=total):
            assert len(data) < total <= MAX_HELLO_BYTES
        case NotTls(reason=reason):
            assert reason
        case ClientHello(server_name=name):
            assert name is None or 0 < len(name) <= 253


@given(st.lists(st.tuples(st.integers(0, len(REAL) - 1), st.integers(1, 255)), max_size=8))
def test_a_damaged_hello_never_does_harm(changes) -> None:
    damaged = bytearray(REAL)
    for at, change in changes:
        damaged[at] ^= change
    match parse_hello(bytes(damaged)):
        case NeedMore(total=total):
            assert len(damaged) < total <= MAX_HELLO_BYTES
        case ClientHello() | NotTls():
            pass

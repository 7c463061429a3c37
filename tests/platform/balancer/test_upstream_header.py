"""What upstreams say: both versions, split anywhere, and nothing else taken for it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.platform.balancer.proxy_protocol import (
    MAX_HEADER_BYTES,
    SIGNATURE,
    Malformed,
    NeedMore,
    encode,
    encode_local,
)
from holdfast.platform.balancer.upstream_header import (
    MAX_LINE_BYTES,
    Announced,
    read_header,
)

PORTS = st.integers(0, 65535)
HOSTS4 = st.ip_addresses(v=4).map(str)
HOSTS6 = st.ip_addresses(v=6).filter(lambda host: host.ipv4_mapped is None).map(str)
TLVS = st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=30)), max_size=8).map(tuple)


@st.composite
def lines(draw) -> tuple[bytes, Announced]:
    word, hosts = draw(st.sampled_from([("TCP4", HOSTS4), ("TCP6", HOSTS6)]))
    source, port = draw(hosts), draw(PORTS)
    line = f"PROXY {word} {source} {draw(hosts)} {port} {draw(PORTS)}\r\n".encode()
    return line, Announced((source, port), len(line))


@st.composite
def binaries(draw) -> tuple[bytes, Announced]:
    hosts = draw(st.sampled_from([HOSTS4, HOSTS6]))
    source = (draw(hosts), draw(PORTS))
    encoded = encode("tcp", source, (draw(hosts), draw(PORTS)), draw(TLVS))
    return encoded, Announced(source, len(encoded))


HEADERS = lines() | binaries()


@given(HEADERS, st.binary(max_size=40))
def test_the_client_is_known_whatever_follows(header, payload) -> None:
    encoded, expected = header
    assert read_header(encoded + payload) == expected


@given(HEADERS)
@settings(max_examples=50)
def test_split_at_every_byte_it_asks_for_more_and_never_for_too_much(header) -> None:
    encoded, _ = header
    for cut in range(len(encoded)):
        answer = read_header(encoded[:cut])
        assert isinstance(answer, NeedMore)
        assert cut < answer.total <= max(len(encoded), 15)


@given(
    st.binary(max_size=1200)
    | st.binary(max_size=1200).map(lambda rest: SIGNATURE + rest)
    | st.binary(max_size=200).map(lambda rest: b"PROXY " + rest)
)
def test_any_bytes_get_an_answer_that_keeps_within_them(data) -> None:
    match read_header(data):
        case Announced(length=length):
            assert length <= len(data)
        case NeedMore(total=total):
            assert len(data) < total <= MAX_HEADER_BYTES
        case Malformed(reason=reason):
            assert reason


@given(HEADERS, st.data())
def test_a_changed_byte_is_never_read_beyond_the_header(header, data) -> None:
    encoded = bytearray(header[0])
    at = data.draw(st.integers(0, len(encoded) - 1))
    encoded[at] ^= data.draw(st.integers(1, 255))
    answer = read_header(bytes(encoded))
    if isinstance(answer, Announced):
        assert answer.length <= len(encoded)
    elif isinstance(answer, NeedMore):
        assert len(encoded) < answer.total <= MAX_HEADER_BYTES


@pytest.mark.parametrize(
    "header",
    [
        b"PROXY UNKNOWN\r\n",
        b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n",
        encode_local(),
        SIGNATURE + b"\x20\x11\x00\x0c" + bytes(12),
        SIGNATURE + b"\x21\x00\x00\x05" + bytes(5),
        SIGNATURE + b"\x21\x31\x00\xd8" + bytes(216),
    ],
)
def test_an_upstream_may_speak_for_itself(header: bytes) -> None:
    assert read_header(header + b"payload") == Announced(None, len(header))


@pytest.mark.parametrize(
    "line",
    [
        b"PROXY \r\n",
        b"PROXY TCP4\r\n",
        b"PROXY TCP4 1.2.3.4 5.6.7.8 1\r\n",
        b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2 3\r\n",
        b"PROXY TCP4  1.2.3.4 5.6.7.8 1 2\r\n",
        b"PROXY TCP4 1.2.3.4 5.6.7.8 1 65536\r\n",
        b"PROXY TCP4 1.2.3.4 5.6.7.8 01 2\r\n",
        b"PROXY TCP4 1.2.3.4 5.6.7.8 -1 2\r\n",
        b"PROXY TCP4 ::1 ::2 1 2\r\n",
        b"PROXY TCP6 1.2.3.4 5.6.7.8 1 2\r\n",
        b"PROXY TCP6 fe80::1%eth0 ::2 1 2\r\n",
        b"PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n",
        b"PROXY TCP4 localhost 5.6.7.8 1 2\r\n",
        b"PROXY TCP4 \xff.2.3.4 5.6.7.8 1 2\r\n",
        b"PROXYTCP4 1.2.3.4 5.6.7.8 1 2\r\n",
        b"POST / HTTP/1.1\r\n",
        b"GET / HTTP/1.1\r\n",
        b"\x16\x03\x01",
        b"PROXY " + b"x" * MAX_LINE_BYTES,
    ],
)
def test_what_is_no_header_is_refused(line: bytes) -> None:
    assert isinstance(read_header(line), Malformed)


def test_datagrams_and_unknown_families_are_refused() -> None:
    assert isinstance(read_header(encode("udp", ("192.0.2.1", 1), ("192.0.2.2", 2))), Malformed)
    for kind in (0x10, 0x13, 0x30, 0x33, 0x41):
        header = SIGNATURE + bytes([0x21, kind]) + (216).to_bytes(2, "big") + bytes(216)
        assert isinstance(read_header(header), Malformed)


def test_a_unix_header_too_long_is_refused() -> None:
    header = SIGNATURE + b"\x21\x31" + (5000).to_bytes(2, "big") + bytes(5000)
    assert isinstance(read_header(header), Malformed)


def test_a_mapped_address_is_told_as_ipv4() -> None:
    line = b"PROXY TCP6 ::ffff:192.0.2.7 ::1 5 6\r\n"
    assert read_header(line) == Announced(("192.0.2.7", 5), len(line))

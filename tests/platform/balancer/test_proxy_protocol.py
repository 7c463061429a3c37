"""PROXY headers: what is written is read again, and nothing else is taken for one."""

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.platform.balancer.proxy_protocol import (
    MAX_HEADER_BYTES,
    MAX_TLVS,
    SIGNATURE,
    Header,
    Local,
    Malformed,
    NeedMore,
    encode,
    encode_local,
    parse,
)

PORTS = st.integers(0, 65535)
V4 = st.tuples(st.ip_addresses(v=4).map(str), PORTS)
V6 = st.tuples(st.ip_addresses(v=6).filter(lambda host: host.ipv4_mapped is None).map(str), PORTS)
ANY = V4 | V6
TRANSPORTS = st.sampled_from(["tcp", "udp"])
TLVS = st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=30)), max_size=8).map(tuple)
CLIENT, PUBLIC = ("192.0.2.7", 51544), ("198.51.100.1", 4444)


def header(kind: int, body: bytes, command: int = 0x21) -> bytes:
    return SIGNATURE + bytes([command, kind]) + len(body).to_bytes(2, "big") + body


@given(TRANSPORTS, ANY, ANY, TLVS, st.binary(max_size=40))
def test_a_header_says_what_was_written_and_where_the_payload_begins(
    transport, source, destination, tlvs, payload
) -> None:
    encoded = encode(transport, source, destination, tlvs)
    assert parse(encoded + payload) == Header(source, destination, transport, len(encoded), tlvs)


def test_the_bytes_are_those_of_the_specification() -> None:
    assert encode("tcp", CLIENT, PUBLIC) == bytes.fromhex(
        "0d0a0d0a000d0a515549540a 21 11 000c c0000207 c6336401 c958 115c"
    )
    assert encode("udp", ("2001:db8::1", 1), ("::1", 2))[12:16] == bytes.fromhex("21 22 0024")
    assert encode_local() == SIGNATURE + bytes.fromhex("20 00 0000")


@given(TRANSPORTS, ANY, ANY, TLVS)
def test_every_beginning_of_a_header_asks_for_more_and_never_for_too_much(
    transport, source, destination, tlvs
) -> None:
    encoded = encode(transport, source, destination, tlvs)
    for cut in range(len(encoded)):
        answer = parse(encoded[:cut])
        assert isinstance(answer, NeedMore)
        assert cut < answer.total <= len(encoded)


@given(st.binary(max_size=1200) | st.binary(max_size=1200).map(lambda rest: SIGNATURE + rest))
def test_any_bytes_get_an_answer_that_keeps_within_them(data) -> None:
    match parse(data):
        case Header(length=length) | Local(length=length):
            assert length <= len(data)
        case NeedMore(total=total):
            assert len(data) < total <= MAX_HEADER_BYTES
        case Malformed(reason=reason):
            assert reason


@given(V4, V4, st.data())
def test_one_changed_byte_is_never_read_beyond_the_header(source, destination, data) -> None:
    encoded = bytearray(encode("tcp", source, destination) + b"payload")
    at = data.draw(st.integers(0, len(encoded) - 1))
    encoded[at] ^= data.draw(st.integers(1, 255))
    answer = parse(bytes(encoded))
    if isinstance(answer, Header | Local):
        assert answer.length <= len(encoded)


def test_a_wrong_signature_is_refused_at_its_first_wrong_byte() -> None:
    assert isinstance(parse(b"G"), Malformed)
    assert isinstance(parse(b"\r\n\r\nG"), Malformed)
    assert parse(b"") == NeedMore(16)


@pytest.mark.parametrize("command", [0x00, 0x10, 0x11, 0x22, 0x2F, 0x31])
def test_another_version_or_command_is_refused(command: int) -> None:
    assert isinstance(parse(header(0x11, bytes(12), command)), Malformed)


@pytest.mark.parametrize("kind", [0x10, 0x13, 0x31, 0x32, 0x41])
def test_what_is_not_tcp_or_udp_over_ip_is_refused(kind: int) -> None:
    assert isinstance(parse(header(kind, bytes(216))), Malformed)


def test_a_header_too_long_is_refused_before_it_is_waited_for() -> None:
    start = header(0x11, bytes(MAX_HEADER_BYTES - 16 + 1))[:16]
    assert isinstance(parse(start), Malformed)
    assert parse(header(0x11, bytes(MAX_HEADER_BYTES - 16))[:16]) == NeedMore(MAX_HEADER_BYTES)


def test_addresses_that_do_not_fit_are_refused() -> None:
    assert isinstance(parse(header(0x11, bytes(11))), Malformed)
    assert isinstance(parse(header(0x21, bytes(35))), Malformed)


@pytest.mark.parametrize("rest", ["01", "0100", "010005aa", "01000000"])
def test_extensions_that_do_not_add_up_are_refused(rest: str) -> None:
    assert isinstance(parse(header(0x11, bytes(12) + bytes.fromhex(rest))), Malformed)


def test_too_many_extensions_are_refused_both_ways() -> None:
    body = bytes(12) + b"\x01\0\0" * (MAX_TLVS + 1)
    assert isinstance(parse(header(0x11, body)), Malformed)
    with pytest.raises(ValueError, match="extensions"):
        encode("tcp", CLIENT, PUBLIC, ((1, b""),) * (MAX_TLVS + 1))


def test_extensions_that_are_too_long_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="extensions"):
        encode("tcp", CLIENT, PUBLIC, ((1, bytes(MAX_HEADER_BYTES)),))
    with pytest.raises(ValueError, match="range"):
        encode("tcp", CLIENT, PUBLIC, ((256, b""),))


@pytest.mark.parametrize("wrong", [("localhost", 1), ("192.0.2.7", 65536), ("", 1), ("1.2.3", 1)])
def test_what_is_no_address_cannot_be_written(wrong) -> None:
    with pytest.raises(ValueError):
        encode("tcp", wrong, PUBLIC)


def test_a_probe_has_no_client_whatever_its_family_says() -> None:
    assert parse(encode_local() + b"x") == Local(16)
    assert parse(header(0x11, bytes(12), command=0x20)) == Local(28)
    assert parse(header(0x00, bytes(5))) == Local(21)


def test_addresses_of_two_families_are_both_written_as_ipv6() -> None:
    encoded = encode("udp", CLIENT, ("::1", 5))
    answer = parse(encoded)
    assert len(encoded) == 52
    assert answer == Header(CLIENT, ("::1", 5), "udp", 52)


def test_the_zone_of_a_link_local_address_stays_at_home() -> None:
    answer = parse(encode("tcp", ("fe80::1%eth0", 1), ("fe80::2%eth0", 2)))
    assert isinstance(answer, Header)
    assert answer.source == (str(IPv6Address("fe80::1")), 1)


@given(st.ip_addresses(v=4))
def test_a_mapped_address_is_told_as_ipv4(host: IPv4Address) -> None:
    answer = parse(encode("tcp", (f"::ffff:{host}", 1), ("::1", 2)))
    assert isinstance(answer, Header)
    assert answer.source == (str(host), 1)

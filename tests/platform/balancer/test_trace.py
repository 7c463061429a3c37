"""Trace ids: as many as wanted, each once, never all zero."""

import os

from holdfast.platform.balancer.proxy_protocol import TRACE_BYTES, Header, encode, parse, trace_of
from holdfast.platform.balancer.trace import DRAWN_AT_ONCE, NoTraceIds, TraceIds


def test_ids_are_drawn_once_each_from_few_system_calls() -> None:
    calls: list[int] = []

    def dice(count: int) -> bytes:
        calls.append(count)
        return os.urandom(count)

    ids = TraceIds(dice)
    drawn = {ids.draw() for _ in range(3 * DRAWN_AT_ONCE)}
    assert len(drawn) == 3 * DRAWN_AT_ONCE
    assert {len(one) for one in drawn} == {TRACE_BYTES}
    assert calls == [TRACE_BYTES * DRAWN_AT_ONCE] * 3


def test_an_id_is_never_all_zero() -> None:
    first = [True]

    def dice(count: int) -> bytes:
        zeros = bytes(TRACE_BYTES) if first.pop() else b""
        first.append(False)
        return zeros + b"\x01" * (count - len(zeros))

    assert TraceIds(dice).draw() == b"\x01" * TRACE_BYTES


def test_a_header_tells_its_trace_id_as_32_hexadecimal_digits() -> None:
    ids = TraceIds(lambda count: bytes(range(16)) * (count // 16))
    header = parse(encode("tcp", ("192.0.2.7", 1), ("192.0.2.1", 2), ids.tlvs()))
    assert isinstance(header, Header)
    assert trace_of(header.tlvs) == "000102030405060708090a0b0c0d0e0f"


def test_without_ids_a_header_has_none() -> None:
    assert NoTraceIds().tlvs() == ()
    assert trace_of(()) == ""
    assert trace_of(((0xE0, b"too short"), (0xE1, bytes(range(16))))) == ""

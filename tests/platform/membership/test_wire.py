"""Heartbeats: only what our fleet's key signed is read; all else is named and dropped."""

import hashlib
import hmac
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.platform.membership.wire import (
    MAX_DATAGRAM_BYTES,
    MAX_SERVICES,
    Heartbeat,
    Key,
    Keyring,
    Load,
    Rejection,
    decode,
    encode,
)

SECRET, OTHER = b"the fleet's secret, 32 bytes long", b"another secret, also 32 bytes long"
RING = Keyring.of([SECRET])
BEAT = Heartbeat(
    node="node-1",
    incarnation=1_790_000_000_000_000_000,
    sequence=7,
    sent_at=1_790_000_000.5,
    uptime_s=6.5,
    interval_s=1.0,
    services={"tcp": ("127.0.0.1", 40_001), "udp": ("::1", 40_002)},
    draining=True,
    load=Load(running=12, capacity=500, loop_lag_s=0.25, cpu=0.5, queued=3),
    version="0.1.0",
)
NAMES = st.from_regex(r"[A-Za-z0-9._-]{1,20}", fullmatch=True)
SECONDS = st.floats(0, 1e12, allow_nan=False)
COUNTS = st.integers(0, 2**63 - 1)
BEATS = st.builds(
    Heartbeat,
    node=NAMES,
    incarnation=COUNTS,
    sequence=COUNTS,
    sent_at=SECONDS,
    uptime_s=SECONDS,
    interval_s=st.floats(0.01, 60),
    services=st.dictionaries(
        NAMES, st.tuples(st.ip_addresses().map(str), st.integers(1, 65535)), max_size=5
    ),
    draining=st.booleans(),
    leaving=st.booleans(),
    load=st.builds(
        Load,
        running=COUNTS,
        capacity=COUNTS,
        loop_lag_s=SECONDS,
        cpu=st.floats(0, 1),
        queued=COUNTS,
    ),
    version=st.from_regex(r"[A-Za-z0-9.+_-]{0,32}", fullmatch=True),
)


def signed(body: bytes, secret: bytes = SECRET) -> bytes:
    """A datagram whose signature is right, whatever its body is."""
    head = b"HFB1" + Key.of(secret).id
    return head + hmac.digest(secret, head + body, hashlib.sha256) + body


def body_with(**changes: object) -> bytes:
    return msgspec.msgpack.encode({**msgspec.to_builtins(BEAT), **changes})


@given(BEATS)
def test_a_heartbeat_arrives_as_it_was_sent(beat: Heartbeat) -> None:
    assert decode(encode(beat, RING), RING) == beat


@given(st.binary(max_size=300))
def test_any_bytes_are_rejected(datagram: bytes) -> None:
    assert isinstance(decode(datagram, RING), Rejection)


@given(st.binary(max_size=300))
def test_any_signed_bytes_get_an_answer(body: bytes) -> None:
    assert isinstance(decode(signed(body), RING), Heartbeat | Rejection)


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_one_changed_byte_is_enough_to_be_rejected(at: int, change: int) -> None:
    datagram = bytearray(encode(BEAT, RING))
    datagram[at % len(datagram)] ^= change
    assert isinstance(decode(bytes(datagram), RING), Rejection)


def test_every_cut_is_rejected() -> None:
    datagram = encode(BEAT, RING)
    for cut in range(len(datagram)):
        assert isinstance(decode(datagram[:cut], RING), Rejection)


def test_each_fault_has_its_own_reason() -> None:
    datagram = encode(BEAT, RING)
    assert decode(b"", RING) == Rejection("foreign")
    assert decode(b"HELLO" * 20, RING) == Rejection("foreign")
    assert decode(datagram + bytes(MAX_DATAGRAM_BYTES), RING) == Rejection("oversized")
    assert decode(encode(BEAT, Keyring.of([OTHER])), RING) == Rejection("unknown-key")
    assert decode(datagram[:-1] + b"\x01", RING) == Rejection("forged")
    assert decode(signed(b"\xc1"), RING) == Rejection("malformed")


def test_a_forger_who_knows_only_the_key_id_is_rejected() -> None:
    body = body_with()
    forged = b"HFB1" + Key.of(SECRET).id + hmac.digest(OTHER, body, "sha256") + body
    assert decode(forged, RING) == Rejection("forged")


@pytest.mark.parametrize(
    "change",
    [
        {"node": ""},
        {"node": "a b"},
        {"node": "line\nbreak"},
        {"node": "node\n"},
        {"node": "n" * 65},
        {"node": 5},
        {"incarnation": -1},
        {"incarnation": 2**63},
        {"sequence": 1.5},
        {"sent_at": float("nan")},
        {"sent_at": -1.0},
        {"uptime_s": float("inf")},
        {"interval_s": 0.0},
        {"interval_s": 3600.0},
        {"interval_s": float("nan")},
        {"services": {"tcp": ["localhost", 80]}},
        {"services": {"tcp": ["example.org", 80]}},
        {"services": {"tcp": ["", 80]}},
        {"services": {"tcp": ["127.0.0.1", 0]}},
        {"services": {"tcp": ["127.0.0.1", 65536]}},
        {"services": {"tcp": ["127.0.0.1"]}},
        {"services": {"": ["127.0.0.1", 80]}},
        {"services": {f"s{n}": ["127.0.0.1", 80] for n in range(MAX_SERVICES + 1)}},
        {"services": []},
        {"draining": 1},
        {"load": {"running": -1}},
        {"load": {"loop_lag_s": float("inf")}},
        {"load": {"cpu": 1.5}},
        {"load": {"cpu": -0.1}},
        {"load": {"cpu": float("nan")}},
        {"load": {"queued": -1}},
        {"version": "v" * 33},
        {"version": "1.0 beta"},
        {"load": None},
    ],
    ids=str,
)
def test_a_signed_beat_that_makes_no_sense_is_malformed(change: dict[str, object]) -> None:
    assert decode(signed(body_with(**change)), RING) == Rejection("malformed")


def test_what_newer_nodes_say_in_addition_is_ignored() -> None:
    assert decode(signed(body_with(colour="green")), RING) == BEAT


def test_a_signed_body_nested_to_the_end_of_the_stack_is_malformed() -> None:
    """It raised RecursionError, out of the field that nobody knows."""
    deep = b"\x81\xa1x" + b"\x91" * 1_150 + b"\xc0"
    assert decode(signed(deep), RING) == Rejection("malformed")


def test_text_that_is_no_unicode_is_malformed() -> None:
    broken = body_with().replace(b"node-1", b"node-\xff")
    assert decode(signed(broken), RING) == Rejection("malformed")


def test_what_would_be_rejected_is_not_sent() -> None:
    with pytest.raises(ValueError, match="valid"):
        encode(replace(BEAT, node="a b"), RING)
    with pytest.raises(ValueError, match="valid"):
        encode(replace(BEAT, services={"tcp": ("localhost", 1)}), RING)


def test_a_beat_too_long_for_one_packet_is_not_sent() -> None:
    services = {f"{n:064}": ("2001:db8::ffff:ffff:ffff:ffff", 65535) for n in range(MAX_SERVICES)}
    with pytest.raises(ValueError, match="over"):
        encode(replace(BEAT, services=services), RING)


def test_keys_rotate_without_a_gap() -> None:
    old, both, new = Keyring.of([SECRET]), Keyring.of([OTHER, SECRET]), Keyring.of([OTHER])
    assert decode(encode(BEAT, old), both) == BEAT
    assert decode(encode(BEAT, both), Keyring.of([SECRET, OTHER])) == BEAT
    assert decode(encode(BEAT, both), new) == BEAT
    assert decode(encode(BEAT, both), old) == Rejection("unknown-key")


def test_a_short_or_missing_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least"):
        Keyring.of([b"short"])
    with pytest.raises(ValueError, match="at least one"):
        Keyring.of([])


def test_a_key_does_not_tell_its_secret() -> None:
    assert SECRET.decode() not in repr(RING)
    assert Key.of(SECRET).id not in SECRET

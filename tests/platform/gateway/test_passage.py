import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.platform.gateway.passage import KEY_S, WINDOW_S, Passenger, Seal, subject

SECRET, OTHER = b"a secret of 16 B", b"one more secret!"
WHO = Passenger("192.0.2.7", 4711, "https")
NAMED = Passenger("192.0.2.7", 4711, "http", "0123456789abcdef" * 2)
ASKED = subject(b"id-of-a-request-1", "GET", b"/users", b"a=b")
NOW = 1_800_000_000.0


def test_a_passage_tells_for_whom_a_request_came() -> None:
    seal = Seal([SECRET])
    for who in (WHO, Passenger("2001:db8::5", 1, "http"), NAMED):
        assert seal.read(seal.stamp(who, ASKED, NOW), ASKED, NOW + 1) == who


@pytest.mark.parametrize(
    "other",
    [
        subject(b"id-of-a-request-2", "GET", b"/users", b"a=b"),
        subject(b"id-of-a-request-1", "PUT", b"/users", b"a=b"),
        subject(b"id-of-a-request-1", "GET", b"/users/1", b"a=b"),
        subject(b"id-of-a-request-1", "GET", b"/users", b""),
    ],
)
def test_a_passage_is_good_for_its_request_alone(other: bytes) -> None:
    seal = Seal([SECRET])
    assert seal.read(seal.stamp(WHO, ASKED, NOW), other, NOW) is None


def test_a_passage_is_good_for_a_while() -> None:
    seal = Seal([SECRET])
    value = seal.stamp(WHO, ASKED, NOW)
    assert seal.read(value, ASKED, NOW + WINDOW_S) is not None
    assert seal.read(value, ASKED, NOW + WINDOW_S + 2) is None
    assert seal.read(value, ASKED, NOW - WINDOW_S - 2) is None


def test_the_key_changes_by_itself_and_both_are_good_around_the_change() -> None:
    seal, change = Seal([SECRET]), (int(NOW) // KEY_S + 1) * KEY_S
    before, after = (seal.stamp(WHO, ASKED, change + more) for more in (-1, 1))
    for value in (before, after):
        assert seal.read(value, ASKED, change) == WHO
    tail = re.compile(rb"[0-9a-f]{64}")
    assert tail.findall(before) != tail.findall(after)


def test_secrets_rotate_without_a_gap() -> None:
    old, both, new = Seal([SECRET]), Seal([OTHER, SECRET]), Seal([OTHER])
    assert both.read(old.stamp(WHO, ASKED, NOW), ASKED, NOW) == WHO
    assert both.read(new.stamp(WHO, ASKED, NOW), ASKED, NOW) == WHO
    assert new.read(both.stamp(WHO, ASKED, NOW), ASKED, NOW) == WHO
    assert new.read(old.stamp(WHO, ASKED, NOW), ASKED, NOW) is None


@given(st.integers(0, 200), st.integers(0, 255), st.sampled_from([WHO, NAMED]))
def test_a_passage_with_any_byte_changed_is_none(place: int, byte: int, who: Passenger) -> None:
    seal = Seal([SECRET])
    value = bytearray(seal.stamp(who, ASKED, NOW))
    place %= len(value)
    if value[place] != byte:
        value[place] = byte
        assert seal.read(bytes(value), ASKED, NOW) is None


def test_a_connections_name_cannot_be_taken_out_or_put_in() -> None:
    seal = Seal([SECRET])
    bare = Passenger(NAMED.host, NAMED.port, NAMED.scheme)
    name = f"{NAMED.trace} ".encode()
    with_name, without = seal.stamp(NAMED, ASKED, NOW), seal.stamp(bare, ASKED, NOW)
    assert seal.read(with_name.replace(name, b""), ASKED, NOW) is None
    assert seal.read(without[:-64] + name + without[-64:], ASKED, NOW) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_no_passage(value: bytes) -> None:
    assert Seal([SECRET]).read(value, ASKED, NOW) is None


def test_few_keys_are_kept_and_short_secrets_refused() -> None:
    seal = Seal([SECRET])
    for hour in range(100):
        seal.stamp(WHO, ASKED, NOW + hour * KEY_S)
    assert len(seal._keys) <= 8
    for secrets in ([], [b"short"]):
        with pytest.raises(ValueError, match="16 bytes"):
            Seal(secrets)
    assert SECRET.decode() not in repr(seal)

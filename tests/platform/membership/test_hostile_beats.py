"""Fuzzed heartbeats: whatever arrives, nothing raises, nothing grows, and nothing changes.

Those without the key change nothing at all. Those with it are members and may say what they like
about themselves; what they say is bounded and never stops the listener.
"""

import hashlib
import hmac
import random
from collections.abc import Callable
from dataclasses import replace

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from holdfast.platform.membership.detector import Detector, DetectorSettings, Member
from holdfast.platform.membership.listener import BeatListener
from holdfast.platform.membership.wire import (
    MAX_DATAGRAM_BYTES,
    Heartbeat,
    Key,
    Keyring,
    encode,
)

SECRET, OTHER = b"the fleet's secret, 32 bytes long", b"another secret, also 32 bytes long"
RING, ROGUE = Keyring.of([SECRET]), Keyring.of([OTHER])
WALL = 1_790_000_000.0
REASONS = {
    *("oversized", "foreign", "unknown-key", "forged", "malformed"),
    *("stale", "replayed", "late", "clock", "full"),
}
MEMBERS = 4
BEAT = Heartbeat("a", 5, 7, WALL, 6.0, 1.0, {"tcp": ("127.0.0.1", 1000)})


class Mail:
    """A socket in which these datagrams wait."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []

    def recvfrom(self, most: int) -> tuple[bytes, object]:
        if not self.waiting:
            raise BlockingIOError
        return self.waiting.pop(0)[:most], ("192.0.2.1", 1)


class Ear:
    """A listener with one member, and what it says to datagrams."""

    def __init__(self) -> None:
        self.mail = Mail()
        self.detector = Detector(DetectorSettings(max_members=MEMBERS))
        self.listener = BeatListener(self.mail, RING, self.detector)  # type: ignore[arg-type]
        self.now = 0.0
        self.hear(encode(BEAT, RING))

    def hear(self, *datagrams: bytes) -> list[object]:
        self.now += 0.01
        self.mail.waiting.extend(datagrams)
        heard = list(self.listener.drain(self.now, WALL + self.now))
        assert not self.mail.waiting
        assert set(self.listener.rejected) <= REASONS
        return [*heard, *self.listener.tick(self.now)]

    def members(self) -> list[Member]:
        return self.detector.members


def signed(body: bytes) -> bytes:
    head = b"HFB1" + Key.of(SECRET).id
    return head + hmac.digest(SECRET, head + body, hashlib.sha256) + body


def mutated(datagram: bytes, dice: random.Random) -> bytes:
    """The datagram cut, grown, doubled or with bytes changed, as networks and attackers do."""
    made = bytearray(datagram)
    for _ in range(dice.randrange(1, 5)):
        at = dice.randrange(len(made) + 1)
        wrongs: list[Callable[[], object]] = [
            lambda at=at: made.__delitem__(slice(at, at + dice.randrange(1, 9))),
            lambda at=at: made.__setitem__(slice(at, at), dice.randbytes(dice.randrange(1, 9))),
            lambda at=at: made.__setitem__(slice(at, at + 1), dice.randbytes(1)),
            lambda: made.extend(made[: dice.randrange(1, 700)]),
        ]
        wrongs[dice.randrange(len(wrongs))]()
    return bytes(made)


@given(st.lists(st.binary(max_size=MAX_DATAGRAM_BYTES + 50), max_size=8))
def test_random_bytes_change_nothing(datagrams: list[bytes]) -> None:
    ear = Ear()
    before = ear.members()
    assert ear.hear(*datagrams) == []
    assert ear.members() == before
    assert sum(ear.listener.rejected.values()) == len(datagrams)


@given(st.integers(0, 2**32), st.sampled_from([RING, ROGUE]))
def test_mutated_beats_change_nothing(seed: int, ring: Keyring) -> None:
    ear, dice = Ear(), random.Random(seed)
    before = ear.members()
    newer = encode(replace(BEAT, sequence=99, services={}, draining=True), ring)
    hostile = [one for one in (mutated(newer, dice) for _ in range(20)) if one != newer]
    assert ear.hear(*hostile) == []
    assert ear.members() == before


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats()
    | st.text(max_size=20)
    | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)
FIELDS = sorted(msgspec.to_builtins(BEAT))


@given(st.dictionaries(st.sampled_from(FIELDS), PLAIN, min_size=1))
def test_signed_nonsense_in_any_field_is_told_or_refused(nonsense: dict[str, object]) -> None:
    ear = Ear()
    body = {**msgspec.to_builtins(replace(BEAT, sequence=8)), **nonsense}
    ear.hear(signed(msgspec.msgpack.encode(body)))
    assert len(ear.members()) <= 2
    assert ear.listener.accepted + sum(ear.listener.rejected.values()) == 2
    ear.hear(encode(replace(BEAT, incarnation=2**63 - 1, sequence=2**63 - 1), RING))


@given(
    st.binary(max_size=300)
    | st.builds(
        lambda depth, end: b"\x91" * depth + end,
        st.integers(1, 1_150),
        st.sampled_from([b"", b"\xc0", b"\x81", b"\xdf\xff\xff\xff\xff"]),
    )
)
def test_signed_bytes_of_any_kind_change_nothing(body: bytes) -> None:
    ear = Ear()
    before = ear.members()
    assert ear.hear(signed(body), signed(b"\x81\xa1x" + body)) == []
    assert ear.members() == before
    assert sum(ear.listener.rejected.values()) == 2


def test_a_holder_of_the_key_who_makes_up_nodes_fills_only_what_is_bounded() -> None:
    ear = Ear()
    for number in range(500):
        is_leaving = number % 3 == 0
        ear.hear(encode(replace(BEAT, node=f"n{number}", leaving=is_leaving), RING))
    assert len(ear.members()) == MEMBERS
    assert len(ear.detector._graves) <= MEMBERS
    assert ear.listener.rejected["full"] > 300
    assert "a" in {member.node for member in ear.members()}, "who is there stays"

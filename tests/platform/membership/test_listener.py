"""The ear: hostile datagrams are counted and ignored, beats get through."""

import random
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from holdfast.platform.membership.detector import Detector, Gone, Present
from holdfast.platform.membership.listener import DATAGRAMS_PER_ROUND, BeatListener
from holdfast.platform.membership.wire import Heartbeat, Keyring, encode
from tests.support.processes import until

RING = Keyring.of([b"a key of thirty-two bytes or more"])
WALL = 1_790_000_000.0


@dataclass
class Setting:
    ear: BeatListener
    sender: socket.socket
    received: int = 0

    def say(self, datagram: bytes) -> list[object]:
        """Send a datagram and have it taken; what changed."""
        self.sender.send(datagram)
        changes: list[object] = []
        before = self.ear.accepted + sum(self.ear.rejected.values())

        def taken() -> bool:
            changes.extend(self.ear.drain(0.0, WALL))
            return self.ear.accepted + sum(self.ear.rejected.values()) > before

        until(taken, "the datagram was taken")
        return changes


@pytest.fixture
def setting() -> Iterator[Setting]:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        bound.bind(("127.0.0.1", 0))
        bound.setblocking(False)
        sender.connect(bound.getsockname())
        yield Setting(BeatListener(bound, RING, Detector()), sender)


def beat(sequence: int, *, leaving: bool = False, ring: Keyring = RING) -> bytes:
    services = {"tcp": ("127.0.0.1", 1)}
    return encode(Heartbeat("a", 1, sequence, WALL, 0.0, 1.0, services, leaving=leaving), ring)


def test_a_beat_becomes_a_change(setting: Setting) -> None:
    assert [type(change) for change in setting.say(beat(1))] == [Present]
    assert [type(change) for change in setting.say(beat(2, leaving=True))] == [Gone]
    assert setting.ear.accepted == 2


def test_whatever_else_comes_is_counted_by_its_reason_and_changes_nothing(
    setting: Setting, caplog: pytest.LogCaptureFixture
) -> None:
    setting.say(beat(1))
    rogue = Keyring.of([b"a key that is not the fleet's own key"])
    hostile = [
        b"",
        b"x" * 40,
        b"\xff" * 65_000,
        b"HFB1",
        beat(2, ring=rogue),
        beat(2)[:-1] + b"!",
        beat(1),
    ]
    for datagram in hostile:
        assert setting.say(datagram) == []
    assert setting.ear.rejected == {
        "foreign": 3,
        "oversized": 1,
        "unknown-key": 1,
        "forged": 1,
        "replayed": 1,
    }
    assert [member.node for member in setting.ear.detector.members] == ["a"]
    assert len(caplog.records) == 5, "each reason is logged once, not each datagram"
    assert [type(change) for change in setting.say(beat(2))] == [Present]


def test_a_thousand_random_datagrams_do_no_harm(setting: Setting) -> None:
    dice = random.Random(1)
    good = beat(1)
    for _ in range(1000):
        mutated = bytearray(good if dice.random() < 0.5 else dice.randbytes(dice.randrange(300)))
        for _ in range(dice.randrange(1, 4)):
            if mutated:
                mutated[dice.randrange(len(mutated))] = dice.randrange(256)
        if bytes(mutated) != good:
            assert setting.say(bytes(mutated)) == []
    assert setting.ear.detector.members == []
    assert setting.say(good)


def test_a_flood_is_taken_in_bounded_pieces(setting: Setting) -> None:
    for _ in range(DATAGRAMS_PER_ROUND + 20):
        setting.sender.send(b"x")
    setting.ear.drain(0.0, WALL)
    assert setting.ear.rejected["foreign"] == DATAGRAMS_PER_ROUND


def test_an_error_of_the_socket_is_not_the_end(setting: Setting) -> None:
    class Flaky:
        def __init__(self) -> None:
            self.errors = 2

        def recvfrom(self, _bytes: int) -> tuple[bytes, object]:
            if self.errors:
                self.errors -= 1
                raise ConnectionRefusedError
            raise BlockingIOError

    ear = BeatListener(Flaky(), RING, Detector())  # type: ignore[arg-type]
    assert ear.drain(0.0, WALL) == []

"""Predecessors hear what their successors hear, and neither is held up or harmed by the other."""

import socket
from collections.abc import Iterator

import pytest

from holdfast.platform.balancer.loop import Loop
from holdfast.platform.balancer.restart.beats import BeatsIn, BeatsOut
from holdfast.platform.balancer.restart.frames import Frame, encode
from holdfast.platform.membership.wire import MAX_DATAGRAM_BYTES


class Predecessor:
    """One that notes what it hears."""

    def __init__(self, loop: Loop) -> None:
        self.loop = loop
        self.far, near = socket.socketpair(socket.AF_UNIX)
        self.heard: list[bytes] = []
        self.overs = 0
        near.setblocking(False)
        self.beats = BeatsIn(loop, near, self.heard.append, self.note_over)

    def note_over(self) -> None:
        self.overs += 1

    def turn(self) -> None:
        self.loop.call_at(self.loop.now, lambda: None)
        self.loop.turn()


@pytest.fixture
def old() -> Iterator[Predecessor]:
    loop = Loop()
    made = Predecessor(loop)
    yield made
    made.beats.close()
    made.far.close()
    loop.dispose()


def test_beats_arrive_in_their_order(old: Predecessor) -> None:
    out = BeatsOut([old.far])
    for beat in (b"one", b"two", b"three"):
        out.pass_on(beat)
    old.turn()
    assert old.heard == [b"one", b"two", b"three"]


def test_the_end_is_told_once(old: Predecessor) -> None:
    BeatsOut([old.far]).close()
    old.turn()
    old.beats.close()
    assert old.overs == 1


@pytest.mark.parametrize(
    "noise",
    [
        b"\xff\xff\xff\xff",
        encode(Frame("take")),
        encode(Frame("beat", parts={"beat": bytes(MAX_DATAGRAM_BYTES + 1)})),
    ],
)
def test_what_is_no_beat_ends_the_line(old: Predecessor, noise: bytes) -> None:
    old.far.send(noise)
    old.turn()
    assert old.overs == 1
    assert not old.heard


def test_a_predecessor_that_takes_nothing_holds_nobody_up(old: Predecessor) -> None:
    other = Predecessor(old.loop)
    out = BeatsOut([old.far, other.far])
    old.loop.unwatch(old.beats._line.fileno())
    for _ in range(2_000):
        out.pass_on(bytes(1_000))
        other.turn()
    assert len(other.heard) == 2_000
    other.beats.close()
    out.close()


def test_one_that_is_gone_is_forgotten(old: Predecessor) -> None:
    other = Predecessor(old.loop)
    out = BeatsOut([other.far, old.far])
    other.beats.close()
    other.turn()
    out.pass_on(b"beat")
    assert out.lines == [old.far]
    old.turn()
    assert old.heard == [b"beat"]

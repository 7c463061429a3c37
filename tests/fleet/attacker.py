"""Somebody on the network who records beats, says them again, and forges others without the key."""

import random

from holdfast.platform.membership.wire import Heartbeat, Keyring, Rejection, decode, encode
from tests.fleet.balancer import Balancer
from tests.fleet.node import WALL
from tests.fleet.promises import Broken

RING = Keyring.of([b"the key of a fleet in a simulation"])
ROGUE = Keyring.of([b"a key that somebody else has made up"])
MEMORY = 256
"""Beats that are recorded."""


class Attacker:
    """Records what all nodes say. `hoards`: also says what a balancer has not heard yet, which is
    what a slow network might do; else only what it has heard before, which never counts."""

    def __init__(self, dice: random.Random, *, hoards: bool, window_s: float) -> None:
        self._dice = dice
        self._hoards = hoards
        self._window_s = window_s
        self._beats: list[tuple[Heartbeat, float]] = []

    def record(self, beat: Heartbeat, now: float) -> None:
        """A beat was on the network."""
        if len(self._beats) < MEMORY:
            self._beats.append((beat, now))

    def replay(self, balancer: Balancer, now: float, *, safely: bool = False) -> None:
        """Say an old beat again; `safely`: only if it must be refused."""
        if not self._beats or balancer.is_stopped:
            return
        beat, sent_at = self._beats[int(self._dice.random() * len(self._beats))]
        told = balancer.judge.sights[beat.node].told
        is_heard = told and (told.incarnation, told.sequence) >= (beat.incarnation, beat.sequence)
        is_late = now - sent_at > 2 * self._window_s + 1.0 and self._is_old(beat, balancer, now)
        if is_heard or is_late:
            balancer.refuse(beat, now)
        elif self._hoards and not safely:
            balancer.hear(beat, sent_at, now)

    def _is_old(self, beat: Heartbeat, balancer: Balancer, now: float) -> bool:
        """Whether it is so by the wall clocks too."""
        return WALL + now + balancer.skew_s - beat.sent_at > self._window_s + 1.0

    def forge(self, beat: Heartbeat) -> None:
        """Say a beat of one's own making, or a genuine one with a bit of it changed."""
        if self._dice.random() < 0.5:
            datagram = encode(beat, ROGUE)
        else:
            changed = bytearray(encode(beat, RING))
            changed[int(self._dice.random() * len(changed))] ^= 1 + int(self._dice.random() * 255)
            datagram = bytes(changed)
        heard = decode(datagram, RING)
        if not isinstance(heard, Rejection):
            raise Broken("forgery: a beat is believed that nobody has signed")

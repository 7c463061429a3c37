"""Deliberately broken rules: one small lie in the code under test, each the work of one slip.

The harness is only worth something if it catches them; `test_faults` says by which promise, and
within how many worlds. Nothing here is ever on unless a test switches it on.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from holdfast.platform.balancer.pool import Pool
from holdfast.platform.membership import detector, rhythm, wire
from holdfast.platform.membership.detector import Change, Detector, Gone, Present
from holdfast.platform.membership.wire import Heartbeat, Rejection
from tests.fleet import attacker
from tests.fleet.world import Plot

Patch = pytest.MonkeyPatch
PLOT, QUIET = Plot(), Plot(is_quiet=True)
Track = Any
"""What the detector remembers of a member."""


@dataclass(frozen=True)
class Fault:
    """What is broken, how, and which promise is to notice; `plot` of the worlds in which it is."""

    name: str
    promise: str
    break_it: Callable[[Patch], None]
    plot: Plot = PLOT


# what counts as a beat


def hear_twice(patch: Patch) -> None:
    """A beat that was heard before counts again."""
    honest = Detector.receive

    def receive(self: Detector, beat: Heartbeat, now: float, wall: float) -> Any:
        track = self._tracks.get(beat.node)
        if track is not None and track.sequence >= beat.sequence:
            beat = replace(beat, sequence=track.sequence + 1)
        return honest(self, beat, now, wall)

    patch.setattr(Detector, "receive", receive)


def raise_the_dead(patch: Patch) -> None:
    """Who was removed is forgotten at once."""
    patch.setattr(Detector, "_bury", lambda self, track, now: None)


def believe_former_lives(patch: Patch) -> None:
    """A beat of a former life is as good as one of this life."""
    honest = Detector.receive

    def receive(self: Detector, beat: Heartbeat, now: float, wall: float) -> Any:
        track = self._tracks.get(beat.node)
        if track is not None and beat.incarnation < track.member.incarnation:
            return self._note(track, beat, now, track.member)
        return honest(self, beat, now, wall)

    patch.setattr(Detector, "receive", receive)


def never_late(patch: Patch) -> None:
    """A beat may be as old as it likes."""
    patch.setattr(Detector, "_is_late", lambda self, track, beat, now, wall: False)
    patch.setattr(Detector, "_clocks_agree", lambda self, beat, wall: True)


def believe_anybody(patch: Patch) -> None:
    """The signature is not looked at."""

    def decode(datagram: bytes, _: object) -> Heartbeat | Rejection:
        return wire._parse(datagram[wire._BODY_AT :])

    patch.setattr(attacker, "decode", decode)


def believe_a_prefix(patch: Patch) -> None:
    """Only the first byte of the signature is compared."""
    patch.setattr(wire.hmac, "compare_digest", lambda a, b: a[:1] == b[:1])


def ask_the_wall_clock(patch: Patch) -> None:
    """Members' beats are judged by the wall clock too."""
    honest = Detector.receive

    def receive(self: Detector, beat: Heartbeat, now: float, wall: float) -> Any:
        if not self._clocks_agree(beat, wall):
            return Rejection("clock")
        return honest(self, beat, now, wall)

    patch.setattr(Detector, "receive", receive)


def cling_to_the_old_life(patch: Patch) -> None:
    """A restarted node is a stranger until its former self is removed."""
    honest = Detector.receive

    def receive(self: Detector, beat: Heartbeat, now: float, wall: float) -> Any:
        track = self._tracks.get(beat.node)
        if track is not None and beat.incarnation > track.member.incarnation:
            return Rejection("stale")
        return honest(self, beat, now, wall)

    patch.setattr(Detector, "receive", receive)


def let_in_by_the_clock(patch: Patch) -> None:
    """Who comes back is judged by the wall clock, like a stranger."""
    honest = Detector._former_self

    def former_self(self: Detector, beat: Heartbeat, now: float, wall: float) -> Any:
        if not self._clocks_agree(beat, wall):
            return Rejection("clock")
        return honest(self, beat, now, wall)

    patch.setattr(Detector, "_former_self", former_self)


def never_let_in_again(patch: Patch) -> None:
    """A removed node stays removed until it restarts."""
    honest = Detector._former_self

    def former_self(self: Detector, beat: Heartbeat, now: float, wall: float) -> Any:
        grave = self._graves.get(beat.node)
        if grave is not None and grave.track.member.incarnation == beat.incarnation:
            return Rejection("replayed")
        return honest(self, beat, now, wall)

    patch.setattr(Detector, "_former_self", former_self)


# what silence means


def count_our_pauses(patch: Patch) -> None:
    """Time in which we were stopped is silence of the others."""
    patch.setattr(Detector, "_look", lambda self, now: None)


def excuse_everything(patch: Patch) -> None:
    """Every look takes half of the silence back."""
    honest = Detector._look

    def look(self: Detector, now: float) -> None:
        for track in self._tracks.values():
            track.suspect_at += 0.15
            track.remove_at += 0.15
        honest(self, now)

    patch.setattr(Detector, "_look", look)


def remove_all(patch: Patch) -> None:
    """Nobody asks whether anybody is heard at all."""
    patch.setattr(Detector, "_may_remove", lambda self, track, now, deaf: True)


def anybody_is_a_witness(patch: Patch) -> None:
    """Who is not suspected yet proves that we hear, even if it was not heard since."""

    def may_remove(self: Detector, track: Track, now: float, *, deaf: bool) -> bool:
        return any(now <= other.suspect_at for other in self._tracks.values())

    patch.setattr(Detector, "_may_remove", may_remove)


def never_remove(patch: Patch) -> None:
    """Silence never removes."""
    patch.setattr(Detector, "_may_remove", lambda self, track, now, deaf: False)


def never_suspect(patch: Patch) -> None:
    """There are members and former members, and no suspects: they are removed much later."""
    _timed(patch, suspect=lambda track: track.heard_at + 10.0, remove=lambda track: 0.0)


def suspect_at_once(patch: Patch) -> None:
    """A beat that is due is missed."""
    _timed(patch, suspect=lambda track: track.heard_at + 0.8 * track.interval_s)


def remove_early(patch: Patch) -> None:
    """Two missed beats are enough."""
    _timed(patch, remove=lambda track: track.heard_at + 2.0 * track.interval_s)


def learn_without_bounds(patch: Patch) -> None:
    """Deadlines are what was learnt, whatever that is."""
    patch.setattr(detector, "_clamp", lambda value, low, high: max(value, low))


def learn_only_the_good(patch: Patch) -> None:
    """What was learnt has no lower bound, and it is learnt too fast."""
    patch.setattr(rhythm, "WEIGHT", 0.9)
    patch.setattr(detector, "_clamp", lambda value, low, high: min(value, high) - 1.2)


def never_clear(patch: Patch) -> None:
    """A suspect stays one, whatever it says."""
    honest = Detector._note

    def note(self: Detector, track: Track, beat: Heartbeat, now: float, before: Any) -> Any:
        changes = honest(self, track, beat, now, before)
        if before is not None and before.suspect:
            track.member = replace(track.member, suspect=True)
            return tuple(
                Present(track.member, before) if isinstance(change, Present) else change
                for change in changes
            )
        return changes

    patch.setattr(Detector, "_note", note)


def inherit_in_peace(patch: Patch) -> None:
    """A successor looks at nobody's silence until it has heard somebody."""
    honest = Detector.recall

    def recall(self: Detector, memory: Any) -> Any:
        changes = honest(self, memory)
        self._due_at = float("inf")
        return changes

    patch.setattr(Detector, "recall", recall)


def inherit_no_graves(patch: Patch) -> None:
    """A successor is not told who has left."""
    honest = Detector.memory
    patch.setattr(Detector, "memory", lambda self: replace(honest(self), graves={}))


# what becomes of it


def ignore_draining(patch: Patch) -> None:
    """A member that drains gets new clients."""
    honest = detector._member
    patch.setattr(detector, "_member", lambda beat: honest(replace(beat, draining=False)))


def ignore_leaving(patch: Patch) -> None:
    """A farewell is a beat."""
    honest = Detector.receive

    def receive(self: Detector, beat: Heartbeat, now: float, wall: float) -> Any:
        if beat.leaving:
            beat = replace(beat, leaving=False, draining=False)
        return honest(self, beat, now, wall)

    patch.setattr(Detector, "receive", receive)


def keep_the_gone(patch: Patch) -> None:
    """The pool does not hear that somebody is gone."""
    _heard(patch, lambda change: None if isinstance(change, Gone) else change)


def use_suspects(patch: Patch) -> None:
    """The pool does not hear that somebody is suspected."""

    def told(change: Change) -> Change:
        return replace(change, member=replace(change.member, suspect=False))

    _heard(patch, told)


def hear_of_members_once(patch: Patch) -> None:
    """The pool takes a member over when it is new, and lets it go when it is gone."""
    _heard(patch, lambda change: None if isinstance(change, Present) and change.before else change)


def _timed(
    patch: Patch,
    suspect: Callable[[Track], float] | None = None,
    remove: Callable[[Track], float] | None = None,
) -> None:
    honest = Detector._expect

    def expect(self: Detector, track: Track) -> None:
        honest(self, track)
        if suspect is not None:
            track.suspect_at = suspect(track)
        if remove is not None:
            track.remove_at = remove(track) or track.remove_at
        self._due_at = min(self._due_at, track.suspect_at)

    patch.setattr(Detector, "_expect", expect)


def _heard(patch: Patch, told: Callable[[Change], Change | None]) -> None:
    honest = Pool.apply

    def apply(self: Pool, change: Change, now: float) -> None:
        left = told(change)
        if left is not None:
            honest(self, left, now)

    patch.setattr(Pool, "apply", apply)


FAULTS = (
    Fault("a beat counts twice", "replay", hear_twice),
    Fault("the dead are raised", "replay", raise_the_dead),
    Fault("a former life is believed", "replay", believe_former_lives),
    Fault("no beat is late", "replay", never_late),
    Fault("nobody looks at the signature", "forgery", believe_anybody),
    Fault("the signature is hardly looked at", "forgery", believe_a_prefix),
    Fault("members are judged by the wall clock", "suspicion", ask_the_wall_clock),
    Fault("a restarted node is not known", "dead", cling_to_the_old_life),
    Fault("a removed node is not let in", "starved", never_let_in_again),
    Fault("who comes back is judged by the wall clock", "starved", let_in_by_the_clock),
    Fault("our own pauses count", "suspicion", count_our_pauses, QUIET),
    Fault("everything is excused", "dead", excuse_everything),
    Fault("a cut-off balancer removes all", "storm", remove_all, QUIET),
    Fault("anybody is a witness", "storm", anybody_is_a_witness),
    Fault("nobody is removed", "agreement", never_remove),
    Fault("nobody is suspected", "dead", never_suspect),
    Fault("everybody is suspected", "suspicion", suspect_at_once),
    Fault("removal comes early", "removal", remove_early),
    Fault("what was learnt has no upper bound", "dead", learn_without_bounds),
    Fault("what was learnt has no lower bound", "suspicion", learn_only_the_good),
    Fault("suspicion is not cleared", "starved", never_clear),
    Fault("a successor inherits peace", "dead", inherit_in_peace),
    Fault("a successor knows no graves", "replay", inherit_no_graves),
    Fault("draining is ignored", "drain", ignore_draining),
    Fault("a farewell is ignored", "drain", ignore_leaving),
    Fault("the pool keeps the gone", "drain", keep_the_gone),
    Fault("the pool uses suspects", "dead", use_suspects),
    Fault("the pool hears of a member once", "drain", hear_of_members_once),
)

"""PURE. Who is a member, decided from heartbeats, silence, and the time in which *we* listened.

A machine: `receive(beat, now, wall)` and `tick(now)` return what changed. `now` is monotonic and
`wall` seconds since 1970, both of the listener. Rules, each with its test:
- A beat counts only if it is newer than all before it: incarnation, then sequence. The wall clock
  decides only when a node introduces itself; from then on the sender's uptime against our
  monotonic clock says how late a beat is, even after a removal, and a beat is refused only if both
  say so. So nobody replays, and no clock jump evicts anybody.
- Silence suspects first and removes later; any newer beat refutes it. When it suspects follows from
  the member's own `rhythm`, within bounds that nothing learnt can move. Time in which we did not
  look (stopped, suspended, starved) is not silence: it is added to everybody's account.
- Nobody is removed unless somebody else was heard since the silence became suspect: when *all* are
  silent the fault is probably ours. They stay, suspected, until `forget_after_s`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from holdfast.platform.membership.rhythm import Rhythm, sigmas_of
from holdfast.platform.membership.wire import Endpoint, Heartbeat, Load, Rejection

LEFT, SILENT = "left", "silent"
RESUME_S = 3600.0
"""So long a removed member is known again by its uptime, whatever the wall clocks say then."""


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """Silence is counted in the beats that the member announced, plus `slack_s` for the network and
    both schedulers. It suspects when phi reaches `suspect_phi`, never before `suspect_after_beats`
    nor after `suspect_at_most_beats`; it removes at `remove_phi` between the two like bounds.
    `jitter_s`: the least deviation that a rhythm is believed to have.

    `window_s`: how far clocks may differ at an introduction, and how late a beat may be.
    `look_every_s`: the caller ticks at least so often; a longer gap is our own pause.
    `forget_after_s`: when silence removes even though nobody else is heard."""

    suspect_phi: float = 8.0
    suspect_after_beats: float = 1.0
    suspect_at_most_beats: float = 2.0
    remove_phi: float = 12.0
    remove_after_beats: float = 3.0
    remove_at_most_beats: float = 3.0
    jitter_s: float = 0.05
    slack_s: float = 0.25
    window_s: float = 30.0
    look_every_s: float = 0.25
    forget_after_s: float = 60.0
    max_members: int = 512

    def removal_bound_s(self, interval_s: float) -> float:
        """The longest that a dead member of that interval stays, in time in which we listened and
        others were heard: its last beat, the bound of silence, and two looks."""
        return self.remove_at_most_beats * interval_s + self.slack_s + 2 * self.look_every_s

    def suspicion_bound_s(self, interval_s: float) -> float:
        """The longest that it stays unsuspected, in time in which we listened."""
        return self.suspect_at_most_beats * interval_s + self.slack_s + self.look_every_s


Network = Literal["local", "lan", "wan"]
NETWORKS: Mapping[Network, DetectorSettings] = {
    "local": DetectorSettings(),
    "lan": DetectorSettings(jitter_s=0.1, slack_s=0.5),
    # Beats of a far network get lost in a row: who has lost beats lately is given up later.
    "wan": DetectorSettings(
        jitter_s=0.25,
        slack_s=1.0,
        suspect_at_most_beats=3.0,
        remove_at_most_beats=6.0,
    ),
}
"""Presets by where nodes and balancers are: one machine or room, one site, anywhere."""


@dataclass(frozen=True, slots=True)
class Member:
    """A node as last heard. `suspect`: beats are missing, use others first. `version`: of its
    software, empty if it does not say."""

    node: str
    incarnation: int
    services: Mapping[str, Endpoint]
    draining: bool
    suspect: bool
    load: Load
    version: str = ""


@dataclass(frozen=True, slots=True)
class Present:
    """A member is there, as `member` says; `before` is what it was, None for a new one."""

    member: Member
    before: Member | None


@dataclass(frozen=True, slots=True)
class Gone:
    """A member is no more: `why` is `LEFT` (it said so) or `SILENT`."""

    member: Member
    why: str


Change = Present | Gone


@dataclass(frozen=True, slots=True)
class Silence:
    """How long a member has been silent, and how improbable that is while it lives (`phi`)."""

    silent_s: float
    phi: float


@dataclass(slots=True)
class _Track:
    """What is remembered of a member. Its uptime was `base_uptime_s` at our `base_now` or before:
    the quickest beat ever, against which the lateness of others is measured."""

    member: Member
    sequence: int
    interval_s: float
    heard_at: float
    base_now: float
    base_uptime_s: float
    rhythm: Rhythm = field(default_factory=Rhythm)
    suspect_at: float = 0.0
    remove_at: float = 0.0

    def late_s(self, beat: Heartbeat, now: float) -> float:
        return (now - self.base_now) - (beat.uptime_s - self.base_uptime_s)


@dataclass(frozen=True, slots=True)
class _Grave:
    """A removed member as it was. What came before its last beat is a replay for ever."""

    track: _Track
    buried_at: float


@dataclass(frozen=True, slots=True)
class Memory:
    """All that a detector knows, for one that goes on in its place on the same machine: times are
    of the monotonic clock, which processes of a machine share."""

    tracks: dict[str, _Track]
    graves: dict[str, _Grave]
    looked_at: float | None


class Detector:
    """The members of a fleet. One listener, one detector; call `tick` every `look_every_s`."""

    def __init__(self, settings: DetectorSettings | None = None) -> None:
        self._settings = settings or DetectorSettings()
        self._suspect_sigmas = sigmas_of(self._settings.suspect_phi)
        self._remove_sigmas = sigmas_of(self._settings.remove_phi)
        self._tracks: dict[str, _Track] = {}
        self._graves: dict[str, _Grave] = {}
        self._looked_at: float | None = None
        self._heard_at = -math.inf  # any member's newest beat
        self._due_at = math.inf  # until then silence means nothing new

    @property
    def members(self) -> list[Member]:
        return [track.member for track in self._tracks.values()]

    def silence(self, node: str, now: float) -> Silence | None:
        """How a member's silence looks at `now`; None if there is no such member."""
        track = self._tracks.get(node)
        if track is None:
            return None
        silent_s = max(0.0, now - track.heard_at)
        least = self._settings.jitter_s / track.interval_s
        return Silence(silent_s, track.rhythm.phi(silent_s / track.interval_s, least))

    def receive(self, beat: Heartbeat, now: float, wall: float) -> tuple[Change, ...] | Rejection:
        """Take one verified heartbeat. A rejection changes nothing."""
        self._look(now)
        track = self._tracks.get(beat.node)
        if track is None or beat.incarnation > track.member.incarnation:
            return self._introduce(beat, now, wall)
        if beat.incarnation < track.member.incarnation:
            return Rejection("stale")
        if beat.sequence <= track.sequence:
            return Rejection("replayed")
        if self._is_late(track, beat, now, wall):
            return Rejection("late")
        track.rhythm.learn((now - track.heard_at) / track.interval_s)
        return self._note(track, beat, now, track.member)

    def tick(self, now: float, *, deaf: bool = False) -> tuple[Change, ...]:
        """What silence up to `now` means. `deaf`: not all that arrived could be taken, so beats may
        have been lost among it; until `forget_after_s` that removes nobody."""
        self._look(now)
        if now <= self._due_at:
            return ()
        changes: list[Change] = []
        self._due_at = math.inf
        for node, track in list(self._tracks.items()):
            if now <= track.suspect_at:
                self._due_at = min(self._due_at, track.suspect_at)
                continue
            if not track.member.suspect:
                before = track.member
                track.member = replace(before, suspect=True)
                changes.append(Present(track.member, before))
            elif now > track.remove_at and self._may_remove(track, now, deaf=deaf):
                del self._tracks[node]
                self._bury(track, now)
                changes.append(Gone(track.member, SILENT))
                continue
            self._due_at = min(self._due_at, track.remove_at)
        return tuple(changes)

    def memory(self) -> Memory:
        """What another detector needs to go on: members, and what keeps replays out."""
        return Memory(dict(self._tracks), dict(self._graves), self._looked_at)

    def recall(self, memory: Memory) -> tuple[Change, ...]:
        """Go on in another's place, before the first beat. All its members are news to us."""
        assert not self._tracks, "only a fresh detector can go on for another"
        self._tracks, self._graves = dict(memory.tracks), dict(memory.graves)
        self._looked_at = memory.looked_at
        self._due_at = -math.inf  # somebody may be silent already
        return tuple(Present(track.member, None) for track in self._tracks.values())

    def _look(self, now: float) -> None:
        if self._looked_at is not None:
            missed_s = now - self._looked_at - self._settings.look_every_s
            if missed_s > self._settings.look_every_s:
                for track in self._tracks.values():
                    track.heard_at += missed_s
                    track.suspect_at += missed_s
                    track.remove_at += missed_s
        self._looked_at = now

    def _introduce(
        self, beat: Heartbeat, now: float, wall: float
    ) -> tuple[Change, ...] | Rejection:
        former = self._former_self(beat, now, wall)
        if isinstance(former, Rejection):
            return former
        known = self._tracks.get(beat.node)
        track = former or _Track(_member(beat), 0, beat.interval_s, now, now, beat.uptime_s)
        if known is None and beat.leaving:
            track.sequence = beat.sequence
            self._bury(track, now)
            return ()
        if known is None and len(self._tracks) >= self._settings.max_members:
            return Rejection("full")
        self._tracks[beat.node] = track
        return self._note(track, beat, now, known.member if known else None)

    def _former_self(self, beat: Heartbeat, now: float, wall: float) -> _Track | Rejection | None:
        """The same life that was removed, if the beat goes on with it; else the clocks decide."""
        grave = self._graves.get(beat.node)
        if grave is None or now > grave.buried_at + RESUME_S:
            return None if self._clocks_agree(beat, wall) else Rejection("clock")
        former = grave.track
        life, age = former.member.incarnation, now - grave.buried_at
        if beat.incarnation == life:
            if beat.sequence <= former.sequence:  # whatever the wall clock says: it may be set back
                return Rejection("replayed")
            is_late = self._is_late(former, beat, now, wall)
            return Rejection("late") if is_late else replace(former, rhythm=Rhythm())
        if not self._clocks_agree(beat, wall):
            return Rejection("clock")
        # A beat sent `window_s` ahead of our clock could introduce itself for twice that time.
        if beat.incarnation < life and age <= 2 * self._settings.window_s:
            return Rejection("replayed")
        return None

    def _is_late(self, track: _Track, beat: Heartbeat, now: float, wall: float) -> bool:
        # The uptime of a machine that was suspended stands still: then the wall clock may vouch.
        is_late = track.late_s(beat, now) > self._settings.window_s
        return is_late and not self._clocks_agree(beat, wall)

    def _clocks_agree(self, beat: Heartbeat, wall: float) -> bool:
        return abs(wall - beat.sent_at) <= self._settings.window_s

    def _note(
        self, track: _Track, beat: Heartbeat, now: float, before: Member | None
    ) -> tuple[Change, ...]:
        member = track.member = _member(beat)
        track.sequence, track.interval_s, track.heard_at = beat.sequence, beat.interval_s, now
        if not 0 <= track.late_s(beat, now) <= self._settings.window_s:
            track.base_now, track.base_uptime_s = now, beat.uptime_s
        self._heard_at = now
        if beat.leaving:
            del self._tracks[beat.node]
            self._bury(track, now)
            return (Gone(member, LEFT),)
        self._expect(track)
        return (Present(member, before),)

    def _expect(self, track: _Track) -> None:
        """Until when the member may be silent from its beat just heard."""
        settings, rhythm, interval_s = self._settings, track.rhythm, track.interval_s
        deviation = rhythm.deviation(settings.jitter_s / interval_s)
        suspect = _clamp(
            rhythm.mean + self._suspect_sigmas * deviation,
            settings.suspect_after_beats,
            settings.suspect_at_most_beats,
        )
        remove = _clamp(
            rhythm.mean + self._remove_sigmas * deviation,
            settings.remove_after_beats,
            settings.remove_at_most_beats,
        )
        at_once = track.heard_at + settings.slack_s
        track.suspect_at = at_once + suspect * interval_s
        track.remove_at = at_once + remove * interval_s
        self._due_at = min(self._due_at, track.suspect_at)

    def _bury(self, track: _Track, now: float) -> None:
        self._graves.pop(track.member.node, None)
        while len(self._graves) >= self._settings.max_members:
            del self._graves[next(iter(self._graves))]
        self._graves[track.member.node] = _Grave(track, now)

    def _may_remove(self, track: _Track, now: float, *, deaf: bool) -> bool:
        if now > track.heard_at + self._settings.forget_after_s:
            return True
        return not deaf and self._heard_at >= track.suspect_at


def _clamp(value: float, low: float, high: float) -> float:
    return low if value < low else high if value > high else value


def _member(beat: Heartbeat) -> Member:
    return Member(
        node=beat.node,
        incarnation=beat.incarnation,
        services=beat.services,
        draining=beat.draining,
        suspect=False,
        load=beat.load,
        version=beat.version,
    )

"""PURE. Who is a member, decided from heartbeats, silence, and the time in which *we* listened.

A machine: `receive(beat, now, wall)` and `tick(now)` return what changed. `now` is monotonic and
`wall` seconds since 1970, both of the listener. Rules, each with its test:
- A beat counts only if it is newer than all before it: incarnation, then sequence. The wall clock
  is asked only when a node introduces itself; from then on the sender's uptime against our
  monotonic clock says how late a beat is. So nobody replays, and no clock jump evicts anybody.
- Silence suspects first and removes later; any newer beat refutes it. Time in which we did not look
  (stopped, suspended, starved) is not silence: it is added to everybody's account.
- When *all* are silent the fault is probably ours: they stay, suspected, until `forget_after_s`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from holdfast.platform.membership.wire import Endpoint, Heartbeat, Load, Rejection

LEFT, SILENT = "left", "silent"


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """`suspect_after_beats`, `remove_after_beats`: missed in a row. `slack_s`: for the network and
    for both schedulers. `window_s`: how far clocks may differ at an introduction, and how late a
    beat may be. `look_every_s`: the caller ticks at least so often; a longer gap is our own pause.
    `forget_after_s`: when silence removes even though nobody else is heard."""

    suspect_after_beats: int = 2
    remove_after_beats: int = 3
    slack_s: float = 0.25
    window_s: float = 30.0
    look_every_s: float = 0.25
    forget_after_s: float = 60.0
    max_members: int = 512


@dataclass(frozen=True, slots=True)
class Member:
    """A node as last heard. `suspect`: beats are missing, use others first."""

    node: str
    incarnation: int
    services: Mapping[str, Endpoint]
    draining: bool
    suspect: bool
    load: Load


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


@dataclass(frozen=True, slots=True)
class _Grave:
    """The last beat of a removed member: what came before it is a replay for ever."""

    incarnation: int
    sequence: int
    until: float


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
        self._tracks: dict[str, _Track] = {}
        self._graves: dict[str, _Grave] = {}
        self._looked_at: float | None = None

    @property
    def members(self) -> list[Member]:
        return [track.member for track in self._tracks.values()]

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
        late_s = (now - track.base_now) - (beat.uptime_s - track.base_uptime_s)
        if late_s > self._settings.window_s:
            return Rejection("late")
        if late_s < 0:
            track.base_now, track.base_uptime_s = now, beat.uptime_s
        return self._note(track, beat, now)

    def tick(self, now: float) -> tuple[Change, ...]:
        """What silence up to `now` means."""
        self._look(now)
        self._graves = {node: grave for node, grave in self._graves.items() if grave.until > now}
        changes: list[Change] = []
        for node, track in list(self._tracks.items()):
            if now > self._removed_at(track) and self._may_remove(track, now):
                del self._tracks[node]
                self._bury(track.member.node, track.member.incarnation, track.sequence, now)
                changes.append(Gone(track.member, SILENT))
            elif now > self._suspected_at(track) and not track.member.suspect:
                before = track.member
                track.member = replace(before, suspect=True)
                changes.append(Present(track.member, before))
        return tuple(changes)

    def memory(self) -> Memory:
        """What another detector needs to go on: members, and what keeps replays out."""
        return Memory(dict(self._tracks), dict(self._graves), self._looked_at)

    def recall(self, memory: Memory) -> tuple[Change, ...]:
        """Go on in another's place, before the first beat. All its members are news to us."""
        assert not self._tracks, "only a fresh detector can go on for another"
        self._tracks, self._graves = dict(memory.tracks), dict(memory.graves)
        self._looked_at = memory.looked_at
        return tuple(Present(track.member, None) for track in self._tracks.values())

    def _look(self, now: float) -> None:
        if self._looked_at is not None:
            missed_s = now - self._looked_at - self._settings.look_every_s
            if missed_s > self._settings.look_every_s:
                for track in self._tracks.values():
                    track.heard_at += missed_s
        self._looked_at = now

    def _introduce(
        self, beat: Heartbeat, now: float, wall: float
    ) -> tuple[Change, ...] | Rejection:
        if abs(wall - beat.sent_at) > self._settings.window_s:
            return Rejection("clock")
        grave = self._graves.get(beat.node)
        if grave and (beat.incarnation, beat.sequence) <= (grave.incarnation, grave.sequence):
            return Rejection("replayed")
        known = self._tracks.get(beat.node)
        if known is None and beat.leaving:
            self._bury(beat.node, beat.incarnation, beat.sequence, now)
            return ()
        if known is None and len(self._tracks) >= self._settings.max_members:
            return Rejection("full")
        member = _member(beat)
        track = _Track(member, beat.sequence, beat.interval_s, now, now, beat.uptime_s)
        self._tracks[beat.node] = track
        if beat.leaving:
            return self._note(track, beat, now)
        return (Present(member, known.member if known else None),)

    def _note(self, track: _Track, beat: Heartbeat, now: float) -> tuple[Change, ...]:
        before = track.member
        track.member = _member(beat)
        track.sequence, track.interval_s, track.heard_at = beat.sequence, beat.interval_s, now
        if not beat.leaving:
            return (Present(track.member, before),)
        del self._tracks[beat.node]
        self._bury(beat.node, beat.incarnation, beat.sequence, now)
        return (Gone(track.member, LEFT),)

    def _bury(self, node: str, incarnation: int, sequence: int, now: float) -> None:
        # A beat sent `window_s` ahead of our clock could introduce itself for twice that time.
        while len(self._graves) >= self._settings.max_members:
            del self._graves[next(iter(self._graves))]
        until = now + 2 * self._settings.window_s
        self._graves[node] = _Grave(incarnation, sequence, until)

    def _suspected_at(self, track: _Track) -> float:
        missed = self._settings.suspect_after_beats
        return track.heard_at + missed * track.interval_s + self._settings.slack_s

    def _removed_at(self, track: _Track) -> float:
        missed = self._settings.remove_after_beats
        return track.heard_at + missed * track.interval_s + self._settings.slack_s

    def _may_remove(self, track: _Track, now: float) -> bool:
        if now > track.heard_at + self._settings.forget_after_s:
            return True
        return any(now <= self._suspected_at(other) for other in self._tracks.values())


def _member(beat: Heartbeat) -> Member:
    return Member(
        node=beat.node,
        incarnation=beat.incarnation,
        services=beat.services,
        draining=beat.draining,
        suspect=False,
        load=beat.load,
    )

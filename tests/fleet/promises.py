"""What a balancer owes the fleet, judged by what was true and by what was delivered to it.

Times are seconds in which the balancer listened: its own pauses do not count. Nothing here asks
the detector or the pool what it thinks, but for who is a member at the end.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from holdfast.platform.membership.detector import DetectorSettings
from holdfast.platform.membership.wire import Heartbeat

NEVER = -math.inf
LAZIEST = 1.02
"""A busy node's interval may be longer by so much."""
GRAIN = 1e-6
"""Floats are not exact."""


class Broken(AssertionError):
    """A promise was broken; the message begins with its name."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What may pass, in seconds, with a node of one interval. `delay_s`: the network's longest;
    `hoarded_s`: how long attackers may keep a beat that was not delivered yet and have it believed;
    `witness_s`: until somebody else is heard."""

    gap_s: float
    suspicion_s: float
    removal_s: float
    starving_s: float
    least_suspicion_s: float
    least_silence_s: float

    @staticmethod
    def of(
        settings: DetectorSettings,
        interval_s: float,
        *,
        delay_s: float,
        hoarded_s: float,
        witness_s: float,
    ) -> "Bounds":
        """The bounds of docs/reference/membership.md, with what the network adds."""
        extra_s = delay_s + hoarded_s + GRAIN
        return Bounds(
            gap_s=LAZIEST * interval_s + delay_s + GRAIN,
            suspicion_s=settings.suspicion_bound_s(interval_s) + extra_s,
            removal_s=settings.removal_bound_s(interval_s) + witness_s + extra_s,
            starving_s=2 * interval_s + delay_s + 2 * settings.look_every_s,
            least_suspicion_s=settings.suspect_after_beats * interval_s - GRAIN,
            least_silence_s=settings.remove_after_beats * interval_s - GRAIN,
        )


@dataclass(slots=True)
class Sight:
    """What a balancer was told by one node, and what is true of it, as it came."""

    bounds: Bounds
    told: Heartbeat | None = None
    """The newest beat that was delivered in time."""
    heard: float = NEVER
    fresh_since: float = NEVER
    """Since then beats have come without a gap."""
    bad_since: float = NEVER
    """Since then no connection would work; infinite while one would."""
    good_since: float = NEVER
    chosen: float = NEVER
    failed: float = NEVER

    @property
    def is_good(self) -> bool:
        return self.bad_since == math.inf


class Judge:
    """The promises of one balancer in one of its lives; `bounds` by the nodes' names."""

    def __init__(self, bounds: Mapping[str, Bounds]) -> None:
        self.sights = {node: Sight(each) for node, each in bounds.items()}
        self.ended: dict[tuple[str, int], float] = {}
        self._heard: dict[tuple[str, int], float] = {}
        self._accepted: dict[str, float] = {}
        self._lives: set[tuple[str, int]] = set()

    def knows(self, node: str, incarnation: int) -> bool:
        """Whether a beat of this life was accepted before."""
        return (node, incarnation) in self._lives

    def delivered(self, beat: Heartbeat, listened: float, *, in_time: bool) -> None:
        """A beat came that no balancer may refuse."""
        sight = self.sights[beat.node]
        told = sight.told
        if not in_time or (
            told and (told.incarnation, told.sequence) >= (beat.incarnation, beat.sequence)
        ):
            return
        if (
            listened - sight.heard > sight.bounds.gap_s
            or not told
            or told.incarnation < beat.incarnation
        ):
            sight.fresh_since = listened
        sight.told, sight.heard = beat, listened
        self._heard[beat.node, beat.incarnation] = listened

    def accepted(self, beat: Heartbeat, listened: float) -> None:
        """The detector took a beat."""
        self._accepted[beat.node] = listened
        self._lives.add((beat.node, beat.incarnation))

    def suspected(self, node: str, incarnation: int, listened: float) -> None:
        """The detector suspects a member."""
        silent_s = listened - self._heard.get((node, incarnation), NEVER)
        if silent_s < self.sights[node].bounds.least_suspicion_s:
            raise Broken(f"suspicion: {node} was heard {silent_s:.3f} s ago")

    def removed(self, node: str, incarnation: int, listened: float) -> None:
        """The detector removes a member because of its silence."""
        heard = self._heard.get((node, incarnation), NEVER)
        bounds = self.sights[node].bounds
        if listened - heard < bounds.least_silence_s:
            raise Broken(f"removal: {node} was heard {listened - heard:.3f} s ago")
        others = (at for other, at in self._accepted.items() if other != node)
        if max(others, default=NEVER) < self._accepted[node] + bounds.least_suspicion_s:
            raise Broken(f"storm: {node} is removed, and nobody else was heard since")

    def chose(self, node: str, incarnation: int, listened: float) -> None:
        """A new client is sent to that life of a node."""
        sight = self.sights[node]
        sight.chosen = listened
        told = sight.told
        drains = told is not None and told.draining and told.incarnation == incarnation
        dead_s = listened - self.ended.get((node, incarnation), sight.bad_since)
        if dead_s <= sight.bounds.suspicion_s and not drains:
            return
        fit = sum(self._is_fit(other, listened) for other in self.sights if other != node)
        if fit and drains:
            raise Broken(f"drain: {node} has said that it takes no new clients, and others do")
        if dead_s <= sight.bounds.suspicion_s:
            return
        if 2 * fit >= len(self.sights):
            raise Broken(f"dead: {node} is chosen {dead_s:.3f} s after it ended, and others live")
        if fit and dead_s > sight.bounds.removal_s and self._steady(node, listened):
            raise Broken(
                f"dead: {node} is chosen {dead_s:.3f} s after it ended, and is not removed"
            )

    def is_starving(self, node: str, listened: float) -> bool:
        """Whether a node ought to have had a client since long."""
        sight = self.sights[node]
        return (
            listened - sight.chosen > sight.bounds.starving_s
            and listened - sight.fresh_since > sight.bounds.starving_s
            and self._is_fit(node, listened)
        )

    def _is_fit(self, node: str, listened: float) -> bool:
        sight = self.sights[node]
        return (
            sight.is_good
            and sight.told is not None
            and not sight.told.draining
            and listened - sight.heard <= sight.bounds.gap_s
            and listened - sight.good_since > sight.bounds.starving_s
            and listened - sight.failed > sight.bounds.starving_s
        )

    def _steady(self, node: str, listened: float) -> bool:
        """Whether somebody else has been heard all the while."""
        return any(
            listened - sight.heard <= sight.bounds.gap_s
            and listened - sight.fresh_since > self.sights[node].bounds.removal_s
            for other, sight in self.sights.items()
            if other != node
        )

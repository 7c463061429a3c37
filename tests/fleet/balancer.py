"""A balancer as `holdfast.platform.balancer.server` puts it together, on made-up time.

It hears what arrives at once, looks at the silence every `look_every_s`, and has one new client at
each look. While it is stopped, beats wait in its socket's queue and are heard before it looks.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from holdfast.platform.balancer.pool import Pool, Target
from holdfast.platform.balancer.proxy_protocol import Transport
from holdfast.platform.membership.detector import (
    SILENT,
    Change,
    Detector,
    DetectorSettings,
    Gone,
    Memory,
    Present,
)
from holdfast.platform.membership.wire import Heartbeat, Rejection
from tests.fleet.node import SERVICE, WALL, Node
from tests.fleet.promises import NEVER, Broken, Judge

QUEUE = 64
"""Beats that wait while it is stopped; more are lost, as in a socket."""
INSISTENCE = 200
"""New clients in a row of which a starving node must get one."""


class Balancer:
    """One balancer over all its lives."""

    def __init__(
        self, number: int, settings: DetectorSettings, transport: Transport, nodes: Sequence[Node]
    ) -> None:
        self.number = number
        self.skew_s = 0.0
        self.nodes: Mapping[str, Node] = {node.name: node for node in nodes}
        self._names = list(self.nodes)
        self.cut: set[str] = set()
        """Nodes between which and us nothing passes."""
        self.is_stopped = False
        self.queue: list[tuple[Heartbeat, float]] = []
        self._settings, self._transport = settings, transport
        self._looks = 0
        self._stopped_at = self._paused_s = self._awake_at = 0.0
        self.counts: Counter[str] = Counter()
        """What happened to it, for who asks whether anything does."""

    def start(self, judge: Judge, now: float) -> None:
        """Begin another life, which remembers nothing."""
        self.detector = Detector(self._settings)
        self.pool = Pool({SERVICE: self._transport})
        self.judge = judge
        self.queue.clear()
        for node in self.nodes.values():
            self.truth_changed(node, now)

    def hand_over(self, now: float) -> None:
        """A successor goes on in our place, with what we tell it (`balancer.restart.estate`)."""
        told = msgspec.msgpack.encode(self.detector.memory())
        self.detector = Detector(self._settings)
        self.pool = Pool({SERVICE: self._transport})
        self._apply(self.detector.recall(msgspec.msgpack.decode(told, type=Memory)), now)

    def listened(self, now: float) -> float:
        """Seconds in which it listened: a stop counts for no more than two looks."""
        if self.is_stopped:  # whether it is a pause is known when it is over
            now = min(now, self._stopped_at + 2 * self._settings.look_every_s)
        return now - self._paused_s

    def reaches(self, node: Node) -> bool:
        """Whether a connection from here to the node would work."""
        return node.serves and node.name not in self.cut

    def truth_changed(self, node: Node, now: float) -> None:
        """Something happened to the node, or between us."""
        sight, at = self.judge.sights[node.name], self.listened(now)
        if not self.reaches(node):
            sight.bad_since = min(sight.bad_since, at) if sight.bad_since > NEVER else at
        elif not sight.is_good:
            sight.bad_since, sight.good_since = math.inf, at

    def ended(self, node: Node, now: float) -> None:
        """A life of the node is over."""
        self.judge.ended[node.name, node.incarnation] = self.listened(now)

    def stop(self, now: float) -> None:
        """Do nothing until `go_on`."""
        if not self.is_stopped:
            self._stopped_at, self.is_stopped = now, True

    def go_on(self, now: float) -> None:
        """Hear what has waited, then look, as the loop does."""
        if not self.is_stopped:
            return
        missed_s = now - self._awake_at - self._settings.look_every_s
        if missed_s > self._settings.look_every_s:
            self._paused_s += missed_s
        self.is_stopped = False
        waited, self.queue = self.queue, []
        for beat, sent_at in waited:
            self.hear(beat, sent_at, now)
        self.look(now)

    def hear(self, beat: Heartbeat, sent_at: float, now: float) -> None:
        """A genuine beat, sent at that true time, arrives."""
        if self.is_stopped:
            if len(self.queue) < QUEUE:
                self.queue.append((beat, sent_at))
                self.counts["waited"] += 1
            return
        listened, self._awake_at = self.listened(now), now
        in_time = self.is_in_time(beat, sent_at, now)
        self.judge.delivered(beat, listened, in_time=in_time)
        answer = self.detector.receive(beat, now, WALL + now + self.skew_s)
        if isinstance(answer, Rejection):
            self.counts["rejected"] += 1
            return
        self.judge.accepted(beat, listened)
        change = answer[0] if answer else None
        if isinstance(change, Present) and change.before and change.before.suspect:
            self.counts["refuted"] += 1
        self._apply(answer, now)

    def is_in_time(self, beat: Heartbeat, sent_at: float, now: float) -> bool:
        """Whether a beat must count: it is not late, and either it is of a life that was accepted
        before, or its clock is not wild."""
        surely_s = self._settings.window_s - 1.0
        if now - sent_at > surely_s:
            return False
        apart_s = abs(beat.sent_at - (WALL + now + self.skew_s))
        return apart_s < surely_s or self.judge.knows(beat.node, beat.incarnation)

    def refuse(self, beat: Heartbeat, now: float) -> None:
        """A beat arrives that must change nothing."""
        before, self._awake_at = self.detector.members, now
        answer = self.detector.receive(beat, now, WALL + now + self.skew_s)
        if not isinstance(answer, Rejection):
            raise Broken(f"replay: {beat.node}, life {beat.incarnation}, beat {beat.sequence}")
        if self.detector.members != before:
            raise Broken("replay: a rejected beat changed who is a member")
        self.counts["refused"] += 1

    def look(self, now: float) -> None:
        """What `Balancer._look` does, and a new client."""
        self._awake_at = now
        changes = self.detector.tick(now)
        if changes:
            self._judge(changes, now)
            self._apply(changes, now)
        if self._transport == "tcp":
            for target in self.pool.due_probes(now):
                self._connect(target, now)
        listened = self.listened(now)
        self._serve(listened, now)
        self._looks += 1
        name = self._names[self._looks % len(self._names)]
        if self.judge.is_starving(name, listened):
            self._feed(name, listened, now)

    def _apply(self, changes: Sequence[Change], now: float) -> None:
        for change in changes:
            self.pool.apply(change, now)

    def _judge(self, changes: Sequence[Change], now: float) -> None:
        listened = self.listened(now)
        for change in changes:
            member = change.member
            if isinstance(change, Gone) and change.why == SILENT:
                self.judge.removed(member.node, member.incarnation, listened)
                self.counts["removed"] += 1
            elif isinstance(change, Present) and member.suspect:
                self.judge.suspected(member.node, member.incarnation, listened)
                self.counts["suspected"] += 1

    def _serve(self, listened: float, now: float) -> None:
        """A client comes: it is sent from node to node until one takes it."""
        tried: list[str] = []
        while len(tried) < len(self.nodes):
            target = self.pool.pick(SERVICE, now, tried)
            if target is None:
                return
            self.judge.chose(target.node, target.incarnation, listened)
            if self._transport == "udp" or self._connect(target, now):
                return
            tried.append(target.node)

    def _connect(self, target: Target, now: float) -> bool:
        node = self.nodes[target.node]
        if target.incarnation == node.incarnation and self.reaches(node):
            self.pool.succeeded(target)
            return True
        self.pool.failed(target, now)
        self.counts["failed"] += 1
        self.judge.sights[target.node].failed = self.listened(now)
        return False

    def _feed(self, name: str, listened: float, now: float) -> None:
        """This node ought to have clients and has none: it gets some at the latest now."""
        for _ in range(INSISTENCE):
            target = self.pool.pick(SERVICE, now)
            if target is not None and target.node == name:
                self.judge.sights[name].chosen = listened
                return
        raise Broken(f"starved: {name} beats and answers, and gets no clients")

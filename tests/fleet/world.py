"""One world: what is in it, what happens to it, and that it agrees in the end. All dice are here.

Half of its time things go wrong: nodes crash, hang, restart, drain and leave; balancers stop and
restart; wall clocks jump; the network loses, delays, doubles, reorders and splits; attackers speak.
Then everything heals but the dead, and within `settle_s` all balancers must know who is there.
"""

import random
from dataclasses import dataclass, replace
from functools import cache

from holdfast.platform.membership.detector import NETWORKS, DetectorSettings
from holdfast.platform.membership.wire import Heartbeat
from tests.fleet.attacker import Attacker
from tests.fleet.balancer import Balancer
from tests.fleet.events import Events
from tests.fleet.node import Node
from tests.fleet.promises import LAZIEST, Bounds, Broken, Judge

INTERVAL_S = 1.0
OTHERS_S = (0.4, 1.0, 2.0)
"""Intervals of a fleet whose nodes differ in them."""
STORM_S = (4.0, 9.0)
SETTLED_AFTER_S = 2.0
"""Whoever agrees so soon is believed to go on so."""
TIGHT_WINDOW_S = 3.0
"""A clock window so small that worlds see it pass."""
LONGEST_DELAY_S = 0.6


@dataclass(frozen=True, slots=True)
class Plot:
    """What kind of world: `is_quiet` is one in which only balancers have trouble of their own."""

    is_quiet: bool = False


class World:
    """Draw it from a seed, then `live`; raises `Broken` when a promise is."""

    def __init__(self, seed: int, plot: Plot | None = None) -> None:
        plot = plot or Plot()
        dice = self._dice = random.Random(seed)
        self._events = Events()
        roll = dice.random
        preset = NETWORKS["local" if roll() < 0.6 else "lan" if roll() < 0.7 else "wan"]
        hoards = roll() < 0.2 and not plot.is_quiet
        window_s = TIGHT_WINDOW_S if hoards else preset.window_s
        look_every_s = 0.5 if roll() < 0.75 else 0.25
        self.settings = _settings(preset, window_s, look_every_s)
        self._loss = 0.0 if plot.is_quiet or roll() < 0.4 else roll() * roll() * 0.6
        self._delay_s = 0.001 if roll() < 0.3 else roll() * LONGEST_DELAY_S
        if hoards:
            self._loss += 0.2
        self._double = 0.0 if roll() < 0.6 else 0.2
        mixed = roll() < 0.3
        self.nodes = [
            Node(number, OTHERS_S[int(roll() * 3)] if mixed else INTERVAL_S)
            for number in range(2 + int(roll() * roll() * 5))
        ]
        self._slowest_s = max(node.interval_s for node in self.nodes)
        transport = "udp" if roll() < 0.5 else "tcp"
        self.balancers = [
            Balancer(number, self.settings, transport, self.nodes)
            for number in range(1 + int(roll() * roll() * roll() * 3))
        ]
        self._attacker = Attacker(dice, hoards=hoards, window_s=window_s)
        self._hoarded_s = 2 * window_s if hoards else 0.0
        self._bounds = {
            node.name: Bounds.of(
                self.settings,
                node.interval_s,
                delay_s=self._delay_s,
                hoarded_s=self._hoarded_s,
                witness_s=self._slowest_s,
            )
            for node in self.nodes
        }
        self._storm_s = STORM_S[0] + roll() * (STORM_S[1] - STORM_S[0])
        self.happened: list[str] = []
        for balancer in self.balancers:
            balancer.start(self._judge(), 0.0)
            self._events.after(roll() * look_every_s, self._look, balancer)
        for node in self.nodes:
            self._events.after(roll() * node.interval_s, self._beat, (node, node.incarnation))
        self._foretell(plot)

    def live(self) -> None:
        """Let everything happen, then see whether all agree."""
        self._events.run(self._storm_s)
        self._heal()
        settle_s = settling_s(self.settings, self._slowest_s) + self._hoarded_s
        latest = self._storm_s + settle_s
        self._events.run(self._storm_s + SETTLED_AFTER_S)
        while self._disagreement() and self._events.now < latest:
            self._events.run(min(self._events.now + INTERVAL_S, latest))
        for balancer in self.balancers:
            for _again in range(8):
                self._attacker.replay(balancer, self._events.now, safely=True)
        if disagreement := self._disagreement():
            raise Broken(f"agreement: {disagreement}")

    def end(self) -> None:
        """Nothing happens any more, and nothing holds anything else."""
        self._events.forget()

    # what goes on all the time

    def _judge(self) -> Judge:
        return Judge(self._bounds)

    def _look(self, balancer: Balancer) -> None:
        if not balancer.is_stopped:
            balancer.look(self._events.now)
        self._events.after(self.settings.look_every_s, self._look, balancer)

    def _beat(self, about: tuple[Node, int]) -> None:
        node, life = about
        if not node.is_alive or node.incarnation != life:
            return
        if not node.is_hanging:
            self._say(node)
        # A loop that goes on beats at once: its timer is overdue. `_resume` does that.
        self._events.after(
            node.interval_s * (1 + (LAZIEST - 1) * self._dice.random()), self._beat, about
        )

    def _say(self, node: Node) -> None:
        events, roll = self._events, self._dice.random
        beat, now = node.beat(events.now), events.now
        self._attacker.record(beat, now)
        for balancer in self.balancers:
            copies = 2 if self._double and roll() < self._double else 1
            for _ in range(copies):
                if node.name in balancer.cut or (self._loss and roll() < self._loss):
                    continue
                events.after(roll() * self._delay_s, self._arrive, (balancer, beat, now))

    def _arrive(self, about: tuple[Balancer, Heartbeat, float]) -> None:
        balancer, beat, sent_at = about
        balancer.hear(beat, sent_at, self._events.now)

    # what goes wrong

    def _foretell(self, plot: Plot) -> None:
        roll = self._dice.random
        wrongs = BALANCERS_OWN if plot.is_quiet else WRONGS
        for _ in range(2 + int(roll() * 4)):
            wrong = wrongs[int(roll() * len(wrongs))]
            self._events.after(roll() * (self._storm_s - 0.01), self._go_wrong, wrong)

    def _go_wrong(self, wrong: str) -> None:
        self.happened.append(wrong)
        roll = self._dice.random
        node = self.nodes[int(roll() * len(self.nodes))]
        balancer = self.balancers[int(roll() * len(self.balancers))]
        getattr(self, f"_{wrong}")(node, balancer)

    def _crash(self, node: Node, _: Balancer) -> None:
        if not node.is_alive:
            return
        node.is_alive = False
        for balancer in self.balancers:
            balancer.ended(node, self._events.now)
            balancer.truth_changed(node, self._events.now)
        node.comes_back = self._dice.random() < 0.6 and not node.has_left
        if node.comes_back:
            self._events.after(self._dice.random() * 6.0, self._revive, node)

    def _revive(self, node: Node) -> None:
        if node.is_alive:
            return
        node.comes_back = False
        node.restart(self._events.now)
        self._changed(node)
        self._beat((node, node.incarnation))

    def _hang(self, node: Node, _: Balancer) -> None:
        node.is_hanging = True
        self._changed(node)
        self._events.after(self._dice.random() * 7.0, self._resume, node)

    def _resume(self, node: Node) -> None:
        if not node.is_hanging:
            return
        node.is_hanging = False
        self._changed(node)
        if node.is_alive:
            self._say(node)

    def _drain(self, node: Node, _: Balancer) -> None:
        if not node.serves:
            return
        node.is_draining = not node.is_draining
        self._say(node)

    def _leave(self, node: Node, _: Balancer) -> None:
        if not node.serves:
            return
        node.has_left = True
        for _twin in range(2):
            self._say(node)
        self._crash(node, _)

    def _cut(self, node: Node, balancer: Balancer) -> None:
        balancer.cut.add(node.name)
        balancer.truth_changed(node, self._events.now)
        self._events.after(self._dice.random() * 6.0, self._join, (balancer, [node]))

    def _isolate(self, _: Node, balancer: Balancer) -> None:
        balancer.cut.update(balancer.nodes)
        for node in self.nodes:
            balancer.truth_changed(node, self._events.now)
        self._events.after(self._dice.random() * 9.0, self._join, (balancer, self.nodes))

    def _join(self, about: tuple[Balancer, list[Node]]) -> None:
        balancer, nodes = about
        for node in nodes:
            balancer.cut.discard(node.name)
            balancer.truth_changed(node, self._events.now)

    def _stop(self, _: Node, balancer: Balancer) -> None:
        balancer.stop(self._events.now)
        self._events.after(self._dice.random() * 6.0, self._go_on, balancer)

    def _go_on(self, balancer: Balancer) -> None:
        balancer.go_on(self._events.now)

    def _restart(self, _: Node, balancer: Balancer) -> None:
        balancer.go_on(self._events.now)
        balancer.start(self._judge(), self._events.now)

    def _hand_over(self, _: Node, balancer: Balancer) -> None:
        if not balancer.is_stopped:
            balancer.hand_over(self._events.now)

    def _jump(self, node: Node, balancer: Balancer) -> None:
        jump_s = (self._dice.random() - 0.5) * 10 ** (1 + int(self._dice.random() * 4))
        if self._dice.random() < 0.5:
            balancer.skew_s = jump_s
        else:
            node.skew_s = jump_s

    def _replay(self, _: Node, balancer: Balancer) -> None:
        for _again in range(8):
            self._attacker.replay(balancer, self._events.now)

    def _forge(self, node: Node, _: Balancer) -> None:
        if node.sequence:
            ahead = replace(node.beat(self._events.now), sequence=node.sequence + 1_000)
            self._attacker.forge(ahead)

    def _changed(self, node: Node) -> None:
        for balancer in self.balancers:
            balancer.truth_changed(node, self._events.now)

    # how it ends

    def _heal(self) -> None:
        now = self._events.now
        self._loss = self._double = 0.0
        for node in self.nodes:
            node.skew_s = 0.0
            self._resume(node)
            if node.comes_back:
                self._revive(node)
        for balancer in self.balancers:
            if not all(
                balancer.judge.knows(node.name, node.incarnation)
                for node in self.nodes
                if node.is_alive
            ):
                balancer.skew_s = 0.0  # else nobody has to introduce himself, and no clock matters
            self._join((balancer, self.nodes))
            balancer.go_on(now)

    def _disagreement(self) -> str | None:
        living = {
            (node.name, node.incarnation, node.is_draining, False)
            for node in self.nodes
            if node.is_alive
        }
        if not living:
            return None  # nobody is heard, so nobody is removed: that is promised too
        for balancer in self.balancers:
            known = {
                (member.node, member.incarnation, member.draining, member.suspect)
                for member in balancer.detector.members
            }
            if known != living:
                return f"{sorted(known)} instead of {sorted(living)}"
        return None


def settling_s(settings: DetectorSettings, slowest_s: float) -> float:
    """Within it all agree after all faults: who died last must be removed, which takes a witness,
    and who lives be heard."""
    return settings.removal_bound_s(slowest_s) + slowest_s + 2 * LONGEST_DELAY_S


BALANCERS_OWN = ("stop", "restart", "hand_over", "jump", "isolate", "replay", "forge")
WRONGS = (*BALANCERS_OWN, "crash", "crash", "hang", "drain", "leave", "cut", "cut")


@cache
def _settings(preset: DetectorSettings, window_s: float, look_every_s: float) -> DetectorSettings:
    return replace(preset, window_s=window_s, look_every_s=look_every_s)


def live(seed: int, plot: Plot | None = None) -> World:
    """Live the world of that seed; raises `Broken` with what it broke."""
    world = World(seed, plot)
    try:
        world.live()
    finally:
        world.end()
    return world

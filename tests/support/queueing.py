"""A fleet on paper: clients come, pools choose, members work them off one after the other.

An event simulation of the real `Pool` and policies with one clock and one seed. Members have slots,
a speed and a queue; they tell their load by beats, which all balancers hear. What comes out is how
long each client was there, who served it, and how crowded members ever were.
"""

import heapq
import random
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count

from holdfast.platform.balancer.policy import Dice, Policy
from holdfast.platform.balancer.pool import Pool, PoolSettings
from holdfast.platform.membership.detector import Member, Present
from holdfast.platform.membership.wire import Load

SERVICE = "s"


@dataclass(frozen=True, slots=True)
class Work:
    """A session lasts `light_s`, a `heavy_share` of them `heavier` times as long."""

    light_s: float = 0.01
    heavy_share: float = 0.1
    heavier: float = 50.0

    @property
    def mean_s(self) -> float:
        return self.light_s * (1 + self.heavy_share * (self.heavier - 1))

    def draw(self, dice: random.Random) -> float:
        return self.light_s * (self.heavier if dice.random() < self.heavy_share else 1.0)


@dataclass(slots=True)
class Server:
    """A member: `speed` 0.5 takes twice as long for everything."""

    node: str
    speed: float = 1.0
    slots: int = 1
    busy: int = 0
    queue: deque[tuple[float, Callable[[], None]]] = field(default_factory=deque)
    served: int = 0
    longest_queue: int = 0

    @property
    def inside(self) -> int:
        return self.busy + len(self.queue)


@dataclass(slots=True)
class Outcome:
    """What a run has shown. `times_s`: how long each client was there."""

    times_s: list[float]
    served: Counter[str]
    longest_queue: int

    def quantile_s(self, share: float) -> float:
        ordered = sorted(self.times_s)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Fleet:
    """`balancers` pools before the same servers; `load` is the share of the servers' time asked
    for. Beats come every `beat_s`, each server's at a moment of its own."""

    def __init__(
        self,
        policy: Callable[[Dice], Policy],
        *,
        speeds: Sequence[float] = (1.0, 1.0, 1.0, 1.0),
        slots: int = 1,
        balancers: int = 1,
        load: float = 0.7,
        work: Work | None = None,
        beat_s: float = 1.0,
        seed: int = 1,
    ) -> None:
        self._dice = random.Random(seed)
        self._work = work or Work()
        self.servers = [Server(f"n{i}", speed, slots) for i, speed in enumerate(speeds)]
        self.pools = [
            Pool(
                {SERVICE: "tcp"},
                PoolSettings(),
                {SERVICE: policy(random.Random(seed * 1000 + number).random)},
                first_turn=number,
            )
            for number in range(balancers)
        ]
        self._gap_s = self._work.mean_s / (load * sum(speeds) * slots)
        self._beat_s = beat_s
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self.now = 0.0
        self._times: list[tuple[float, float]] = []
        for number, server in enumerate(self.servers):
            self._beat(server)
            self._at(beat_s * number / len(self.servers), lambda s=server: self._beats(s))
        self._at(0.0, self._arrive)

    def run(self, clients: int, *, warm_up: int = 200) -> Outcome:
        """So many clients, without those who found the fleet still empty."""
        while len(self._times) < clients + warm_up:
            self.now, _, act = heapq.heappop(self._events)
            act()
        times = [stay_s for _, stay_s in sorted(self._times)[warm_up:]]
        served = Counter({server.node: server.served for server in self.servers})
        return Outcome(times, served, max(server.longest_queue for server in self.servers))

    def _at(self, when: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._events, (when, next(self._order), act))

    def _arrive(self) -> None:
        pool = self.pools[self._dice.randrange(len(self.pools))]
        work_s, client = self._work.draw(self._dice), f"c{self._dice.randrange(10_000)}"
        target = pool.pick(SERVICE, self.now, (), client)
        assert target is not None
        pool.opened(target)
        server = next(each for each in self.servers if each.node == target.node)
        came = self.now

        def leave() -> None:
            pool.closed(target)
            pool.answered(target, self.now - came, self.now)
            self._times.append((came, self.now - came))

        server.queue.append((work_s / server.speed, leave))
        self._serve(server)
        server.longest_queue = max(server.longest_queue, len(server.queue))
        self._at(self.now + self._dice.expovariate(1 / self._gap_s), self._arrive)

    def _serve(self, server: Server) -> None:
        while server.queue and server.busy < server.slots:
            work_s, leave = server.queue.popleft()
            server.busy += 1
            self._at(self.now + work_s, lambda leave=leave: self._done(server, leave))

    def _done(self, server: Server, leave: Callable[[], None]) -> None:
        server.busy -= 1
        server.served += 1
        leave()
        self._serve(server)

    def _beats(self, server: Server) -> None:
        self._beat(server)
        self._at(self.now + self._beat_s, lambda: self._beats(server))

    def _beat(self, server: Server) -> None:
        load = Load(server.inside, server.slots)
        endpoint = ("127.0.0.1", 1 + self.servers.index(server))
        member = Member(server.node, 1, {SERVICE: endpoint}, False, False, load)
        for pool in self.pools:
            pool.apply(Present(member, None), self.now)

"""PURE. What the kernel shall do now: a machine from members to doors, with the reasons why not.

`decide(fleet, now)` is told who is in rotation behind each service and answers with a door for each
listener that the kernel can carry; the others stay on the relay, each with a sentence. It remembers
only what must not jump: weights on their way, and slots that are right as they are, for a new table
begins at its first slot again.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from holdfast.platform.balancer.affinity import Affinity
from holdfast.platform.balancer.kernel_choice import Machine, Place, blocked, place_of
from holdfast.platform.balancer.kernel_rules import Door, Gate
from holdfast.platform.balancer.kernel_shares import Spread, headroom, slots, step
from holdfast.platform.balancer.policy import Policy, RoundRobin, Weighted
from holdfast.platform.balancer.proxy_protocol import Transport
from holdfast.platform.membership.wire import Endpoint, Load

STEP_EVERY_S = 1.0
"""How often reported loads move the weights."""


def spread(policy: Policy) -> Spread:
    """What the kernel does for a policy of the relay. Who counts clients or times answers there has
    the members' reports here: the kernel shows neither."""
    match policy:
        case RoundRobin():
            return Spread.TURNS
        case Weighted():
            return Spread.CAPACITIES
        case Affinity():
            return Spread.HASH
    return Spread.LOADS


@dataclass(frozen=True, slots=True)
class Entry:
    """A listener that the kernel may carry: its name, service, and where it is bound."""

    name: str
    service: str
    host: str
    port: int
    transport: Transport = "tcp"

    @property
    def gate(self) -> Gate:
        """What tells it from the others in the kernel."""
        return self.transport, self.port


@dataclass(frozen=True, slots=True)
class Fit:
    """A member in rotation. `weight`: its share against others before any load is counted;
    `share`: the part of it that slow start lets through."""

    node: str
    endpoint: Endpoint
    load: Load = field(default_factory=Load)
    weight: float = 1.0
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Group:
    """The members in rotation behind a service, and how clients are to be spread over them."""

    members: Sequence[Fit] = ()
    spread: Spread = Spread.TURNS


@dataclass(frozen=True, slots=True)
class Decision:
    """`doors` the kernel shall carry; `stays`: listener's name -> why it is on the relay."""

    doors: tuple[Door, ...]
    stays: Mapping[str, str]


class Plan:
    """The plan of one balancer's listeners."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = tuple(entries)
        self._weights: dict[str, dict[str, float]] = {}
        self._spreads: dict[str, Spread] = {}
        self._orders: dict[str, tuple[str, ...]] = {}
        self._doors: dict[str, tuple[object, Door]] = {}
        self._stepped_at = -math.inf
        self._rebuilt = 0

    def decide(self, fleet: Mapping[str, Group], machine: Machine, now: float) -> Decision:
        """The doors for the members in rotation, by service."""
        steps = now - self._stepped_at >= STEP_EVERY_S
        if steps:
            self._stepped_at = now
        for service in {entry.service for entry in self.entries}:
            self._weigh(service, fleet.get(service, _NOBODY), steps=steps)
        doors, stays = [], {}
        for entry in self.entries:
            found = self._door(entry, fleet.get(entry.service, _NOBODY), machine)
            if isinstance(found, Door):
                doors.append(found)
            else:
                stays[entry.name] = found
        return Decision(tuple(doors), stays)

    def _weigh(self, service: str, group: Group, *, steps: bool) -> None:
        spread, members = group.spread, group.members
        before = self._weights.get(service, {})
        told = spread in (Spread.CAPACITIES, Spread.LOADS) and all(
            member.load.capacity for member in members
        )
        after = {}
        for member in members:
            wanted = member.weight * (member.load.capacity if told else 1)
            if spread is Spread.LOADS:
                wanted *= headroom(member.load)
            if spread is not Spread.HASH:  # where all balancers must agree, nobody is held back
                wanted *= member.share
            known = before.get(member.node)
            if spread is not Spread.LOADS or known is None:
                after[member.node] = wanted
            else:
                after[member.node] = step(known, wanted) if steps else known
        if (after, spread) != (before, self._spreads.get(service)):
            self._orders[service] = slots(spread, after)
        self._spreads[service] = spread
        self._weights[service] = after

    def _door(self, entry: Entry, group: Group, machine: Machine) -> Door | str:
        endpoints = {member.node: member.endpoint for member in group.members}
        place = place_of(endpoints.values())
        if not isinstance(place, Place):
            return place
        why = blocked(place, machine, entry.host)
        if why is not None:
            return why
        # Slots are coarse enough not to change with every report, nor with the order of members.
        order = self._orders[entry.service]
        shape = (place, endpoints, order, group.spread)
        known = self._doors.get(entry.name)
        if known is not None and known[0] == shape:
            return known[1]
        if group.spread is not Spread.HASH:
            start = self._rebuilt % len(order)
            order = order[start:] + order[:start]
        self._rebuilt += 1
        turns = tuple(endpoints[node] for node in order)
        door = Door(entry.port, entry.host, place, group.spread, turns, entry.transport)
        self._doors[entry.name] = (shape, door)
        return door


_NOBODY = Group()

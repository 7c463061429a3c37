"""PURE. The members behind each service: who takes new clients, who is out of rotation, until when.

Membership says who is *there*; the pool adds what the relays find out by using them. A failed
connect takes a member's service out of rotation at once and for a growing time. A TCP service comes
back when a probe reached it (no client pays for the attempt), a UDP service when its time is over.
A new incarnation or address begins with a clean slate. Members are kept by name, never by index.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from holdfast.platform.balancer.policy import Policy, RoundRobin
from holdfast.platform.balancer.proxy_protocol import Transport
from holdfast.platform.membership.detector import Change, Gone, Member
from holdfast.platform.membership.wire import Endpoint, Load


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """A member's first failure takes it out for `first_out_s`, each further one for twice as long
    as before, up to `longest_out_s`."""

    first_out_s: float = 0.25
    longest_out_s: float = 10.0


@dataclass(slots=True, eq=False, weakref_slot=True)
class Target:
    """A member's service at the address it had when it was picked. The pool makes only one of each,
    for as long as anybody holds it, so targets are the same exactly if they are one object."""

    service: str
    node: str
    incarnation: int
    endpoint: Endpoint
    in_flight: int = 0
    """Clients that are on it now, also while it is lost for a while."""


@dataclass(slots=True)
class _Seat:
    """A member's place in one service. `out_until` is None while in rotation."""

    target: Target
    load: Load
    suspect: bool
    draining: bool
    failures: int = 0
    out_until: float | None = None
    probing: bool = False

    @property
    def node(self) -> str:
        return self.target.node

    @property
    def in_flight(self) -> int:
        return self.target.in_flight


@dataclass(slots=True)
class _Service:
    """A service's seats by node. `rotation` is what a pick chooses from, right up to `until`."""

    transport: Transport
    policy: Policy
    seats: dict[str, _Seat] = field(default_factory=dict)
    by_endpoint: dict[Endpoint, _Seat] = field(default_factory=dict)
    rotation: list[_Seat] | None = None
    until: float = 0.0
    turn: int = 0


class Pool:
    """All services of the balancer's listeners; what members offer beyond these is ignored."""

    def __init__(
        self,
        services: Mapping[str, Transport],
        settings: PoolSettings | None = None,
        policies: Mapping[str, Policy] | None = None,
    ) -> None:
        self._settings = settings or PoolSettings()
        given = policies or {}
        self._services = {
            name: _Service(transport, given.get(name, RoundRobin()))
            for name, transport in services.items()
        }
        self._targets: WeakValueDictionary[tuple[object, ...], Target] = WeakValueDictionary()
        self.generation = 0
        """Grows with every change that may matter to a waiting client or a pinned flow."""

    def apply(self, change: Change, now: float) -> None:
        """Take over what membership found out."""
        gone = isinstance(change, Gone)
        for name, service in self._services.items():
            endpoint = change.member.services.get(name)
            if gone or endpoint is None:
                self._unseat(service, change.member.node)
            else:
                self._seat(service, self._target(name, change.member, endpoint), change.member)
                self._hasten(service, change.member.node, now)

    def pick(self, service: str, now: float, tried: Collection[str] = ()) -> Target | None:
        """A member for a new client, none of the nodes in `tried`; None when nobody is fit.

        Suspects are taken only when there is nobody else; draining members never.
        """
        found = self._services[service]
        if found.rotation is None or now >= found.until:
            self._rotate(found, now)
        candidates = found.rotation or []
        if tried:
            candidates = _fit(found, tried)
        if not candidates:
            return None
        chosen = candidates[found.policy.choose(candidates, found.turn)]
        found.turn += 1
        return chosen.target

    def failed(self, target: Target, now: float) -> bool:
        """The member could not be reached there: out of rotation at once. False if that is no news:
        clients that tried it at the same time fail one after the other, and count once."""
        seat = self._current(target)
        if seat is None or (seat.out_until is not None and not seat.probing):
            return False
        seat.failures += 1
        seat.probing = False
        # The exponent is bounded because a float is, and failures are not.
        growth: int = 2 ** min(seat.failures - 1, 30)
        out_s = min(self._settings.first_out_s * growth, self._settings.longest_out_s)
        seat.out_until = now + out_s
        self._changed(self._services[target.service])
        return True

    def succeeded(self, target: Target) -> None:
        """The member was reached there: all is forgiven."""
        seat = self._current(target)
        if seat is None or (seat.out_until is None and not seat.failures):
            return
        seat.failures, seat.out_until, seat.probing = 0, None, False
        self._changed(self._services[target.service])

    @staticmethod
    def opened(target: Target) -> None:
        """A client is on this member now."""
        target.in_flight += 1

    @staticmethod
    def closed(target: Target) -> None:
        """A client that was `opened` has gone."""
        target.in_flight -= 1

    def due_probes(self, now: float) -> list[Target]:
        """TCP members out of rotation whose time is over. Each must get `failed` or `succeeded`."""
        due = [seat for seat in self._out_of_tcp() if not seat.probing and _over(seat, now)]
        for seat in due:
            seat.probing = True
        return [seat.target for seat in due]

    def target_of(self, service: str, node: str) -> Target | None:
        """The node's service as it is now; None when it has none."""
        seat = self._services[service].seats.get(node) if service in self._services else None
        return seat.target if seat is not None else None

    def keeps(self, target: Target) -> bool:
        """Whether a flow may stay with this member: still there, the same life, not out."""
        seat = self._current(target)
        return seat is not None and seat.out_until is None

    def knows(self, target: Target) -> bool:
        """Whether this is a member, whatever its state: only members may answer clients."""
        return self._current(target) is not None

    def targets_at(self, endpoint: Endpoint) -> list[Target]:
        """The members' UDP services at this address."""
        seats = [
            service.by_endpoint.get(endpoint)
            for service in self._services.values()
            if service.transport == "udp"
        ]
        return [seat.target for seat in seats if seat is not None]

    def census(self) -> dict[str, tuple[int, int]]:
        """Service -> (members that take new clients, all members), for the state line."""
        return {
            name: (
                sum(not s.draining and s.out_until is None for s in service.seats.values()),
                len(service.seats),
            )
            for name, service in self._services.items()
        }

    def _target(self, service: str, member: Member, endpoint: Endpoint) -> Target:
        key = (service, member.node, member.incarnation, endpoint)
        target = self._targets.get(key)
        if target is None:
            target = self._targets[key] = Target(service, member.node, member.incarnation, endpoint)
        return target

    def _seat(self, service: _Service, target: Target, member: Member) -> None:
        seat = service.seats.get(target.node)
        if seat is None or seat.target is not target:
            self._unseat(service, target.node)
            seat = _Seat(target, member.load, member.suspect, member.draining)
            service.seats[target.node] = service.by_endpoint[target.endpoint] = seat
            self._changed(service)
            return
        seat.load = member.load
        if (seat.suspect, seat.draining) != (member.suspect, member.draining):
            seat.suspect, seat.draining = member.suspect, member.draining
            self._changed(service)

    def _unseat(self, service: _Service, node: str) -> None:
        seat = service.seats.pop(node, None)
        if seat is None:
            return
        # Two nodes may claim one address (a restart under a new name): only the owner gives it up.
        if service.by_endpoint.get(seat.target.endpoint) is seat:
            del service.by_endpoint[seat.target.endpoint]
        self._changed(service)

    def _hasten(self, service: _Service, node: str, now: float) -> None:
        """A beat says that the node lives: have its TCP service probed without further delay."""
        seat = service.seats[node]
        if service.transport == "tcp" and not seat.suspect and seat.out_until is not None:
            seat.out_until = min(seat.out_until, now)

    def _changed(self, service: _Service) -> None:
        service.rotation = None
        self.generation += 1

    def _rotate(self, service: _Service, now: float) -> None:
        for seat in service.seats.values():
            if service.transport == "udp" and _over(seat, now):
                seat.out_until = None
        service.rotation = _fit(service)
        outs = (seat.out_until for seat in service.seats.values() if seat.out_until is not None)
        service.until = min((until for until in outs if until > now), default=math.inf)

    def _current(self, target: Target) -> _Seat | None:
        seat = self._services[target.service].seats.get(target.node)
        return seat if seat is not None and seat.target is target else None

    def _out_of_tcp(self) -> list[_Seat]:
        return [
            seat
            for service in self._services.values()
            if service.transport == "tcp"
            for seat in service.seats.values()
            if seat.out_until is not None
        ]


def _fit(service: _Service, tried: Collection[str] = ()) -> list[_Seat]:
    fit = [
        seat
        for seat in service.seats.values()
        if seat.out_until is None and not seat.draining and seat.node not in tried
    ]
    return [seat for seat in fit if not seat.suspect] or fit


def _over(seat: _Seat, now: float) -> bool:
    return seat.out_until is not None and now >= seat.out_until

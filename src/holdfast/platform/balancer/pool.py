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

from holdfast.platform.balancer.orders import Order, Orders
from holdfast.platform.balancer.outliers import OutlierSettings, Trouble
from holdfast.platform.balancer.policy import Policy, RoundRobin
from holdfast.platform.balancer.proxy_protocol import Transport
from holdfast.platform.balancer.seat import MemberState, Seat, Standing, Target, rotation, untried
from holdfast.platform.membership.detector import Change, Gone, Member
from holdfast.platform.membership.wire import Endpoint

__all__ = ["Pool", "PoolSettings", "Target"]


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """A member's first failure takes it out for `first_out_s`, each further one for twice as long
    as before, up to `longest_out_s`. A new or returning member is warm after `slow_start_s`. When
    less than `panic_share` of a service's members are fit, all of them are used."""

    first_out_s: float = 0.25
    longest_out_s: float = 10.0
    slow_start_s: float = 0.0
    panic_share: float = 0.5
    outliers: OutlierSettings = field(default_factory=OutlierSettings)


@dataclass(slots=True)
class _Service:
    """A service's seats by node. `rotation` is what a pick chooses from, right up to `until`;
    somebody of it may be cold right up to `cold_until`."""

    transport: Transport
    policy: Policy
    seats: dict[str, Seat] = field(default_factory=dict)
    by_endpoint: dict[Endpoint, Seat] = field(default_factory=dict)
    rotation: list[Seat] | None = None
    panic: bool = False
    until: float = 0.0
    cold_until: float = 0.0
    turn: int = 0


class Pool:
    """All services of the balancer's listeners; what members offer beyond these is ignored.

    `first_turn`: another number for each balancer, so that they do not walk in step.
    """

    def __init__(
        self,
        services: Mapping[str, Transport],
        settings: PoolSettings | None = None,
        policies: Mapping[str, Policy] | None = None,
        first_turn: int = 0,
    ) -> None:
        self._settings = settings or PoolSettings()
        given = policies or {}
        self._services = {
            name: _Service(transport, given.get(name) or RoundRobin(), turn=first_turn)
            for name, transport in services.items()
        }
        self._targets: WeakValueDictionary[tuple[object, ...], Target] = WeakValueDictionary()
        self._orders = Orders()
        self.generation = 0
        """Grows with every change that may matter to a waiting client or a pinned flow."""

    def reconfigure(self, settings: PoolSettings, policies: Mapping[str, Policy]) -> None:
        """Work by these settings from now on; services that `policies` names get a fresh one."""
        self._settings = settings
        for name, service in self._services.items():
            service.policy = policies.get(name) or service.policy
            self._changed(service)

    def apply(self, change: Change, now: float) -> None:
        """Take over what membership found out."""
        gone = isinstance(change, Gone)
        for name, service in self._services.items():
            endpoint = change.member.services.get(name)
            if gone or endpoint is None:
                self._unseat(service, change.member.node)
            else:
                target = self._target(name, change.member, endpoint)
                self._seat(service, target, change.member, now)
                self._hasten(service, change.member.node, now)

    def pick(
        self, service: str, now: float, tried: Collection[str] = (), client: str = ""
    ) -> Target | None:
        """A member for a new client, none of the nodes in `tried`; None when nobody is there.

        `client` is the client's address, the same each time, for policies of affinity.
        """
        found = self._services[service]
        if found.rotation is None or now >= found.until:
            self._rotate(found, now)
        candidates = found.rotation or []
        if tried:
            candidates = untried(found.seats.values(), candidates, tried)
        if len(candidates) < 2:  # nothing to choose
            return candidates[0].target if candidates else None
        chosen = candidates[found.policy.choose(candidates, found.turn, now, client)]
        if now < found.cold_until:
            chosen = self._warmed(found, candidates, chosen, now, client)
        found.turn += 1
        return chosen.target

    def is_draining(self, target: Target) -> bool:
        """Whether the member says that it ends."""
        seat = self._current(target)
        return seat is not None and seat.draining

    def failed(self, target: Target, now: float) -> bool:
        """The member could not be reached there: out of rotation at once. False if that is no news:
        clients that tried it at the same time fail one after the other, and count once."""
        seat = self._current(target)
        if seat is None:
            return False
        seat.record.count(Trouble.UNREACHED)
        if seat.out_until is not None and not seat.probing:
            return False
        seat.failures += 1
        seat.probing = False
        seat.latency.fail(now)
        # The exponent is bounded because a float is, and failures are not.
        growth: int = 2 ** min(seat.failures - 1, 30)
        out_s = min(self._settings.first_out_s * growth, self._settings.longest_out_s)
        seat.out_until = now + out_s
        self._changed(self._services[target.service])
        return True

    def succeeded(self, target: Target) -> None:
        """The member was reached there: failed connects are forgiven."""
        seat = self._current(target)
        if seat is None or (seat.out_until is None and not seat.failures):
            return
        seat.failures, seat.out_until, seat.probing = 0, None, False
        self._changed(self._services[target.service])

    def answered(self, target: Target, latency_s: float, now: float) -> None:
        """A client's first answer came, so long after it was due."""
        seat = self._services[target.service].seats.get(target.node)
        if seat is not None and seat.target is target:
            seat.record.in_row = 0
            seat.latency.observe(latency_s, now)

    def spoilt(self, target: Target, trouble: Trouble, now: float) -> bool:
        """The member took a client and failed it. True if it is ejected for that, just now."""
        seat = self._current(target)
        if seat is None:
            return False
        seat.latency.fail(now)
        outliers, service = self._settings.outliers, self._services[target.service]
        enough = seat.record.blame(trouble, outliers)
        if not enough or seat.record.ejected_until is not None:
            return False
        members = [each for each in service.seats.values() if not (each.draining or each.drained)]
        ejected = sum(each.record.ejected_until is not None for each in members)
        if not outliers.room(len(members), ejected):
            return False
        seat.record.eject(now, outliers)
        self._changed(service)
        return True

    @property
    def standing_orders(self) -> dict[str, Order]:
        """What the operator wants of nodes, for a successor."""
        return self._orders.standing

    def recall(self, orders: Mapping[str, Order]) -> None:
        """Have the orders that a predecessor had. `ValueError` for one that is not sensible."""
        for node, order in orders.items():
            self.weigh(node, order.weight)
            if order.drained:
                self.drain(node)

    def drain(self, node: str) -> None:
        """The operator's word: no new clients for this node, whatever it says itself and even if it
        starts anew, until `undrain`. `ValueError` when too many orders are standing."""
        self._order(node, self._orders.drain(node))

    def undrain(self, node: str) -> None:
        """The operator takes `drain` back."""
        self._order(node, self._orders.undrain(node))

    def weigh(self, node: str, weight: float) -> None:
        """The operator's word: this share for the node against others' 1, until told otherwise.
        `ValueError` when it is not a sensible number or too many orders are standing."""
        self._order(node, self._orders.weigh(node, weight))

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

    def in_rotation(self, service: str, now: float) -> list[tuple[Target, MemberState]]:
        """Whom `pick` chooses from just now, with what is known of each."""
        found = self._services[service]
        if found.rotation is None or now >= found.until:
            self._rotate(found, now)
        return [(seat.target, self._state(seat, now)) for seat in found.rotation or ()]

    def policy(self, service: str) -> Policy:
        """How a service's members are chosen."""
        return self._services[service].policy

    def endpoints(self, service: str) -> set[Endpoint]:
        """Where all of a service's members are, whatever their state."""
        return {seat.target.endpoint for seat in self._services[service].seats.values()}

    def keepers(self, service: str) -> set[Endpoint]:
        """Where those of a service's members are who keep their flows (`keeps`)."""
        seats = self._services[service].seats.values()
        return {seat.target.endpoint for seat in seats if seat.out_until is None}

    def census(self) -> dict[str, tuple[int, int]]:
        """Service -> (members that take new clients, all members), for the state line."""
        taking = (Standing.FIT, Standing.SUSPECT)
        return {
            name: (
                sum(seat.standing in taking for seat in service.seats.values()),
                len(service.seats),
            )
            for name, service in self._services.items()
        }

    def panics(self) -> list[str]:
        """The services that use members they would not trust, because too few are fit."""
        return [name for name, service in self._services.items() if service.panic]

    def states(self, now: float) -> list[MemberState]:
        """Every member of every service, for metrics and people."""
        return [
            self._state(seat, now)
            for service in self._services.values()
            for seat in service.seats.values()
        ]

    def _state(self, seat: Seat, now: float) -> MemberState:
        target = seat.target
        return MemberState(
            service=target.service,
            node=target.node,
            endpoint=target.endpoint,
            standing=seat.standing,
            until_s=max(0.0, seat.until - now) if seat.until < math.inf else None,
            share=seat.ramp.share(now, self._settings.slow_start_s),
            weight=seat.weight,
            in_flight=seat.in_flight,
            load=seat.load,
            latency_s=seat.latency_s(now),
            errors={trouble.value: count for trouble, count in seat.record.counts.items()},
            ejections=seat.record.ejections,
        )

    def _target(self, service: str, member: Member, endpoint: Endpoint) -> Target:
        seat = self._services[service].seats.get(member.node)
        if seat is not None:
            target = seat.target
            if target.incarnation == member.incarnation and target.endpoint == endpoint:
                return target
        key = (service, member.node, member.incarnation, endpoint)
        known = self._targets.get(key)
        if known is None:
            known = self._targets[key] = Target(service, member.node, member.incarnation, endpoint)
        return known

    def _seat(self, service: _Service, target: Target, member: Member, now: float) -> None:
        seat = service.seats.get(target.node)
        if seat is None or seat.target is not target:
            self._unseat(service, target.node)
            seat = Seat(target, member.load, member.suspect, member.draining)
            order = self._orders.of(target.node)
            seat.drained, seat.weight, seat.told_at = order.drained, order.weight, now
            service.seats[target.node] = service.by_endpoint[target.endpoint] = seat
            self._changed(service)
            return
        if seat.load is not member.load:  # a beat, not our own suspicion
            seat.load, seat.told_of, seat.told_at = member.load, target.in_flight, now
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

    def _order(self, node: str, order: Order) -> None:
        for service in self._services.values():
            seat = service.seats.get(node)
            if seat is not None and (seat.drained, seat.weight) != (order.drained, order.weight):
                seat.drained, seat.weight = order.drained, order.weight
                self._changed(service)

    def _rotate(self, service: _Service, now: float) -> None:
        seats, slow_start_s = service.seats.values(), self._settings.slow_start_s
        for seat in seats:
            seat.record.release_if_due(now)
            if service.transport == "udp" and _over(seat, now):
                seat.out_until = None
        taking, service.panic = rotation(seats, self._settings.panic_share)
        chosen = {seat.node for seat in taking}
        for seat in seats:
            returns, seat.in_rotation = not seat.in_rotation, seat.node in chosen
            if seat.in_rotation and returns and slow_start_s and not service.panic:
                seat.ramp.begin(now)
                service.cold_until = now + slow_start_s
            elif service.panic:
                seat.ramp.skip()
        service.rotation = taking
        service.until = min((s.until for s in seats if s.until > now), default=math.inf)

    def _warmed(
        self, service: _Service, candidates: list[Seat], chosen: Seat, now: float, client: str
    ) -> Seat:
        """The policy's choice, or its next one as long as slow start holds the choice back."""
        within_s = self._settings.slow_start_s
        most = max(seat.ramp.share(now, within_s) for seat in candidates)
        while len(candidates) > 1 and not chosen.ramp.admits(
            chosen.ramp.share(now, within_s) / most
        ):
            candidates = [seat for seat in candidates if seat is not chosen]
            chosen = candidates[service.policy.choose(candidates, service.turn, now, client)]
        return chosen

    def _current(self, target: Target) -> Seat | None:
        seat = self._services[target.service].seats.get(target.node)
        return seat if seat is not None and seat.target is target else None

    def _out_of_tcp(self) -> list[Seat]:
        return [
            seat
            for service in self._services.values()
            if service.transport == "tcp"
            for seat in service.seats.values()
            if seat.out_until is not None
        ]


def _over(seat: Seat, now: float) -> bool:
    return seat.out_until is not None and now >= seat.out_until

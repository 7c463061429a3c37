"""The kernel path: keeps nftables in step with the pool, and steps aside when it cannot.

The relay's sockets stay open under it, so whatever is not, or no longer, in the kernel's table is
served by the relay: a failure here costs speed, never a client. One transaction at a time; what
changes meanwhile goes into the next. What to write is decided by `kernel_plan`, and said in the
kernel's words by `kernel_rules`.
"""

import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from functools import partial

from holdfast.platform.balancer import kernel_facts, kernel_rules
from holdfast.platform.balancer.fleet_view import KernelRow
from holdfast.platform.balancer.kernel_choice import obstacle, told
from holdfast.platform.balancer.kernel_facts import Tracking
from holdfast.platform.balancer.kernel_flows import LOOK_AGAIN_S, Flows
from holdfast.platform.balancer.kernel_plan import STEP_EVERY_S, Entry, Fit, Group, Plan, spread
from holdfast.platform.balancer.kernel_probes import Probes
from holdfast.platform.balancer.kernel_programs import Outcome, Programs, found, run_now
from holdfast.platform.balancer.kernel_refusals import Refusals
from holdfast.platform.balancer.kernel_rules import LEASE_S, Door, Gate, Table
from holdfast.platform.balancer.kernel_watch import Watch
from holdfast.platform.balancer.loop import Loop
from holdfast.platform.balancer.packets.near_path import NearPath
from holdfast.platform.balancer.pool import Pool, Target
from holdfast.platform.balancer.proxy_protocol import Address
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.membership.wire import Endpoint
from holdfast.platform.runtime.app import Listener
from holdfast.platform.runtime.logs import Log

LOOK_EVERY_S = 0.05
"""How long a change of the fleet waits at most: so there are 20 transactions a second at most."""
RETRY_AFTER_S = 30.0
"""When a path that failed is tried again."""
COUNT_EVERY_S = 10.0
LEARN_AFTER_S = 5.0
"""When a fresh table's balancer looks whose UDP flows an earlier one left: by then it has heard the
members' beats."""
NO_PROGRAMS = "the programs nft and conntrack are needed: apt install nftables conntrack"
NO_RIGHTS = (
    "nftables may not be changed by this user: run as root, or give the service the capability "
    "CAP_NET_ADMIN (AmbientCapabilities in its unit)"
)

_log = Log("balancer")


class State(Enum):
    """Who carries the listeners that qualify."""

    RELAY = "relay"
    OPENING = "opening"
    KERNEL = "kernel"
    FAILED = "failed"
    CLOSING = "closing"
    EMPTY = "empty"


class KernelPath:
    """The kernel's part of one balancer. `doors` are its listeners with their bound addresses;
    `port`, its heartbeats', tells its table from those of other balancers on this machine."""

    def __init__(
        self,
        loop: Loop,
        pool: Pool,
        settings: BalancerSettings,
        doors: Sequence[tuple[Listener, Address]],
        *,
        port: int,
    ) -> None:
        self._loop = loop
        self._pool = pool
        self._settings = settings
        reasons = {each.name: _obstacle(each, settings) for each, _ in doors}
        self.stays = {name: why for name, why in reasons.items() if why is not None}
        """Listener's name -> why the relay carries it, whatever the state."""
        self._entries = [
            Entry(listener.name, listener.service, host, port, listener.transport)
            for listener, (host, port) in doors
            if listener.name not in self.stays
        ]
        self._plan = Plan(self._entries)
        self._table = _table(settings, f"{kernel_rules.PREFIX}{port}")
        self.state = State.RELAY
        self.accepted: dict[str, int] = {}
        """Listener's name -> clients that the kernel let in since the start."""
        self._nft, conntrack = found("nft"), found("conntrack")
        self._complete = self._nft is not None and conntrack is not None
        self._programs = Programs(loop)
        self._near = NearPath(loop, port, self._settings)
        self._flows = Flows(loop, self._programs, conntrack or "", self._keepers, self._near.forget)
        self._refusals = Refusals(
            loop,
            self._programs,
            self._nft or "",
            families=self._udp_families,
            refused=self._member_refused,
        )
        self._probes = Probes(loop, pool, settings.connect_timeout_s, self._targets)
        self._watch = Watch()
        self._doors: dict[Gate, Door] = {}
        self._writing = self._made = self._over = self._stale = False
        self._fault = ""
        """Why nftables' tables are not to be written now."""
        self._written_at = self._stepped_at = loop.now
        self._generation = -1

    @property
    def carried(self) -> list[str]:
        """The listeners whose clients the kernel carries now."""
        if self.state is not State.KERNEL:
            return []
        return [entry.name for entry in self._entries if entry.gate in self._all]

    def shares(self) -> dict[str, dict[Endpoint, int]]:
        """Listener's name -> a member's address -> how many slots of the table are its."""
        names = {entry.gate: entry.name for entry in self._entries}
        doors = self._all if self.state is State.KERNEL else {}
        return {names[gate]: dict(Counter(door.slots)) for gate, door in doors.items()}

    @property
    def _has_tables(self) -> bool:
        return self._made and not self._fault

    @property
    def _all(self) -> dict[Gate, Door]:
        return self._doors | self._near.doors

    @property
    def holds_clients(self) -> bool:
        """While the balancer stops: whether somebody may still be inside by this path."""
        return self.state is State.CLOSING

    def start(self) -> None:
        """Begin, if the settings want it and this machine lets us."""
        if self._settings.data_path == "relay":
            self._near.end()
            return
        if not self._entries:
            self._near.end()
            self._fall_back(f"no listener qualifies: {told(list(self.stays.items()))}")
            return
        if self._near.start():
            self.state = State.KERNEL  # tables only when somebody needs them
        elif not self._complete:
            self._fall_back(NO_PROGRAMS)
            return
        else:
            self._open()
        self._probes.start()
        self._refusals.start(lambda: self._table)
        self._loop.call_every(LOOK_EVERY_S, self._look)
        self._loop.call_every(COUNT_EVERY_S, self._count)

    def reconfigure(self, settings: BalancerSettings) -> None:
        """Take other limits over, with the next change. Which path there is, and what the table was
        made with (the idle time-out, the gateway), stays until a restart."""
        limits = _table(settings, self._table.name)
        self._table = replace(
            self._table,
            per_client=limits.per_client,
            client_rate=limits.client_rate,
            port_rate=limits.port_rate,
            spared=limits.spared,
            flows_per_client=limits.flows_per_client,
            flow_rate=limits.flow_rate,
        )
        self._near.reconfigure(settings)
        self._stale = True

    def stop_accepting(self) -> None:
        """Let no new clients in; `holds_clients` until those inside have gone."""
        self._over = True
        carries = self.state in (State.KERNEL, State.OPENING, State.FAILED)
        if carries or not self._near.is_empty:  # what an earlier process left
            self.state = State.CLOSING
            self._near.carry({})
            if self._made:
                self._run(kernel_rules.update(self._table, (), ()), self._closed)
            else:
                self._emptied()

    def retire(self) -> None:
        """A successor has the table, or will: touch it no more. The clients inside stay there."""
        self._over = True
        self.state = State.RELAY
        self._near.leave()

    def close(self) -> None:
        """Remove the table, and with it the flows of those who are still inside."""
        self._programs.close()
        self._probes.close()
        self._near.close()
        if self.state is State.RELAY or self._nft is None or not self._made:
            return
        self.state = State.RELAY
        outcome = run_now((self._nft, "-f", "-"), kernel_rules.end(self._table))
        if outcome.code:  # a successor's by now
            _log.info("kernel_table_left", table=self._table.name, why=outcome.sentence)

    def row(self) -> KernelRow:
        """The path as seen from outside; empty when the relay is to carry all."""
        if self._settings.data_path == "relay":
            return KernelRow()
        tracking = kernel_facts.tracking() or Tracking(0, 0, 0)
        return KernelRow(
            path=self.state.value,
            carried=tuple(self.carried),
            accepted={entry.name: self.accepted.get(entry.name, 0) for entry in self._entries},
            tracked=tracking.entries,
            places=tracking.places,
            lost=tracking.lost,
        )

    def told(self) -> dict[str, object]:
        """The values of the state line, by name; none when the relay is to carry all."""
        row = self.row()
        if not row.path:
            return {}
        return {
            "kernel": row.path,
            "kernel_listeners": ",".join(row.carried) or "none",
            "kernel_accepted": sum(row.accepted.values()),
            "tracked": f"{row.tracked}/{row.places}",
        }

    def _fall_back(self, why: str) -> None:
        """Say what, why and what to do; the relay has been there all along."""
        tell = _log.warning if self._settings.data_path == "kernel" else _log.info
        rest = "what the packet program does not" if self._near.is_open else "everything"
        tell("kernel_path_unused", why=why, instead=f"the relay carries {rest}")

    def _open(self) -> None:
        self.state = State.OPENING
        gates = {entry.gate for entry in self._entries}
        self._run(kernel_rules.begin(self._table, gates), self._opened)

    def _opened(self, outcome: Outcome) -> None:
        if outcome.code:
            self._failed(outcome)
            return
        self._made, self._fault = True, ""
        if self.state is not State.OPENING:  # it stops meanwhile
            return
        self.state, self._doors, self._generation = State.KERNEL, {}, -1
        _log.info("kernel_path_open", table=self._table.name)
        self._loop.call_at(self._loop.now + LEARN_AFTER_S, self._learn)
        self._look()

    def _learn(self) -> None:
        if self.state is State.KERNEL:
            for entry in self._entries:
                if entry.transport == "udp":
                    self._flows.inherit(entry.service, entry.port)

    def _failed(self, outcome: Outcome) -> None:
        """Whatever is left of the table lapses by itself; try again in a while. What the packet
        program carries stays with it."""
        if self._over or self.state is State.RELAY:  # it stops or has stopped meanwhile
            return
        why = outcome.sentence
        self._fault = NO_RIGHTS if "Operation not permitted" in why else why
        self._doors = {}
        self.state = State.KERNEL if self._near.is_open else State.FAILED
        self._fall_back(self._fault)
        self._loop.call_at(self._loop.now + RETRY_AFTER_S, self._open_again)

    def _open_again(self) -> None:
        if self._fault and self.state in (State.KERNEL, State.FAILED) and not self._over:
            self._open()

    def _run(self, text: str, done: Callable[[Outcome], None]) -> None:
        assert self._nft is not None
        self._writing = True

        def ended(outcome: Outcome) -> None:
            self._writing = False
            done(outcome)

        if not self._programs.run((self._nft, "-f", "-"), text, ended):
            ended(Outcome(-1, b"too many jobs wait"))

    def _look(self) -> None:
        """Write what has changed, move weights once a second, and renew the lease."""
        if self.state is not State.KERNEL or self._writing:
            return
        now = self._loop.now
        news = self._stale or self._generation != self._pool.generation
        if not news and now - self._stepped_at < STEP_EVERY_S:
            return
        self._stepped_at, self._generation = now, self._pool.generation
        services = {entry.service for entry in self._entries}
        fleet = {service: self._group(service) for service in services}
        decision = self._plan.decide(fleet, kernel_facts.machine(), now)
        near = {door.gate: door for door in decision.doors if self._near.takes(door)}
        before = self._near.doors
        self._near.carry(near)
        near = self._near.doors  # there may be no room for all
        self._note_members(before, near)
        wanted = {door.gate: door for door in decision.doors if door.gate not in near}
        stays = dict(decision.stays)
        if wanted and not self._has_tables:
            self._need_tables(wanted, stays)
            wanted = {}
        self._tell(stays)
        changed = [
            door for gate, door in wanted.items() if self._stale or self._doors.get(gate) != door
        ]
        self._stale = False
        shut = self._doors.keys() - wanted.keys()
        if self._has_tables and (changed or shut or now - self._written_at >= LEASE_S / 3):
            self._written_at = now
            text = kernel_rules.update(self._table, changed, wanted)
            self._run(text, partial(self._written, wanted))
        self._flows.cut_gone()  # behind the change, so that nobody is led back there

    def _group(self, service: str) -> Group:
        rotation = self._pool.in_rotation(service, self._loop.now)
        fit = [Fit(s.node, s.endpoint, s.load, s.weight, s.share) for _, s in rotation]
        return Group(fit, spread(self._pool.policy(service)))

    def _tell(self, stays: Mapping[str, str]) -> None:
        """Say which listeners have just come to stay on the relay, and why."""
        news = [(name, why) for name, why in stays.items() if self.stays.get(name) != why]
        for entry in self._entries:
            self.stays.pop(entry.name, None)
        self.stays.update(stays)
        if news:
            _log.info("relay_carries", listeners=told(news))

    def _written(self, wanted: Mapping[Gate, Door], outcome: Outcome) -> None:
        if outcome.code:
            self._failed(outcome)
            return
        if self.state is not State.KERNEL:  # it closes meanwhile
            return
        before, self._doors = self._doors, dict(wanted)
        self._note_members(before, wanted)

    def _note_members(self, before: Mapping[Gate, Door], wanted: Mapping[Gate, Door]) -> None:
        """Whom clients may be led to now, and who gets no new ones."""
        for entry in self._entries:
            if entry.gate in wanted:
                self._flows.used(entry.service, entry.gate, set(wanted[entry.gate].slots))
        for gate, door in before.items():
            stay = set(wanted[gate].slots) if gate in wanted else set()
            self._flows.let_go(gate, set(door.slots) - stay)

    def _need_tables(self, wanted: Mapping[Gate, Door], stays: dict[str, str]) -> None:
        """There are listeners for nftables, which has no tables of ours, or not now."""
        why = self._fault if self._complete else NO_PROGRAMS
        if not why:
            self._open()
            return
        names = {entry.gate: entry.name for entry in self._entries}
        stays.update((names[gate], why) for gate in wanted)

    def _keepers(self, service: str) -> set[Endpoint]:
        """The members whose flows stay: on TCP all, on UDP those that can be reached."""
        if any(e.transport == "udp" for e in self._entries if e.service == service):
            return self._pool.keepers(service)
        return self._pool.endpoints(service)

    def _udp_families(self) -> set[int]:
        if self.state is not State.KERNEL:
            return set()
        return {door.place.family for door in self._doors.values() if door.transport == "udp"}

    def _member_refused(self, endpoint: Endpoint) -> None:
        """A UDP member's port is closed: out of rotation, and what leads there goes."""
        for target in self._pool.targets_at(endpoint):
            if self._pool.failed(target, self._loop.now):
                _log.warning("member_out", node=target.node, service=target.service)

    def _targets(self) -> list[Target]:
        """The TCP members that the kernel sends clients to."""
        now, carried = self._loop.now, set(self.carried)
        tcp = [entry for entry in self._entries if entry.transport == "tcp"]
        services = {entry.service for entry in tcp if entry.name in carried}
        return [t for name in sorted(services) for t, _ in self._pool.in_rotation(name, now)]

    def _count(self) -> None:
        if self.state is not State.KERNEL:
            return
        self._took(self._near.accepted())
        if self._nft is None or not self._made:
            return
        listing = ("-j", "list", "counters", "table", "inet", self._table.name)
        self._programs.run((self._nft, *listing), "", self._counted)
        self._watch.look(self._loop.now)

    def _counted(self, outcome: Outcome) -> None:
        self._took(kernel_rules.counted(outcome.said) if not outcome.code else {})

    def _took(self, counts: Mapping[Gate, int]) -> None:
        for entry in self._entries:
            if counts.get(entry.gate):
                self.accepted[entry.name] = counts[entry.gate]

    def _closed(self, outcome: Outcome) -> None:
        """No new clients any more. A failure means that the table has another owner by now."""
        if outcome.code:
            self._emptied()
        else:
            tcp = {entry.port for entry in self._entries if entry.transport == "tcp"}
            self._flows.when_empty(tcp, self._emptied)

    def _emptied(self) -> None:
        """Nobody is inside any more by the tables; `close` has them to remove."""
        if self._near.is_empty:
            self.state = State.EMPTY
        else:
            self._loop.call_at(self._loop.now + LOOK_AGAIN_S, self._emptied)


def _obstacle(listener: Listener, settings: BalancerSettings) -> str | None:
    if listener.replayable:
        return "its sessions can move to other members, for which the relay keeps the bytes"
    introduces = settings.reads_openings_at(listener.name)
    return obstacle(listener, settings.kernel_services, introduces=introduces)


def _table(settings: BalancerSettings, name: str) -> Table:
    return Table(
        name=name,
        token=secrets.randbelow(2**32 - 1) + 1,
        idle_s=max(1, int(settings.idle_timeout_s)),
        per_client=settings.connections_per_client,
        client_rate=settings.client_rate,
        port_rate=settings.listener_rate,
        spared=tuple(settings.rate_exempt),
        gateway=settings.kernel_gateway,
        flow_idle_s=max(1, int(settings.udp_idle_s)),
        flows_per_client=settings.udp_flows_per_client,
        flow_rate=settings.flow_rate,
        flows=settings.udp_flows,
    )

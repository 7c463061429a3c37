"""What an operator sees and does: the balancer's parts gathered for the admin port.

It reads what the parts know and hands their orders on; it keeps nothing itself but the loop's lag.
"""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from holdfast import __version__
from holdfast.platform.balancer.admin_routes import Reloaded
from holdfast.platform.balancer.counters import Counters
from holdfast.platform.balancer.figures import figures
from holdfast.platform.balancer.fleet_view import (
    BalancerRow,
    FleetState,
    KernelRow,
    ListenerRow,
    NodeRow,
    ServiceRow,
)
from holdfast.platform.balancer.kernel_path import KernelPath
from holdfast.platform.balancer.loop import Loop
from holdfast.platform.balancer.pool import Pool
from holdfast.platform.balancer.seat import MemberState
from holdfast.platform.balancer.tcp_relay import TcpRelay
from holdfast.platform.balancer.udp_relay import UdpRelay
from holdfast.platform.membership.detector import Member
from holdfast.platform.membership.listener import BeatListener
from holdfast.platform.runtime.app import Listener
from holdfast.platform.telemetry.process_facts import process_facts

LAG_EVERY_S = 0.25
"""How often the loop's lag is measured: often enough to see a stall, too seldom to cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """A balancer's parts. `listeners` with their addresses; `stopping` tells whether it drains."""

    loop: Loop
    pool: Pool
    counters: Counters
    ear: BeatListener
    tcp: TcpRelay
    udp: UdpRelay
    listeners: Sequence[tuple[Listener, str]]
    stopping: Callable[[], bool]
    kernel: KernelPath | None = None


class Operator:
    """The balancer as its operator knows it. `reload` is what POST /reload does."""

    def __init__(self, parts: Parts, reload: Callable[[], Reloaded]) -> None:
        self._parts = parts
        self._pool = parts.pool
        self._reload = reload
        loop = parts.loop
        self._began, self._started_at = loop.now, time.time()
        self._lag_due = loop.now + LAG_EVERY_S
        loop.call_at(self._lag_due, self._measure_lag)

    def fleet(self) -> dict[str, object]:
        """The state of everything, for JSON."""
        return asdict(self.state())

    def state(self) -> FleetState:
        """The state of everything."""
        rows: dict[str, list[ServiceRow]] = {}
        for state in self._pool.states(self._parts.loop.now):
            rows.setdefault(state.node, []).append(_service_row(state))
        members = sorted(self._parts.ear.detector.members, key=lambda member: member.node)
        return FleetState(
            balancer=BalancerRow(
                version=__version__,
                pid=os.getpid(),
                uptime_s=round(self._parts.loop.now - self._began, 3),
                stopping=self._parts.stopping(),
                clients=self._parts.tcp.clients,
                fast=self._parts.tcp.fast,
                flows=self._parts.udp.flows,
                beats=self._parts.ear.accepted,
                beats_rejected=dict(self._parts.ear.rejected),
                panic=tuple(self._pool.panics()),
            ),
            services=tuple(
                dict.fromkeys(listener.service for listener, _ in self._parts.listeners)
            ),
            listeners=tuple(self._listener_rows()),
            nodes=tuple(self._node_row(member, rows.get(member.node, [])) for member in members),
            kernel=self._parts.kernel.row() if self._parts.kernel is not None else KernelRow(),
        )

    def metrics(self) -> str:
        """The page of figures. Bytes are counted from the first one on."""
        self._parts.counters.bytes_wanted = True
        log = self._parts.tcp.access_log
        dropped = log.dropped if log is not None else 0
        facts = process_facts(self._started_at)
        return figures(self.state(), self._parts.counters, facts, log_dropped=dropped)

    def drain(self, node: str) -> None:
        """No new clients for a node that is there; `KeyError` for another, `ValueError` when the
        pool will not."""
        self._pool.drain(self._known(node))

    def undrain(self, node: str) -> None:
        """New clients again, also for a node that is away just now."""
        self._pool.undrain(node)

    def weigh(self, node: str, weight: float) -> None:
        """Its share of new clients; errors as for `drain`."""
        self._pool.weigh(self._known(node), weight)

    def reload(self) -> Reloaded:
        """Read the settings again."""
        return self._reload()

    def _known(self, node: str) -> str:
        if all(member.node != node for member in self._parts.ear.detector.members):
            raise KeyError(node)
        return node

    def _listener_rows(self) -> list[ListenerRow]:
        found = []
        for listener, address in self._parts.listeners:
            told = self._parts.tcp.figures_of(listener.name)
            row = ListenerRow(listener.name, listener.transport, address, listener.service, *told)
            found.append(row)
        return found

    def _node_row(self, member: Member, services: list[ServiceRow]) -> NodeRow:
        silence = self._parts.ear.detector.silence(member.node, self._parts.loop.now)
        return NodeRow(
            node=member.node,
            version=member.version,
            incarnation=member.incarnation,
            draining=member.draining,
            suspect=member.suspect,
            beat_age_s=round(silence.silent_s, 3) if silence is not None else 0.0,
            running=member.load.running,
            capacity=member.load.capacity,
            loop_lag_s=member.load.loop_lag_s,
            cpu=member.load.cpu,
            services=tuple(services),
        )

    def _measure_lag(self) -> None:
        late_s = time.monotonic() - self._lag_due
        self._parts.counters.loop_lag_s.observe(max(0.0, late_s))
        self._lag_due = self._parts.loop.now + LAG_EVERY_S
        self._parts.loop.call_at(self._lag_due, self._measure_lag)


def _service_row(state: MemberState) -> ServiceRow:
    return ServiceRow(
        service=state.service,
        address="{}:{}".format(*state.endpoint),
        standing=state.standing.value,
        weight=state.weight,
        share=round(state.share, 3),
        clients=state.in_flight,
        latency_s=state.latency_s,
        errors=dict(state.errors),
        ejections=state.ejections,
    )

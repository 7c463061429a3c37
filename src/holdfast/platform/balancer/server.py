"""The balancer as one thing: its sockets opened, its parts joined, its life from ready to drained.

All sockets are opened before anything is served, so a taken port is a mistake at the start and
never half a balancer. One loop carries everything; what outsiders send is each part's own to
survive. The state line says at intervals what happened, so that a quiet log is a healthy one.
"""

import os
import random
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from holdfast.platform.balancer import sockets
from holdfast.platform.balancer.access_log import FLUSH_EVERY_S, AccessLog
from holdfast.platform.balancer.admin import AdminPort
from holdfast.platform.balancer.admin_access import admit, dismiss
from holdfast.platform.balancer.admission import FILES_APART, FILES_EACH
from holdfast.platform.balancer.bounds import detector_settings, pool_settings
from holdfast.platform.balancer.certificates import read_certificates
from holdfast.platform.balancer.counters import Counters, tally
from holdfast.platform.balancer.fast_path import pair_poller
from holdfast.platform.balancer.kernel_path import KernelPath
from holdfast.platform.balancer.loop import Loop
from holdfast.platform.balancer.news import log_change
from holdfast.platform.balancer.operator import Operator, Parts
from holdfast.platform.balancer.policies import policies_of
from holdfast.platform.balancer.policy import Policy
from holdfast.platform.balancer.poller import IN
from holdfast.platform.balancer.pool import Pool
from holdfast.platform.balancer.proxy_protocol import Transport
from holdfast.platform.balancer.reload import InForce, Reload
from holdfast.platform.balancer.restart.estate import Estate
from holdfast.platform.balancer.restart.succession import Succession
from holdfast.platform.balancer.server_names import sni_entries, tls_entries, with_tls_ports
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.balancer.tcp_handover import strands
from holdfast.platform.balancer.tcp_relay import TcpRelay
from holdfast.platform.balancer.udp_handover import ReplayableUdpRelay
from holdfast.platform.balancer.udp_lines import lines_within
from holdfast.platform.balancer.udp_relay import UdpRelay
from holdfast.platform.membership.detector import Change, Detector
from holdfast.platform.membership.listener import BeatListener
from holdfast.platform.membership.wire import Keyring
from holdfast.platform.runtime import logs
from holdfast.platform.runtime.app import Listener
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.descriptors import clients_within, raised
from holdfast.platform.runtime.logs import Log
from holdfast.platform.runtime.settings import FleetSettings

HEARTBEATS, ADMIN = "heartbeats", "admin"
LOOPBACK = "127.0.0.1"
"""The operator's port is never opened elsewhere: far operators come through ssh."""
DRAIN_LOOK_EVERY_S = 0.05
FIRST_TURNS = 1_000
"""Where a balancer begins to walk round its members: anywhere."""

_log = Log("balancer")


def run_balancer(
    fleet: FleetSettings,
    settings: BalancerSettings,
    listeners: Sequence[Listener],
    keyring: Keyring,
    *,
    ready: Callable[[Mapping[str, str]], None],
    stop_fds: Sequence[int],
    succession: Succession | None = None,
    effective: Effective | None = None,
) -> None:
    """Serve `listeners` until one of `stop_fds` is readable, then drain, and return.

    `ready` gets the addresses (listener's name -> "host:port") once everything is open. A second
    byte on a stop descriptor ends the draining. `Mistake` when a port is taken. With `succession`
    it goes on for a predecessor, if there is one, and may be gone on for by a successor. With
    `effective`, which the settings are of, there is an admin port, and they can be read again.
    """
    left = succession.begin() if succession is not None else {}
    balancer = Balancer(
        fleet, _fit_to_descriptors(settings, listeners), listeners, keyring, inherited=left
    )
    try:
        if effective is not None:
            balancer.admit_operator(Reload(effective, keyring), left)
        # Whatever opens a port does it before this line, or looks for it in `left` first.
        if succession is not None:
            succession.enter(balancer)
        ready(balancer.addresses)
        balancer.run(stop_fds)
    finally:
        if succession is not None:
            succession.leave()
        balancer.close()


class Balancer:
    """One balancer process's parts. Everything is open when it was made; then `run`, `close`."""

    def __init__(
        self,
        fleet: FleetSettings,
        settings: BalancerSettings,
        listeners: Sequence[Listener],
        keyring: Keyring,
        *,
        inherited: Mapping[str, socket.socket] = MappingProxyType({}),
    ) -> None:
        """`inherited`: a predecessor's sockets by name; what does not fit is closed."""
        # Whatever may be wrong is found before anything is open.
        tls = tls_entries(settings.tls)
        listeners = with_tls_ports(listeners, tls, sni_entries(settings.sni))
        certificates = read_certificates(tls)
        pool = _pool(settings, listeners)
        access_log = _access_log(fleet, settings)
        opened = _open_all(fleet, settings, listeners, inherited)
        *public, (beats_name, beats) = opened
        self.addresses = {name: _written(sock) for name, sock in opened}
        self._fleet, self._settings, self._listeners = fleet, settings, listeners
        carrier = pair_poller() if settings.fast_path else None
        self._loop = Loop(carrier)
        self._counters = Counters()
        self._pool = pool
        self._ear = BeatListener(beats, keyring, Detector(detector_settings(settings)))
        self._tcp = TcpRelay(self._loop, self._pool, settings, self._counters, carrier)
        self._udp = self._udp_relay(settings, listeners)
        self._access_log = self._tcp.access_log = self._udp.access_log = access_log
        self._loop.call_every(FLUSH_EVERY_S, self._flush)
        doors = list(zip(listeners, (sock for _, sock in public), strict=True))
        self._tcp.open([door for door in doors if door[0].transport == "tcp"], certificates)
        self._udp.open([door for door in doors if door[0].transport == "udp"])
        self.kernel = KernelPath(
            self._loop,
            self._pool,
            settings,
            [(listener, sockets.own_address(sock)) for listener, sock in doors],
            port=sockets.own_address(beats)[1],
        )
        self.estate = Estate(
            self._loop, public, ear=self._ear, tcp=self._tcp, udp=self._udp, apply=self._apply
        )
        self.estate.share(beats_name, beats, _Beats(self))
        self._loop.call_every(detector_settings(settings).look_every_s, self._look)
        self._loop.call_at(self._loop.now + settings.state_every_s, self._log_state)
        self._stopping = self._retired = self._frozen = False
        self._reload: Reload | None = None
        self._admin: AdminPort | None = None

    def _udp_relay(self, settings: BalancerSettings, listeners: Sequence[Listener]) -> UdpRelay:
        """The relay of all flows; one that can move sessions only where there are such."""
        if not any(each.replayable and each.transport == "udp" for each in listeners):
            return UdpRelay(self._loop, self._pool, settings, self._counters)
        budget = self._tcp.budget
        return ReplayableUdpRelay(self._loop, self._pool, settings, self._counters, budget)

    @property
    def loop(self) -> Loop:
        """What the balancer runs in; others may watch with it."""
        return self._loop

    def admit_operator(
        self, reload: Reload, inherited: Mapping[str, socket.socket] = MappingProxyType({})
    ) -> None:
        """Open the admin port on loopback, and have `reload` change what may change."""
        port = self._fleet.port(self._settings.admin_port)
        left = inherited.get(ADMIN)
        if left is not None and sockets.serves(left, LOOPBACK, port, "tcp"):
            sock = left
        else:
            sock = sockets.listen_tcp(LOOPBACK, port, ADMIN)
        parts = Parts(
            loop=self._loop,
            pool=self._pool,
            counters=self._counters,
            ear=self._ear,
            tcp=self._tcp,
            udp=self._udp,
            listeners=[(each, self.addresses[each.name]) for each in self._listeners],
            stopping=lambda: self._stopping,
            kernel=self.kernel,
        )
        self.addresses[ADMIN] = _written(sock)
        try:
            token = admit(self._fleet.data, self.addresses[ADMIN], self._settings)
        except BaseException:
            sock.close()
            raise
        self._admin = AdminPort(self._loop, sock, Operator(parts, reload), token)
        self.estate.share(ADMIN, sock, self._admin)
        reload.join(self._reconfiguration)
        self._reload = reload

    def run(self, stop_fds: Sequence[int]) -> None:
        """Serve until told to stop and drained."""
        for fd in stop_fds:
            self._loop.watch(fd, IN, _StopSign(self, fd))
        self.kernel.start()  # not before: a predecessor may have served until now
        self._loop.run()

    def stop(self) -> None:
        """Take no new clients; return from `run` when those inside are done or the time is up."""
        if self._stopping:
            return
        self._stopping = True
        _log.info("stopping", clients=self._tcp.clients)
        self._tcp.stop_accepting()
        self.kernel.stop_accepting()
        self._leave_within(self._fleet.drain_s)

    def retire(self) -> None:
        """A successor has everything that is shared: return from `run` when the clients inside are
        done or the time for it is up. Beats come through `take_beat`, until `freeze`."""
        self._retired = True
        most_s = self._settings.drain_after_restart_s
        _log.info("handed_over", clients=self._tcp.clients, stays_at_most_s=most_s)
        self.kernel.retire()
        self._leave_within(most_s)

    def take_beat(self, datagram: bytes) -> None:
        """Take a heartbeat that the successor has heard."""
        now = self._loop.now
        self._apply(self._ear.take(datagram, "successor", now, time.time()))

    def freeze(self) -> None:
        """No beats come any more: membership stays as it was last heard."""
        self._frozen = True

    def stop_now(self) -> None:
        """Return from `run` without draining."""
        self._loop.stop()

    def close(self) -> None:
        """Close every socket and connection."""
        self.log_state()
        self.kernel.close()
        self._tcp.close()
        self._udp.close()
        if self._admin is not None:
            self._admin.close()
            if not self._retired:
                dismiss(self._fleet.data, self._settings)
        if not self._retired:
            self._loop.close(self._ear.socket)
        self._loop.dispose()
        if self._access_log is not None:
            self._access_log.close()

    def forget_stop_sign(self, fd: int) -> None:
        """A stop descriptor is at its end and will say nothing more."""
        self._loop.unwatch(fd)

    def reread(self) -> None:
        """Read the settings again, if there are any and they still matter."""
        if self._reload is not None and not self._retired:
            self._reload.on_signal()

    def hear(self) -> None:
        """Take the heartbeats that have arrived."""
        self._apply(self._ear.drain(self._loop.now, time.time()))

    def census(self) -> dict[str, tuple[int, int]]:
        """Service -> (members that take new clients, all members)."""
        return self._pool.census()

    def log_state(self) -> None:
        """Say in one line what is there and what has happened since the start."""
        _log.info(
            "state",
            members=",".join(
                f"{name}:{fit}/{known}" for name, (fit, known) in self.census().items()
            ),
            clients=self._tcp.clients,
            fast="none" if self._tcp.fast is None else self._tcp.fast,
            flows=self._udp.flows,
            flows_evicted=self._udp.evicted,
            beats=self._ear.accepted,
            beats_rejected=tally(self._ear.rejected),
            **self._counters.told(),
            **self.kernel.told(),
        )

    def _log_state(self) -> None:
        self._loop.call_at(self._loop.now + self._settings.state_every_s, self._log_state)
        self.log_state()

    def _reconfiguration(self, fresh: InForce) -> Callable[[], Sequence[str]]:
        """Our own share of a reload. The access log is opened anew each time: it may have been
        moved away."""
        settings, now = _fit_to_descriptors(fresh.settings, self._listeners), self._settings
        same = (settings.policy, settings.policies) == (now.policy, now.policies)
        policies = {} if same else _policies(settings, self._listeners)
        certificates = self._tcp.reload_certificates()
        access_log = _access_log(fresh.fleet, settings)

        def take_over() -> Sequence[str]:
            if self._access_log is not None:
                self._access_log.close(within_s=0.0)
            self._access_log = self._tcp.access_log = self._udp.access_log = access_log
            self._tcp.reconfigure(settings)
            self._udp.reconfigure(settings)
            self._pool.reconfigure(pool_settings(settings), policies)
            self.kernel.reconfigure(settings)
            self._ear.rekey(fresh.keyring)
            if _log_form(fresh.fleet) != _log_form(self._fleet):
                logs.configure(settings.name, *_log_form(fresh.fleet))
            self._fleet, self._settings = fresh.fleet, settings
            return certificates()

        return take_over

    def _flush(self) -> None:
        if self._access_log is not None:
            self._access_log.flush()

    def _leave_within(self, most_s: float) -> None:
        self._loop.call_at(self._loop.now + most_s, self._loop.stop)
        self._loop.call_every(DRAIN_LOOK_EVERY_S, self._stop_when_drained)

    def _look(self) -> None:
        if self._frozen:
            return
        # Beats that arrived while we were stopped are heard before silence is judged.
        if not self._retired:
            self.hear()
        self._apply(self._ear.tick(self._loop.now))

    def _apply(self, changes: Sequence[Change]) -> None:
        for change in changes:
            log_change(change)
            self._pool.apply(change, self._loop.now)
        self._tcp.members_changed()
        if any(strands(change) for change in changes):
            self._tcp.members_lost()

    def _stop_when_drained(self) -> None:
        if not self._tcp.clients and not self.kernel.holds_clients:
            self._loop.stop()


class _Beats:
    """The heartbeat socket's watcher."""

    def __init__(self, balancer: Balancer) -> None:
        self._balancer = balancer

    def on_event(self, _mask: int) -> None:
        self._balancer.hear()

    def on_fault(self) -> None:
        """A failed beat is a lost beat; the ear stays open."""


class _StopSign:
    """A stop descriptor's watcher: a byte or its end is the wish to stop, another byte the wish to
    stop at once."""

    def __init__(self, balancer: Balancer, fd: int) -> None:
        self._balancer = balancer
        self._fd = fd
        self._asked = False

    def on_event(self, _mask: int) -> None:
        try:
            at_end = not os.read(self._fd, 1)
        except BlockingIOError:
            return
        except OSError:
            at_end = True
        if at_end:
            self._balancer.forget_stop_sign(self._fd)
        elif self._asked:
            self._balancer.stop_now()
        self._asked = True
        self._balancer.stop()

    def on_fault(self) -> None:
        self._balancer.stop()


def _open_all(
    fleet: FleetSettings,
    settings: BalancerSettings,
    listeners: Sequence[Listener],
    inherited: Mapping[str, socket.socket],
) -> list[tuple[str, socket.socket]]:
    """All listening sockets in the order of `listeners`, the heartbeats' last; all or none. An
    inherited one is used if it is what would be opened."""
    wanted = [(each.name, each.transport, each.port) for each in listeners]
    wanted.append((HEARTBEATS, "udp", settings.heartbeat_port))
    opened: list[tuple[str, socket.socket]] = []
    try:
        for name, transport, port in wanted:
            left = inherited.get(name)
            if left is not None and sockets.serves(left, fleet.host, fleet.port(port), transport):
                opened.append((name, left))  # what a predecessor has open cannot be opened
                continue
            at = (fleet.host, fleet.port(port), name)
            is_tcp = transport == "tcp"
            shared = settings.copies > 1
            sock = sockets.listen_tcp(*at, shared=shared) if is_tcp else sockets.bind_udp(*at)
            opened.append((name, sock))
    except BaseException:
        for _, sock in opened:
            sock.close()
        raise
    return opened


def _access_log(fleet: FleetSettings, settings: BalancerSettings) -> AccessLog | None:
    if not settings.access_log:
        return None
    return AccessLog(settings.access_log, settings.name, fleet.log_format)


def _log_form(fleet: FleetSettings) -> tuple[logs.Format, str]:
    return fleet.log_format, fleet.log_level


def _pool(settings: BalancerSettings, listeners: Sequence[Listener]) -> Pool:
    """The pool of the listeners' services; `Mistake` when a policy is unknown."""
    return Pool(
        _services(listeners),
        pool_settings(settings),
        _policies(settings, listeners),
        first_turn=_dice().randrange(FIRST_TURNS),
    )


def _policies(settings: BalancerSettings, listeners: Sequence[Listener]) -> dict[str, Policy]:
    wishes = _wishes(listeners)
    return policies_of(wishes, settings.policy, settings.policies, _dice().random)


def _dice() -> random.Random:
    return random.Random()  # noqa: S311  not for secrets: balancers only must not walk in step


def _services(listeners: Sequence[Listener]) -> dict[str, Transport]:
    kinds: dict[str, tuple[Transport, bool]] = {}
    for listener in listeners:
        kind = (listener.transport, listener.proxied)
        if kinds.setdefault(listener.service, kind) != kind:
            raise ValueError(f"the listeners of {listener.service} differ in transport or headers")
    return {service: transport for service, (transport, _) in kinds.items()}


def _wishes(listeners: Sequence[Listener]) -> dict[str, str]:
    """Service -> the policy it wishes for; the first of its listeners that names one decides."""
    wishes = {listener.service: "" for listener in listeners}
    for listener in listeners:
        wishes[listener.service] = wishes[listener.service] or listener.policy
    return wishes


def _fit_to_descriptors(
    settings: BalancerSettings, listeners: Sequence[Listener] = ()
) -> BalancerSettings:
    """The settings with no more connections than this process has descriptors for."""
    limit = raised()
    if limit is None:
        return settings
    introducing = settings.handshakes if settings.introductions else 0
    plain = any(each.transport == "udp" and not each.proxied for each in listeners)
    lines = plain * lines_within(limit)
    possible = clients_within(limit - lines, apart=FILES_APART + introducing, each=FILES_EACH)
    if possible < settings.connections:
        _log.warning(
            "connections_limited",
            to=possible,
            instead_of=settings.connections,
            why=f"this process may open {limit} files, and each client takes {FILES_EACH}",
            more_by="balancer.copies, or a higher limit (ulimit -n, LimitNOFILE=)",
        )
    return replace(settings, connections=min(settings.connections, possible))


def _written(sock: socket.socket) -> str:
    host, port = sockets.own_address(sock)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

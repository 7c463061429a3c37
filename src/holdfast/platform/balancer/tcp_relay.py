"""TCP: let clients in, have them placed, and let go of everything when they leave.

Clients over a limit are told so. When there is no descriptor left, those who knock are told so with
the help of one kept in reserve, and accepting pauses instead of spinning. What happens to a client
inside is `connection`'s business, who serves it is `placement`'s.
"""

import errno
import os
import socket
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from holdfast.platform.balancer import sockets
from holdfast.platform.balancer.access_log import AccessLog, Ended, now
from holdfast.platform.balancer.admission import MAX_FAREWELLS, TOLD, Admission, Refusal, client_of
from holdfast.platform.balancer.arrival import ArrivalLimits, Arrivals
from holdfast.platform.balancer.bounds import admission_limits, journal_budget
from holdfast.platform.balancer.certificates import NONE, Certificates
from holdfast.platform.balancer.connection import FAULT, FINISHED, IDLE, STOPPED, Connection
from holdfast.platform.balancer.counters import Counters
from holdfast.platform.balancer.dialing import Farewell
from holdfast.platform.balancer.entrances import entrances
from holdfast.platform.balancer.fast_path import FastPath
from holdfast.platform.balancer.loop import Loop
from holdfast.platform.balancer.outliers import Trouble
from holdfast.platform.balancer.placement import Placement
from holdfast.platform.balancer.poller import IN
from holdfast.platform.balancer.pool import Pool, Target
from holdfast.platform.balancer.proxy_protocol import Address, encode
from holdfast.platform.balancer.rates import Pace
from holdfast.platform.balancer.server_names import sni_entries
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.balancer.tcp_handover import ReplayableConnection
from holdfast.platform.balancer.tls_channel import TlsChannel
from holdfast.platform.balancer.tls_connection import TlsEnd
from holdfast.platform.balancer.trace import NoTraceIds, TraceIds
from holdfast.platform.runtime.app import Listener
from holdfast.platform.runtime.logs import Log

if TYPE_CHECKING:
    from holdfast.platform.balancer._fast_path import PairPoller

ACCEPTS_PER_ROUND = 64
"""New clients taken at once: relayed bytes wait for a few milliseconds at most."""
FULL_ROUNDS = 4
"""After so many rounds with as many clients as were taken, twice as many are."""
PAUSE_S = 0.1
"""How long accepting rests when the system has no descriptors: long enough not to spin."""
SWEEPS_PER_IDLE_TIMEOUT, LONGEST_SWEEP_S = 16, 30.0
"""How exactly the idle time-out is kept."""

_EXHAUSTED = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_NOBODY = frozenset({Refusal.NOBODY, Refusal.LOST, Refusal.STOPPING})
_log = Log("balancer")


@dataclass(slots=True, eq=False)
class Door:
    """A listening socket. `public` is its address, None if it serves several (a wildcard); `port`
    is known even when the socket has been handed on."""

    number: int
    listener: Listener
    sock: socket.socket
    public: Address | None
    port: int
    relay: "TcpRelay" = field(repr=False)
    accepted: int = 0
    refused: Counter[Refusal] = field(default_factory=Counter)
    asks: bool = False
    """Whether some of its clients have to introduce themselves."""
    fast: bool = False
    """Whether its clients go the fast path."""
    at_once: int = 1
    """How many clients are taken now: about as many as come, for finding nobody there costs."""
    _full: int = 0

    def on_event(self, _mask: int) -> None:
        if not self.relay.accept(self, self.at_once):
            self._full = 0
        elif self._full < FULL_ROUNDS:
            self._full += 1
        else:
            self._full, self.at_once = 0, min(2 * self.at_once, ACCEPTS_PER_ROUND)

    def on_fault(self) -> None:
        """A failed accept concerned one client; the door stays open."""


class TcpRelay:
    """All TCP listeners and connections of the balancer."""

    def __init__(
        self,
        loop: Loop,
        pool: Pool,
        settings: BalancerSettings,
        counters: Counters,
        carrier: "PairPoller | None" = None,
    ) -> None:
        """`carrier`: the loop's poller, if it can carry pairs of sockets by itself."""
        self.loop = loop
        self.pool = pool
        self.counters = counters
        self._settings = settings
        self._placement = Placement(loop, pool, settings, counters)
        self._admission = Admission(admission_limits(settings))
        self._pace = Pace(settings.client_rate, settings.listener_rate, settings.spared)
        self._arrivals: Arrivals | None = None
        """None where nobody has to introduce himself."""
        self._doors: list[Door] = []
        self._known_doors: dict[str, Door] = {}
        self._connections: set[Connection] = set()
        self._farewells: set[Farewell] = set()
        self._reserve = _spare_descriptor()
        self._traces = TraceIds() if settings.trace_ids else NoTraceIds()
        self._paused = False
        self.access_log: AccessLog | None = None
        self._handing_over = False
        self.budget = journal_budget(settings)
        """What the journals of replayable sessions may keep."""
        self._fast = FastPath(self, carrier) if carrier is not None else None
        if self._fast is not None:
            self._fast.limit(settings.connect_timeout_s)
        loop.call_at(loop.now + self._sweep_s, self._sweep)

    @property
    def clients(self) -> int:
        """Clients that are inside now, with a member or waiting for one, or about to be let in."""
        return len(self._connections) + (self.fast or 0) + len(self._arrivals or ())

    @property
    def fast(self) -> int | None:
        """How many of them are on the fast path; None without one."""
        return self._fast.count if self._fast is not None else None

    def figures_of(self, listener: str) -> tuple[int, int, dict[str, int]]:
        """Of a listener: connections that are open, accepted since the start, refused by reason."""
        door = self._known_doors.get(listener)
        if door is None:
            return 0, 0, {}
        refused = {why.name.lower(): count for why, count in door.refused.items()}
        return self._admission.open_on(door.number), door.accepted, refused

    def open(
        self,
        doors: list[tuple[Listener, socket.socket]],
        certificates: Mapping[str, Certificates] = NONE,
    ) -> None:
        """Serve these listening sockets from now on; `certificates`: of listeners, by name."""
        for listener, sock in doors:
            own = sockets.own_address(sock)
            public = None if sockets.is_wildcard(own) else own
            door = Door(len(self._doors), listener, sock, public, own[1], self)
            self._doors.append(door)
            self._known_doors[listener.name] = door
            self.loop.watch(sock.fileno(), IN, door)
        routes, upstreams = sni_entries(self._settings.sni), self._settings.upstreams
        chosen = entrances(self._doors, certificates, routes, upstreams)
        if chosen:
            limits = ArrivalLimits(self._settings.handshakes, self._settings.handshake_timeout_s)
            self._arrivals = Arrivals(self, chosen, limits, self._settings.spared)
        for door in self._doors:
            speaks_tls = bool(chosen) and door.number in chosen.by_door
            door.asks = self._arrivals is not None
            door.fast = not (self._fast is None or speaks_tls or door.listener.replayable)
        self._placement.probe_with_headers(
            [listener.service for listener, _ in doors if listener.proxied]
        )

    def accept(self, door: Door, most: int = ACCEPTS_PER_ROUND) -> bool:
        """Let in those who knock at a door, a bounded number at once; whether so many came."""
        fast = self._fast if door.fast else None
        number = 0
        while number < most:
            try:
                if fast is not None:
                    number += fast.accept(door, most - number)
                    break
                sock, address = sockets.accept(door.sock)
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno in _EXHAUSTED:
                    self._exhausted(door, error)
                    return False
                number += 1
                continue  # that client has gone already
            number += 1
            self.receive(door, sock, address)
        if number < most:
            door.at_once = max(1, number)
        return number >= most

    def reconfigure(self, settings: BalancerSettings) -> None:
        """Work by these settings from now on. Nobody who is inside is thrown out."""
        before, self._settings = self._settings, settings
        rates = (settings.client_rate, settings.listener_rate)
        if rates != (before.client_rate, before.listener_rate):
            self._pace = Pace(*rates, settings.spared)
        self._admission.limits = admission_limits(settings)
        self._placement.reconfigure(settings)
        if self._fast is not None:
            self._fast.limit(settings.connect_timeout_s)

    def members_changed(self) -> None:
        """There may be a member now for clients who wait for one."""
        self._placement.serve_waiting()

    def members_lost(self) -> None:
        """The fleet no longer knows some members: their sessions move, if they can."""
        for connection in list(self._connections):
            connection.strand()

    def pause(self) -> None:
        """Let nobody in; who knocks waits in the doors' queues. Those inside go on."""
        self._handing_over = True
        for door in self._doors:
            self.loop.unwatch(door.sock.fileno())

    def resume(self) -> None:
        """Let clients in again."""
        self._handing_over = self._paused = False
        for door in self._doors:
            self.loop.watch(door.sock.fileno(), IN, door)

    def release(self) -> None:
        """Another process has the doors, with everybody in their queues: close our ends of them.
        After `pause`."""
        for door in self._doors:
            self.loop.close(door.sock)
        self._doors.clear()

    def stop_accepting(self) -> None:
        """Close the doors, after those who already knocked; turn those away who wait. Served
        clients stay."""
        for door in self._doors:
            self.accept(door)
            self.loop.close(door.sock)
        self._doors.clear()
        self._placement.refuse_waiting(Refusal.STOPPING)

    def close(self) -> None:
        """Close whatever is still open."""
        self.stop_accepting()
        if self._arrivals is not None:
            self._arrivals.close()
        self._placement.close()
        if self._fast is not None:
            self._fast.surrender()
        for connection in list(self._connections):
            connection.close(STOPPED)
        for farewell in list(self._farewells):
            farewell.end()
        self._use_reserve()

    def move(self, connection: Connection) -> None:
        """Another member for a client that lost its own before a byte was exchanged."""
        self.counters.moved += 1
        self._placement.place(connection)

    def record(self, connection: Connection, how: str) -> None:
        """A connection ends; its sockets are still open."""
        counters, member, target = self.counters, connection.member, connection.target
        counters.ended[how] += 1
        if self.access_log is None and not counters.bytes_wanted:
            return
        told, both = sockets.received_bytes, how == FINISHED
        client_bytes = told(connection.client.sock, finished=both)
        node_bytes = told(member.sock, finished=both) if member is not None else 0
        counters.bytes_from_clients += client_bytes
        counters.bytes_from_members += node_bytes
        if self.access_log is not None:
            ended = Ended(
                at=now(),
                kind="connection",
                listener=connection.door.listener.name,
                node=target.node if target is not None else "",
                how=how,
                lasted_s=self.loop.now - connection.opened_at,
                header=connection.opening,
                client=connection.client_key,
                client_bytes=client_bytes,
                node_bytes=node_bytes,
            )
            self.access_log.note(ended)

    def member_failed(self, target: Target, trouble: Trouble) -> None:
        """A member took a client and left it with nothing."""
        self.counters.spoilt += 1
        if self.pool.spoilt(target, trouble, self.loop.now):
            _log.warning(
                "member_ejected", node=target.node, service=target.service, why=trouble.value
            )

    def forget(self, connection: Connection) -> None:
        """A connection is over."""
        self._connections.discard(connection)
        self._placement.forget(connection)
        self.leave(connection.door, connection.client_key)

    def leave(self, door: Door, client_key: str) -> None:
        """A client that had entered has gone."""
        self._admission.leave(door.number, client_key)

    def turned_away(self, door: Door, why: Refusal) -> None:
        """A client is gone for which no word was left."""
        self.counters.refused[why] += 1
        door.refused[why] += 1

    def say_farewell(
        self,
        door: Door,
        sock: socket.socket,
        why: Refusal,
        seal: Callable[[bytes], bytes] | None = None,
    ) -> None:
        """Tell a client why it is turned away, and close. `seal`: the bytes that say a text."""
        self.turned_away(door, why)
        text = _words(door.listener, why)
        if seal is not None:
            text = seal(text)
        crowded = why is Refusal.NO_DESCRIPTORS or len(self._farewells) >= MAX_FAREWELLS
        farewell = Farewell(self.loop, sock, self._farewells)
        farewell.begin(text, 0.0 if crowded else self._settings.linger_s)

    def refusal(self, door: Door, host: str) -> Refusal | None:
        """Why a client may not introduce itself, if so; it counts as one that begins."""
        return self._pace.refusal(door.number, host, self.loop.now) or self._admission.refusal(
            door.number, client_of(host)
        )

    def reload_certificates(self) -> Callable[[], Sequence[str]]:
        """Read the TLS certificates again; what is returned takes them over and tells whose they
        are. Clients inside keep theirs. `Mistake` when one cannot be used: nothing changes."""
        return self._arrivals.entrances.reload() if self._arrivals is not None else list

    def admit(
        self,
        door: Door,
        sock: socket.socket,
        address: Address,
        *,
        carried: bytes = b"",
        channel: TlsChannel | None = None,
        paced: bool = False,
    ) -> None:
        """Let a client in and have it placed, or turn it away. `carried`: what it has said already;
        `channel`: its TLS session; `paced`: it has been counted as one that begins."""
        client_key = self.enter(door, address[0], paced=paced)
        if isinstance(client_key, Refusal):
            self.say_farewell(door, sock, client_key, _sealing(channel))
            return
        self.settle(door, sock, address, client_key, carried=carried, channel=channel)

    def introduces(self, door: Door, host: str) -> bool:
        """Whether such a client has to introduce itself."""
        return self._arrivals is not None and self._arrivals.expects(door, host)

    def receive(self, door: Door, sock: socket.socket, address: Address) -> None:
        """Somebody has come in: hear who it is, or let it in at once."""
        arrivals = self._arrivals
        if arrivals is not None and arrivals.expects(door, address[0]):
            arrivals.receive(door, sock, address)
        else:
            self.admit(door, sock, address)

    def enter(self, door: Door, host: str, *, paced: bool = False) -> str | Refusal:
        """Count one more client, and say whom it counts for; or why there may not be one more."""
        client_key = client_of(host) if ":" in host else host
        hasty = None if paced else self._pace.refusal(door.number, host, self.loop.now)
        refusal = hasty or self._admission.enter(door.number, client_key)
        if refusal is not None:
            return refusal
        self.counters.accepted += 1
        door.accepted += 1
        return client_key

    def opening(self, public: Address, address: Address) -> Callable[..., bytes]:
        """How a member is told who the client is that came to this address: a PROXY header, with
        extensions."""
        trace = self._traces.tlvs()
        return lambda *tlvs: encode("tcp", address, public, (*trace, *tlvs))

    def settle(
        self,
        door: Door,
        sock: socket.socket,
        address: Address,
        client_key: str,
        *,
        carried: bytes = b"",
        channel: TlsChannel | None = None,
    ) -> None:
        """Have a client placed that has entered."""
        made = ReplayableConnection if door.listener.replayable and channel is None else Connection
        connection = made(self, door, sock, client_key)
        if channel is not None:
            connection.client = TlsEnd(connection, sock, channel)
        connection.carried = carried
        self._connections.add(connection)
        try:
            if door.listener.proxied:
                connection.open_with(self.opening(_public(door, sock), address))
            self._placement.place(connection)
        except Exception:  # never expected; costs this client only
            connection.close(FAULT)
            raise

    def adopt(self, connection: Connection) -> None:
        """A connection that has entered elsewhere is one of ours."""
        self._connections.add(connection)

    def unreached(self, connection: Connection, target: Target, error: OSError) -> None:
        """A member could not be reached for a client: have it placed elsewhere."""
        self._placement.unreached(connection, target, error)

    def _exhausted(self, door: Door, error: OSError) -> None:
        """No descriptor is left: turn some away by means of the reserve, then rest."""
        for _ in range(ACCEPTS_PER_ROUND):
            if not self._use_reserve():
                break
            try:
                sock, _ = sockets.accept(door.sock)
                self.say_farewell(door, sock, Refusal.NO_DESCRIPTORS)
                sock.close()
            except OSError:
                break
            finally:
                self._reserve = _spare_descriptor()
        if self._paused:
            return
        self._paused = True
        _log.error("accepting_pauses", why=error.strerror, for_s=PAUSE_S)
        for each in self._doors:
            self.loop.change(each.sock.fileno(), 0)
        self.loop.call_at(self.loop.now + PAUSE_S, self._resume)

    def _resume(self) -> None:
        self._paused = False
        for door in [] if self._handing_over else self._doors:
            self.loop.change(door.sock.fileno(), IN)

    def _use_reserve(self) -> bool:
        reserve, self._reserve = self._reserve, None
        if reserve is not None:
            os.close(reserve)
        return reserve is not None

    @property
    def _sweep_s(self) -> float:
        return min(LONGEST_SWEEP_S, self._settings.idle_timeout_s / SWEEPS_PER_IDLE_TIMEOUT)

    def _sweep(self) -> None:
        self.loop.call_at(self.loop.now + self._sweep_s, self._sweep)
        idle_before = self.loop.now - self._settings.idle_timeout_s
        idle = [conn for conn in self._connections if conn.active_at() < idle_before]
        for connection in idle:
            connection.close(IDLE)
        self.counters.idle_closed += len(idle)
        for connection in self._connections:
            connection.last()
        if self._fast is not None:
            self._fast.sweep(idle_before)


def _public(door: Door, sock: socket.socket) -> Address:
    """The address that a client used, with the port of the listener that serves it."""
    if door.public is not None:
        return door.public
    return sockets.own_address(sock)[0], door.port


def _words(listener: Listener, why: Refusal) -> bytes:
    """How a listener tells its clients why there is nothing for them."""
    if why in _NOBODY:
        return listener.refusal
    told = TOLD.get(why)
    if told is not None and listener.says is not None:
        return listener.says(told)
    return listener.busy or listener.refusal


def _sealing(channel: TlsChannel | None) -> Callable[[bytes], bytes] | None:
    if channel is None:
        return None
    return lambda text: channel.encrypt(text) + channel.finish()


def _spare_descriptor() -> int | None:
    """A descriptor to give up when there is no other; None if there is none even now."""
    try:
        return os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None

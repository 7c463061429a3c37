"""Clients that have to introduce themselves before they are let in: by a PROXY header, by TLS.

Only those pass through here who come from a trusted upstream, or to a port where TLS is spoken or
server names choose; everybody else goes straight in. All that an arrival may take is bounded: its
bytes, its time, its number in all and for each client address. Whoever does not make it is counted
with the reason, and told as far as there is a language for it.
"""

import contextlib
import socket
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from holdfast.platform.balancer.admission import Refusal, client_of
from holdfast.platform.balancer.client_hello import MAX_HELLO_BYTES, NotTls, parse_hello
from holdfast.platform.balancer.entrances import Entrance, Entrances
from holdfast.platform.balancer.networks import Networks
from holdfast.platform.balancer.poller import IN, OUT
from holdfast.platform.balancer.proxy_protocol import MAX_HEADER_BYTES, Address, Malformed, NeedMore
from holdfast.platform.balancer.tls_channel import READ_BYTES, Shake, TlsChannel
from holdfast.platform.balancer.upstream_header import read_header
from holdfast.platform.runtime.logs import Log

if TYPE_CHECKING:
    from holdfast.platform.balancer.tcp_relay import Door, TcpRelay

SHARES = 2
"""One client address may hold this part of all arrivals, so that it cannot keep others out."""
STEPS_PER_ROUND = 16
"""Handshake steps in one round of the loop, about a millisecond each with an RSA key: relayed bytes
of others wait no longer than that. Who is not dealt with is told again in the next round."""
ALERT_ACCESS_DENIED = bytes.fromhex("15 03 03 0002 02 31")
"""How TLS says no before a handshake (RFC 8446, section 6.2): it costs us nothing."""

_log = Log("balancer")


@dataclass(frozen=True, slots=True)
class ArrivalLimits:
    """`arrivals` at the same time, each for `timeout_s` at most."""

    arrivals: int = 2_048
    timeout_s: float = 5.0


class Arrivals:
    """Everybody who is introducing himself just now."""

    def __init__(
        self, relay: "TcpRelay", entrances: Entrances, limits: ArrivalLimits, spared: Networks
    ) -> None:
        """Addresses in `spared` have no share, only the limit of all."""
        self.relay = relay
        self.entrances = entrances
        self.timeout_s = limits.timeout_s
        self._most = limits.arrivals
        self._spared = spared
        self._all: set[Arrival] = set()
        self._by_client: Counter[str] = Counter()
        self._round_at, self._steps = 0.0, 0

    def __len__(self) -> int:
        return len(self._all)

    def expects(self, door: "Door", host: str) -> bool:
        """Whether a client has to introduce itself."""
        return door.number in self.entrances.by_door or host in self.entrances.upstreams

    def receive(self, door: "Door", sock: socket.socket, address: Address) -> None:
        """Hear a client out, then let it in or turn it away."""
        announced = address[0] in self.entrances.upstreams
        client = client_of(address[0])
        arrival = Arrival(self, door, sock, address)
        shares = not announced and address[0] not in self._spared
        most = max(1, self._most // SHARES) if shares else self._most
        crowded = len(self._all) >= self._most or self._by_client[client] >= most
        refusal = Refusal.ARRIVALS_FULL if crowded else None
        if refusal is None and not announced:
            refusal = self.relay.refusal(door, address[0])
        if refusal is not None:
            arrival.turn_away(refusal)
            return
        self._all.add(arrival)
        self._by_client[client] += 1
        arrival.begin(announced=announced)

    def may_step(self) -> bool:
        """Whether there is time for one more handshake step in this round; it counts as one."""
        if self._round_at != self.relay.loop.now:
            self._round_at, self._steps = self.relay.loop.now, 0
        self._steps += 1
        return self._steps <= STEPS_PER_ROUND

    def forget(self, arrival: "Arrival") -> None:
        """One is over."""
        if arrival in self._all:
            self._all.remove(arrival)
            client = client_of(arrival.peer[0])
            self._by_client[client] -= 1
            if not self._by_client[client]:
                del self._by_client[client]

    def close(self) -> None:
        """Turn everybody away."""
        for arrival in list(self._all):
            arrival.turn_away(Refusal.STOPPING)


class Arrival:
    """One client that is introducing itself."""

    __slots__ = (
        "_address",
        "_all",
        "_channel",
        "_context",
        "_door",
        "_heard",
        "_limit",
        "_loop",
        "_needed",
        "_next",
        "_paced",
        "_sock",
        "_timer",
        "_unsent",
        "peer",
    )

    def __init__(
        self, everybody: Arrivals, door: "Door", sock: socket.socket, address: Address
    ) -> None:
        self._all = everybody
        self._loop = everybody.relay.loop
        self._door = door
        self._sock = sock
        self.peer = self._address = address
        self._heard = b""
        self._needed = 0
        """How many bytes are worth another look: single bytes must not cost a look each."""
        self._unsent = b""
        self._limit = MAX_HELLO_BYTES
        self._context: ssl.SSLContext | None = None
        self._channel: TlsChannel | None = None
        self._next: Callable[[Arrival], None] = Arrival._hear_hello
        self._paced = True
        """Whether the rate of new connections has been asked for this client."""

    def begin(self, *, announced: bool) -> None:
        """Listen to it; `announced`: the client of a trusted upstream, which speaks first."""
        if announced:
            self._paced, self._limit, self._next = False, MAX_HEADER_BYTES, Arrival._hear_header
        relay = self._all.relay
        self._timer = self._loop.call_at(self._loop.now + self._all.timeout_s, self._late)
        relay.loop.watch(self._sock.fileno(), IN, self)

    def on_event(self, _mask: int) -> None:
        """Take what has come, and go on with what is next."""
        if self._speaks_tls and not self._all.may_step():
            return
        if self._unsent:
            if self._send(b"") and not self._unsent:
                self._shake()
            return
        most = READ_BYTES if self._channel else self._limit - len(self._heard)
        try:
            data = self._sock.recv(most)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._gone()
            return
        self._heard += data
        self._next(self)

    def on_fault(self) -> None:
        self._leave()
        self._loop.close(self._sock)

    def turn_away(self, why: Refusal) -> None:
        """The end, with a word if there is a language for it."""
        self._leave()
        relay, door = self._all.relay, self._door
        if self._channel is not None:
            relay.say_farewell(door, self._sock, why, seal=lambda _: self._unsent)
        elif why is not Refusal.NOT_TLS and self._speaks_tls:
            relay.say_farewell(door, self._sock, why, seal=lambda _: ALERT_ACCESS_DENIED)
        else:
            relay.say_farewell(door, self._sock, why)

    @property
    def _entrance(self) -> Entrance | None:
        return self._all.entrances.by_door.get(self._door.number)

    @property
    def _speaks_tls(self) -> bool:
        return self._entrance is not None and self._next is not Arrival._hear_header

    def _hear_header(self) -> None:
        found = read_header(self._heard)
        if isinstance(found, NeedMore):
            return
        if isinstance(found, Malformed):
            _log.debug("header_refused", upstream=self.peer[0], why=found.reason)
            self.turn_away(Refusal.NO_HEADER)
            return
        self._heard = self._heard[found.length :]
        if found.source is None:
            self._paced = True  # the upstream itself: nobody's rate
        else:
            self._address = found.source
        if self._entrance is None:
            self._let_in()
            return
        self._limit, self._next = MAX_HELLO_BYTES, Arrival._hear_hello
        if self._heard:
            self._next(self)

    def _hear_hello(self) -> None:
        if len(self._heard) < self._needed:
            return
        found = parse_hello(self._heard)
        if isinstance(found, NeedMore):
            self._needed = found.total
            return
        entrance = self._entrance
        assert entrance is not None
        if isinstance(found, NotTls):
            if entrance.decrypts:
                self.turn_away(Refusal.NOT_TLS)
            else:
                self._let_in()
            return
        self._door, certificates = entrance.leads_to(found.server_name)
        if certificates is None:
            self._let_in()
            return
        self._channel = TlsChannel(certificates.context(found.server_name))
        self._next = Arrival._shake
        self._shake()

    def _shake(self) -> None:
        channel = self._channel
        assert channel is not None
        if self._heard:
            channel.put(self._heard)
            self._heard = b""
        state = channel.shake()
        if not self._send(channel.take()):
            return
        if state is Shake.FAILED:
            self.turn_away(Refusal.HANDSHAKE_FAILED)
        elif state is Shake.DONE and not self._unsent:
            self._let_in()

    def _send(self, data: bytes) -> bool:
        """Send what TLS has to say, now or when there is room; False if the client has gone."""
        self._unsent += data
        if not self._unsent:
            return True
        try:
            sent = self._sock.send(self._unsent)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._gone()
            return False
        self._unsent = self._unsent[sent:]
        # Nothing more is taken before that is sent: it would have to be kept.
        self._loop.change(self._sock.fileno(), OUT if self._unsent else IN)
        return True

    def _let_in(self) -> None:
        self._leave()
        self._all.relay.admit(
            self._door,
            self._sock,
            self._address,
            carried=self._heard,
            channel=self._channel,
            paced=self._paced,
        )

    def _gone(self) -> None:
        """It hung up before it was let in."""
        why = Refusal.HANDSHAKE_FAILED if self._channel else Refusal.LEFT
        self._all.relay.turned_away(self._door, why)
        self._leave()
        self._loop.close(self._sock)

    def _late(self) -> None:
        self.turn_away(Refusal.ARRIVED_LATE)

    def _leave(self) -> None:
        self._all.forget(self)
        with contextlib.suppress(AttributeError):
            self._timer.cancel()
        self._loop.unwatch(self._sock.fileno())

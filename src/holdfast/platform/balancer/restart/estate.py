"""What a balancer leaves to its successor: its sockets, the members it knows, the flows it carries.

The order is the point. Paused, nothing is taken from any shared socket: whatever arrives waits in
the kernel. Then the state is true for as long as the pause lasts, and either the successor gets all
of it or we go on as before. A part of a state that is not understood is left out, never guessed.
"""

import socket
from collections.abc import Callable, Mapping, Sequence

import msgspec

from holdfast.platform.balancer.loop import Loop, Watcher
from holdfast.platform.balancer.orders import Order
from holdfast.platform.balancer.poller import IN
from holdfast.platform.balancer.restart.beats import BeatsOut
from holdfast.platform.balancer.tcp_relay import TcpRelay
from holdfast.platform.balancer.udp_relay import FlowRow, UdpRelay
from holdfast.platform.membership.detector import Change, Memory
from holdfast.platform.membership.listener import BeatListener
from holdfast.platform.runtime.logs import Log

TOWARDS_MEMBERS = "towards-members-"
"""How the sockets are named that members answer to; behind it stands the address family."""
PREDECESSOR = "predecessor-"
"""How the lines are named over which predecessors hear heartbeats."""
MEMBERS, FLOWS, ORDERS = "members", "flows", "orders"

_log = Log("balancer")
_encoder = msgspec.msgpack.Encoder()
_memory = msgspec.msgpack.Decoder(Memory)
_flows = msgspec.msgpack.Decoder(list[FlowRow])
_orders = msgspec.msgpack.Decoder(dict[str, Order])


class Estate:
    """The parts of one balancer that can be handed over.

    `doors`: the sockets of the relays by name; `share` adds others. `apply` takes over what
    membership found out.
    """

    def __init__(
        self,
        loop: Loop,
        doors: Sequence[tuple[str, socket.socket]],
        *,
        ear: BeatListener,
        tcp: TcpRelay,
        udp: UdpRelay,
        apply: Callable[[Sequence[Change]], None],
    ) -> None:
        self._loop = loop
        self._opened = list(doors)
        self._shared: list[tuple[socket.socket, Watcher]] = []
        self._ear = ear
        self._tcp = tcp
        self._udp = udp
        self._apply = apply
        self._beats_out: BeatsOut | None = None

    def share(self, name: str, sock: socket.socket, watcher: Watcher) -> None:
        """Watch a socket, and hand it over under this name. A successor must look for it among what
        it inherited before it opens its own."""
        self._opened.append((name, sock))
        self._shared.append((sock, watcher))
        self._loop.watch(sock.fileno(), IN, watcher)

    def sockets(self) -> dict[str, socket.socket]:
        """All that is open now and that a successor can use, by name."""
        still = {name: sock for name, sock in self._opened if sock.fileno() >= 0}
        sides = {
            f"{TOWARDS_MEMBERS}{int(side.family)}": side
            for side in self._udp.member_sockets()
            if side.fileno() >= 0
        }
        lines = self._beats_out.lines if self._beats_out is not None else []
        return still | sides | {f"{PREDECESSOR}{n}": line for n, line in enumerate(lines)}

    def pause(self) -> None:
        """Take nothing from the shared sockets any more, until `resume` or `release`."""
        self._tcp.pause()
        self._udp.pause()
        for sock, _ in self._shared:
            self._loop.unwatch(sock.fileno())

    def resume(self) -> None:
        """The successor did not come: take from the sockets again."""
        self._tcp.resume()
        self._udp.resume()
        for sock, watcher in self._shared:
            self._loop.watch(sock.fileno(), IN, watcher)

    def release(self) -> None:
        """The successor serves now: close our ends of what is shared. After `pause`."""
        self._tcp.release()
        self._udp.release()
        for sock, _ in self._shared:
            self._loop.close(sock)
        self.close()

    def close(self) -> None:
        """Pass no heartbeats on any more."""
        self._ear.heard = None
        if self._beats_out is not None:
            self._beats_out.close()

    def state(self) -> dict[str, bytes]:
        """Everything that a successor has to know. While paused."""
        return {
            MEMBERS: _encoder.encode(self._ear.detector.memory()),
            FLOWS: _encoder.encode(self._udp.rows()),
            ORDERS: _encoder.encode(self._tcp.pool.standing_orders),
        }

    def pass_on_beats(self, to: BeatsOut) -> None:
        """Have each good heartbeat passed on, until a successor does that."""
        self._beats_out = to
        self._ear.heard = to.pass_on

    def inherit(self, sides: Sequence[socket.socket], parts: Mapping[str, bytes]) -> None:
        """Go on with what a predecessor left: its sockets towards members, and its state."""
        for side in sides:
            self._udp.adopt(side)
        self._obey(parts.get(ORDERS, b""))
        try:
            memory = _memory.decode(parts.get(MEMBERS, b""))
            flows = _flows.decode(parts.get(FLOWS, b""))
        except msgspec.MsgspecError as error:  # of another version: beats tell us in a second
            _log.warning("state_not_understood", why=error)
            return
        self._apply(self._ear.detector.recall(memory))
        kept = self._udp.restore(flows)
        _log.info("took_over", members=len(memory.tracks), flows=kept, flows_offered=len(flows))

    def _obey(self, orders: bytes) -> None:
        """The operator's orders first: a drained member gets no client, not even at once."""
        try:
            self._tcp.pool.recall(_orders.decode(orders))
        except (msgspec.MsgspecError, ValueError) as error:  # a predecessor that had none
            _log.warning("orders_not_understood", why=error)

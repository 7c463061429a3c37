"""Which member serves a client: try them one after the other until one is really there.

A connect that fails or takes too long takes that member out of rotation at once, for everybody. A
client for whom nobody is left waits, a bounded time and among a bounded number, for the fleet to
change. Members out of rotation are probed without a client; a probe that arrives brings them back.
"""

import socket
from collections import OrderedDict
from collections.abc import Collection
from functools import partial

from holdfast.platform.balancer import sockets
from holdfast.platform.balancer.admission import Refusal
from holdfast.platform.balancer.connection import Connection
from holdfast.platform.balancer.counters import Counters
from holdfast.platform.balancer.dialing import Dialing
from holdfast.platform.balancer.loop import Loop
from holdfast.platform.balancer.pool import Pool, Target
from holdfast.platform.balancer.proxy_protocol import encode_local
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.runtime.logs import Log

PROBE_EVERY_S = 0.1
"""How often members are looked for whose time out of rotation is over."""

_log = Log("balancer")


class Placement:
    """Finds members for connections."""

    def __init__(
        self, loop: Loop, pool: Pool, settings: BalancerSettings, counters: Counters
    ) -> None:
        self._loop = loop
        self._pool = pool
        self._settings = settings
        self._counters = counters
        self._waiting: OrderedDict[Connection, None] = OrderedDict()
        self._probing: dict[Target, Dialing] = {}
        self._generation = pool.generation

    def probe_with_headers(self, services: Collection[str]) -> None:
        """From now on probe members out of rotation; members of `services` expect a header."""
        proxied = frozenset(services)
        self._loop.call_every(PROBE_EVERY_S, partial(self._probe_due, proxied))

    def reconfigure(self, settings: BalancerSettings) -> None:
        """Wait as these settings say from now on."""
        self._settings = settings

    def place(self, connection: Connection) -> None:
        """Find a member for a client that has none, now or within the bounded wait."""
        settings = self._settings
        is_moving = connection.is_moving
        wait_s = settings.wait_for_handover_s if is_moving else settings.wait_for_member_s
        connection.give_up_at = self._loop.now + wait_s
        self._seek(connection)

    def unreached(self, connection: Connection, target: Target, error: OSError) -> None:
        """A client could not be connected to this member elsewhere: it is placed here."""
        if sockets.is_our_fault(error):
            connection.refuse(Refusal.NO_DESCRIPTORS)
            return
        self._unreached(target, error)
        connection.tried = (*connection.tried, target.node)
        self.place(connection)

    def forget(self, connection: Connection) -> None:
        """A connection is over."""
        self._waiting.pop(connection, None)

    def refuse_waiting(self, why: Refusal) -> None:
        """Turn everybody away who still waits."""
        for connection in list(self._waiting):
            connection.refuse(why)

    def serve_waiting(self) -> None:
        """Membership may have changed: try again for those who wait."""
        if not self._waiting or self._generation == self._pool.generation:
            return
        waiting, self._waiting = self._waiting, OrderedDict()
        for connection in waiting:
            if connection.waits_for is not None:
                connection.waits_for.cancel()
                connection.waits_for = None
            connection.tried = ()
            self._seek(connection)
        self._generation = self._pool.generation

    def close(self) -> None:
        """Call off the probes under way."""
        for dialing in self._probing.values():
            dialing.cancel()
        self._probing.clear()

    def _seek(self, connection: Connection) -> None:
        pool, opening = self._pool, connection.opening
        service = connection.door.listener.service
        while True:
            target = pool.pick(service, self._loop.now, connection.tried, connection.client_key)
            if target is None:
                self._wait(connection)
                return
            connection.tried = (*connection.tried, target.node)
            try:
                sock, done = sockets.dial(target.endpoint, opening)
            except OSError as error:
                if sockets.is_our_fault(error):
                    connection.refuse(Refusal.NO_DESCRIPTORS)
                    return
                self._unreached(target, error)
                continue
            if done:
                self._counters.connect_s.observe(0.0)
                connection.join(sock, target)
                return
            self._await_connect(connection, target, sock)
            return

    def _await_connect(self, connection: Connection, target: Target, sock: socket.socket) -> None:
        began = self._loop.now

        def reached(sock: socket.socket) -> None:
            self._counters.connect_s.observe(self._loop.now - began)
            connection.join(sock, target)

        def failed(error: OSError) -> None:
            self._unreached(target, error)
            self._seek(connection)

        dialing = Dialing(self._loop, sock, target.endpoint, opening=connection.opening)
        connection.waits_for = dialing
        dialing.begin(self._settings.connect_timeout_s, reached, failed)

    def _unreached(self, target: Target, error: OSError) -> None:
        self._counters.connects_failed += 1
        if self._pool.failed(target, self._loop.now):
            _log.warning(
                "member_out",
                node=target.node,
                service=target.service,
                address="{}:{}".format(*target.endpoint),
                why=error.strerror or error,
            )

    def _wait(self, connection: Connection) -> None:
        full = len(self._waiting) >= self._settings.waiting
        if full or self._loop.now >= connection.give_up_at:
            connection.refuse(Refusal.NOBODY)
            return
        self._waiting[connection] = None
        connection.waits_for = self._loop.call_at(
            connection.give_up_at, partial(connection.refuse, Refusal.NOBODY)
        )

    def _probe_due(self, proxied: frozenset[str]) -> None:
        for target in self._pool.due_probes(self._loop.now):
            self._probe(target, encode_local() if target.service in proxied else b"")

    def _probe(self, target: Target, opening: bytes) -> None:
        def reached(sock: socket.socket) -> None:
            self._probing.pop(target, None)
            self._loop.close(sock)
            _log.info("member_back", node=target.node, service=target.service)
            self._pool.succeeded(target)
            self.serve_waiting()

        def failed(_error: OSError) -> None:
            self._probing.pop(target, None)
            self._pool.failed(target, self._loop.now)

        try:
            sock, done = sockets.dial(target.endpoint, opening)
        except OSError as error:
            failed(error)
            return
        if done:
            reached(sock)
        else:
            dialing = Dialing(self._loop, sock, target.endpoint, opening=opening)
            self._probing[target] = dialing
            dialing.begin(self._settings.connect_timeout_s, reached, failed)

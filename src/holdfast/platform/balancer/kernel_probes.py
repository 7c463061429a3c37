"""Asks the members that the kernel sends clients to whether they are there.

The relay finds a dead member by a client's failed connect, and the client never knows. The kernel
tells nobody, so each member is connected to twice a second, some at a time; what fails is out of
rotation for everybody at once, and the relay's own probes bring it back.
"""

import socket
from collections.abc import Callable, Sequence

from holdfast.platform.balancer import sockets
from holdfast.platform.balancer.dialing import Dialing
from holdfast.platform.balancer.loop import Loop
from holdfast.platform.balancer.pool import Pool, Target
from holdfast.platform.runtime.logs import Log

PROBE_EVERY_S = 0.5
"""A client whose first packet was refused tries again after a second: by then it is known why."""
PROBES_AT_ONCE = 64
"""A larger fleet is asked in turn, so each member less often."""

_log = Log("balancer")


class Probes:
    """The probes of one balancer; `whom` tells the members to ask in the next round."""

    def __init__(
        self, loop: Loop, pool: Pool, timeout_s: float, whom: Callable[[], Sequence[Target]]
    ) -> None:
        self._loop = loop
        self._pool = pool
        self._timeout_s = timeout_s
        self._whom = whom
        self._asked: dict[Target, Dialing] = {}
        self._round: list[Target] = []

    def start(self) -> None:
        """Ask from now on."""
        self._loop.call_every(PROBE_EVERY_S, self._ask_some)

    def close(self) -> None:
        """Call off the probes under way."""
        for dialing in self._asked.values():
            dialing.cancel()
        self._asked.clear()

    def _ask_some(self) -> None:
        if not self._round:
            self._round = list(self._whom())
        room = max(0, PROBES_AT_ONCE - len(self._asked))
        turn, self._round = self._round[:room], self._round[room:]
        for target in turn:
            if target not in self._asked:
                self._ask(target)

    def _ask(self, target: Target) -> None:
        def reached(sock: socket.socket) -> None:
            self._asked.pop(target, None)
            self._loop.close(sock)

        def unreached(error: OSError) -> None:
            self._asked.pop(target, None)
            self._unreached(target, error)

        try:
            sock, done = sockets.dial(target.endpoint, b"")
        except OSError as error:
            unreached(error)
            return
        if done:
            reached(sock)
            return
        dialing = Dialing(self._loop, sock, target.endpoint, opening=b"")
        self._asked[target] = dialing
        dialing.begin(self._timeout_s, reached, unreached)

    def _unreached(self, target: Target, error: OSError) -> None:
        if sockets.is_our_fault(error) or not self._pool.failed(target, self._loop.now):
            return
        _log.warning(
            "member_out",
            node=target.node,
            service=target.service,
            address="{}:{}".format(*target.endpoint),
            why=error.strerror or error,
        )

"""The law of serving: one application, one listening socket, and an end in order.

On stop live streams are told to end, and each answer from now on is its connection's last. Whoever
keeps connections to us hears of it (`closing` has a heartbeat tell them) and lets go of them; a
request that was on its way at that moment is still taken. Then no new connections are taken,
requests under way are finished within a bound, and everything beside the server ends too.
"""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

import uvicorn
from starlette.types import ASGIApp

from holdfast.errors import Mistake
from holdfast.platform.balancer.networks import Networks
from holdfast.platform.runtime.descriptors import clients_within, raised
from holdfast.platform.runtime.lifecycle import Stop
from holdfast.platform.runtime.logs import Log
from holdfast.platform.runtime.settings import KEEP_ALIVE_S
from holdfast.platform.web.connection import GuardedConnection, Places, Room, guarded

BACKLOG = 1024
"""Connections that wait to be accepted: a whole class that opens the page at once."""
FILES_APART = 512
"""Descriptors of a serving process that are no client's: its database, those it asks, its logs."""
POLL_S = 0.01
"""How often a server is asked whether it accepts, or has connections: uvicorn tells nobody."""
LAST_REQUESTS_S = 0.3
"""From the word that we stop to the end of idle connections: a heartbeat and a turn of the loop of
whoever keeps them take a few milliseconds. It is over when nobody is connected."""

_log = Log("web")


def _nothing() -> None:
    """What is done where nothing has to be."""


def places_here() -> Places:
    """As many as this process may open files, but for some."""
    limit = raised()
    return Places() if limit is None else Places(clients_within(limit, apart=FILES_APART))


class UnderWay:
    """The requests that a server answers just now: their number is its length."""

    def __init__(self) -> None:
        self._requests: Collection[object] = ()

    def __len__(self) -> int:
        return len(self._requests)

    def watch(self, requests: Collection[object]) -> None:
        """From now on these are meant, as many as there are when somebody asks."""
        self._requests = requests


@dataclass(frozen=True, slots=True)
class Serving:
    """How an application is served.

    `beside` runs as long as the server does, and the first of both to end is the end of all;
    `started` is called once connections are accepted, `closing` before requests under way are
    waited for: it ends what would never end by itself. `what` names the process in sentences.
    `under_way` tells its owner how busy the server is. `believed`: whose PROXY headers are taken,
    if not everybody's. `keep_alive_s`: an idle connection is kept so long. `places`: those of this
    process, the same for all its servers.
    """

    what: str
    connections: int
    drain_s: float = 5.0
    beside: Sequence[Callable[[], Awaitable[None]]] = ()
    started: Callable[[], None] = _nothing
    closing: Callable[[], None] = _nothing
    under_way: UnderWay = field(default_factory=UnderWay)
    believed: Networks = field(default_factory=Networks)
    keep_alive_s: float = KEEP_ALIVE_S
    places: Places = field(default_factory=places_here)


async def serve(app: ASGIApp, listener: socket.socket, stop: Stop, how: Serving) -> None:
    """Serve `app` on `listener` until `stop`; raises what ended the server or a neighbour."""
    if how.connections > how.places.most:
        _log.warning(
            "connections_limited",
            what=how.what,
            to=how.places.most,
            instead_of=how.connections,
            why="this process may not open more files (ulimit -n, LimitNOFILE=)",
        )
    room = Room(how.connections, how.places, how.believed)
    server = _Server(_config(app, how, room))
    how.under_way.watch(server.server_state.tasks)
    beside = [asyncio.ensure_future(begin()) for begin in how.beside]
    serving = asyncio.create_task(server.serve([listener]), name="server")
    try:
        await server.accepting(serving, how.what)
        how.started()
        wish = asyncio.create_task(stop.wait())
        await asyncio.wait({wish, serving, *beside}, return_when=asyncio.FIRST_COMPLETED)
        wish.cancel()
    finally:
        how.closing()
        room.is_closing = True
        await server.take_last_requests(serving)
        server.should_exit = True
        await asyncio.wait({serving}, timeout=how.drain_s + 1)
        await _end([serving, *beside])


def listen(host: str, port: int, what: str) -> socket.socket:
    """A listening socket; `Mistake` naming `what` and the address when it cannot be had.

    From now on connections wait to be accepted instead of being refused: the balancer hears of us
    before the server runs.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        reason = (error.strerror or str(error)).lower()
        raise Mistake(f"{what} cannot listen on {host}:{port}: {reason}.") from None
    listener.setblocking(False)
    return listener


class _Server(uvicorn.Server):
    """uvicorn's server without its signal handlers: one place of the process has those."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def accepting(self, serving: "asyncio.Task[None]", what: str) -> None:
        """Return once it accepts connections; raises what `serving` raised before that."""
        while not self.started:
            done, _ = await asyncio.wait({serving}, timeout=POLL_S)
            if done:
                serving.result()
                raise Mistake(f"{what} ended before it had begun.")

    async def take_last_requests(self, serving: "asyncio.Task[None]") -> None:
        """Return when nobody is connected any more, or `LAST_REQUESTS_S` later."""
        connections = self.server_state.connections
        for connection in list(connections):
            if isinstance(connection, GuardedConnection):
                connection.answer_last()
        loop = asyncio.get_running_loop()
        until = loop.time() + LAST_REQUESTS_S
        while connections and not serving.done() and loop.time() < until:
            await asyncio.sleep(POLL_S)


def _config(app: ASGIApp, how: Serving, room: Room) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=guarded(room),
        ws="none",
        lifespan="off",
        loop="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=int(how.keep_alive_s),
        timeout_graceful_shutdown=max(1, int(how.drain_s)),
    )


async def _end(tasks: "list[asyncio.Future[None]]") -> None:
    """Cancel what still runs; a fault that ended something is raised now."""
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception):
            raise result

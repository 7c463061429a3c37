"""The law of the crowd: persons walk their journeys, asked when they are due, over few connections.

A person's steps are one behind the other; a request that is due while the one before is not
answered waits for it, and its time counts from when it was due. Connections are shared: a crowd of
thousands does not need thousands of sockets, and `idle` is there for those.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from holdfast.platform.load.connection import Broken, Connection
from holdfast.platform.load.schedule import Schedule
from holdfast.platform.load.tally import Tally
from holdfast.platform.runtime.journey import Ask, Heard, Journey, Person, Steps

MAX_LATE = 10_000
"""Requests that wait for a connection; beyond, more are dropped and counted as failures."""
MAX_ETAGS = 10_000
"""Answers whose ETag is remembered, of all persons together."""
LEAVE_S = 10.0
"""At the end, what is under way may take so long."""


@dataclass(frozen=True, slots=True)
class Route:
    """A journey, its port with the offset, and the headers of its requests."""

    journey: Journey
    port: int
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """`routes` with their weights; `persons` that are really played; `seconds` to play."""

    host: str
    routes: Sequence[tuple[Route, float]]
    persons: int
    think_s: float
    seconds: float
    connections: int
    seed: int = 0


@dataclass(slots=True)
class _Walker:
    """A person on the way. `heard`: what the last request brought, None before the first."""

    person: Person
    route: Route
    steps: Steps
    heard: Heard | None = None
    due: "deque[float]" = field(default_factory=deque)
    is_asking: bool = False


class Crowd:
    """Built of a plan; `play` once."""

    def __init__(self, plan: Plan) -> None:
        self.tally = Tally()
        self._plan = plan
        self._dice = Random(plan.seed)  # noqa: S311  a crowd, not a key
        self._schedule = Schedule(plan.persons, plan.think_s, self._dice.random)
        self._walkers: dict[int, _Walker] = {}
        self._free: dict[int, list[Connection]] = {}
        self._places = asyncio.Semaphore(plan.connections)
        self._late = 0
        self._etags: dict[tuple[int, str], str] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def play(self) -> float:
        """Play the plan; returns the seconds it took."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        while self._schedule.next_due() < self._plan.seconds:
            pause_s = began + self._schedule.next_due() - loop.time()
            if pause_s > 0:
                await asyncio.sleep(pause_s)
            due, number = self._schedule.take()
            self._let(number, began + due)
            await asyncio.sleep(0)
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=LEAVE_S)
        took_s = loop.time() - began
        for task in self._tasks:
            task.cancel()
        for connections in self._free.values():
            for one in connections:
                one.close()
        return took_s

    def _let(self, number: int, due: float) -> None:
        """A person's request is due."""
        walker = self._walkers.get(number)
        if walker is None:
            walker = self._walkers[number] = self._arrival(number)
        if self._late >= MAX_LATE:
            self.tally.dropped += 1
            return
        self._late += 1
        walker.due.append(due)
        if not walker.is_asking:
            walker.is_asking = True
            task = asyncio.get_running_loop().create_task(self._walk(walker))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _arrival(self, number: int) -> _Walker:
        routes = [route for route, _ in self._plan.routes]
        weights = [weight for _, weight in self._plan.routes]
        (route,) = self._dice.choices(routes, weights)
        person = Person(number, Random(self._dice.getrandbits(64)))  # noqa: S311  dice of a crowd
        return _Walker(person, route, route.journey.begin(person))

    async def _walk(self, walker: _Walker) -> None:
        """Ask what is due, one behind the other."""
        try:
            while walker.due:
                due = walker.due.popleft()
                async with self._places:
                    self._late -= 1
                    await self._step(walker, due)
        finally:
            walker.is_asking = False

    async def _step(self, walker: _Walker, due: float) -> None:
        ask = _next_ask(walker)
        route, loop = walker.route, asyncio.get_running_loop()
        key = (route.port, ask.target)
        headers = dict(route.headers)
        if ask.cached and key in self._etags:
            headers["if-none-match"] = self._etags[key]
        self.tally.asked[ask.name] += 1
        connection = self._connection(route.port)
        sent = loop.time()
        try:
            answer = await connection.ask(ask, headers)
            walker.heard = Heard(answer.status, answer.body)
            self._free[route.port].append(connection)
            if answer.etag and len(self._etags) < MAX_ETAGS:
                self._etags[key] = answer.etag
        except Broken as broken:
            walker.heard = Heard(0)
            self.tally.failed[ask.name, str(broken)] += 1
        now = loop.time()
        self.tally.since_due.note(now - due)
        self.tally.since_sent.note(now - sent)
        self._judge(ask, walker.heard)

    def _judge(self, ask: Ask, heard: Heard) -> None:
        self.tally.not_modified += heard.status == 304
        if heard.status and heard.status not in ask.good:
            self.tally.failed[ask.name, str(heard.status)] += 1

    def _connection(self, port: int) -> Connection:
        free = self._free.setdefault(port, [])
        return free.pop() if free else Connection(self._plan.host, port)


def _next_ask(walker: _Walker) -> Ask:
    """The next step; after the last one the person comes again."""
    try:
        if walker.heard is None:
            return next(walker.steps)
        return walker.steps.send(walker.heard)
    except StopIteration:
        walker.steps = walker.route.journey.begin(walker.person)
        return next(walker.steps)

"""The language of graded checks: what a teacher writes a scenario with.

PURE. A scenario is one `async def play(ctx, peer)` that awaits only what this file offers: time
is `ctx.now`, dice are `ctx.rand`, the world is `ctx.ask_lease`. The same code then plays on
sockets, on virtual time and in replay. Every wait has a bound in seconds. The engine plays either
side, so the reference clients are written in this language too.
"""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, MutableSequence, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NoReturn, Protocol, TypeVar

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.lease import Lease
from holdfast.grading.domain.requests import (
    AskLease,
    AwaitClose,
    Diverged,
    Gather,
    Listen,
    Mode,
    Pose,
    Question,
    Race,
    ScenarioFault,
    Sleep,
    Stopped,
    Undecided,
    perform,
)
from holdfast.grading.domain.roster import UserId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.templates import ANYTHING, Difference, Like
from holdfast.grading.domain.verdict import CheckSpec
from holdfast.grading.wire.course import Chat
from holdfast.grading.wire.message import Message

__all__ = [
    "About",
    "Background",
    "Context",
    "Dice",
    "Diverged",
    "Peer",
    "Play",
    "Scenario",
    "Stopped",
    "Trigger",
    "first_of",
]

M = TypeVar("M", bound=Message)
T = TypeVar("T")

Play = Callable[["Context", "Peer"], Coroutine[Any, Any, None]]
"""A scenario's body: `async def play(ctx, peer)`; `peer` is the one that triggered it."""

Transport = Literal["tcp", "udp"]


class Dice(Protocol):
    """Randomness of one attempt, seeded; the methods are those of `random.Random`."""

    def random(self) -> float: ...

    def randint(self, a: int, b: int, /) -> int: ...

    def choice(self, seq: Sequence[T], /) -> T: ...

    def sample(self, population: Sequence[T], k: int, /) -> list[T]: ...

    def shuffle(self, x: MutableSequence[Any], /) -> None: ...


@dataclass(frozen=True, slots=True)
class Trigger:
    """The chat that starts a test: exactly `text`, or beginning with it when `prefix`.

    `recipient` None: the chat carries the student's own id. Otherwise it must be this number, and
    the student is found by the source address of their lease.
    """

    text: str
    prefix: bool = False
    recipient: int | None = None

    def matches(self, chat: Chat) -> bool:
        """True if `chat` starts the test."""
        if self.recipient is not None and chat.recipient != self.recipient:
            return False
        return chat.text.startswith(self.text) if self.prefix else chat.text == self.text


@dataclass(frozen=True, slots=True)
class Scenario:
    """One graded test (or, without a trigger, a client that plays the other side).

    `assignment` is the number the seed's API shows. `ports`: public ports, for UDP the only ones
    where the trigger counts, for TCP the test's home. `announces` False: no verdict goes back on
    the connection, whatever `ctx.announce` was told.
    """

    id: TestId
    title: str
    year: int
    assignment: int
    transport: Transport
    ports: tuple[int, ...]
    trigger: Trigger | None
    checks: tuple[CheckSpec, ...]
    play: Play
    announces: bool = True


class Stage(Protocol):
    """What the engine offers to `Context` and `Peer`. Not for scenario authors."""

    @property
    def now(self) -> float: ...

    def record(
        self,
        name: str,
        ok: bool,
        *,
        hint: str = "",
        entry: int | None = None,
        difference: Difference | None = None,
    ) -> None: ...

    def entry_of(self, message: Message) -> int | None: ...

    def suspicion(self, message: Message) -> str: ...

    def came_at(self, message: Message) -> float: ...

    def note(self, text: str) -> None: ...

    def send(self, peer: str, message: Message | bytes) -> None: ...

    def close(self, peer: str) -> None: ...

    def is_closed(self, peer: str) -> bool: ...

    def announce(self, passed: Message | None, failed: Message | None) -> None: ...

    def spawn(self, body: Coroutine[Any, Any, None]) -> int: ...

    def divert(
        self,
        peer: str,
        template: Message | Like[Any],
        handler: Callable[[Any], Coroutine[Any, Any, None]],
    ) -> int: ...

    def cancel(self, background: int) -> None: ...


@dataclass(frozen=True, slots=True)
class About:
    """A received message in which a check shows, and what differs in it, if it was compared."""

    message: Message
    difference: Difference | None = None


class Background:
    """Something that runs beside the main flow. It ends with the scenario, or by `cancel`."""

    __slots__ = ("_number", "_stage")

    def __init__(self, stage: Stage, number: int) -> None:
        self._stage = stage
        self._number = number

    def cancel(self) -> None:
        """Stop it; messages it would have taken go to the main flow again. Harmless if ended."""
        self._stage.cancel(self._number)


class Peer:
    """The other side: one TCP connection or UDP flow, named `client` when we are the server."""

    __slots__ = ("_stage", "name")

    def __init__(self, stage: Stage, name: str) -> None:
        self._stage = stage
        self.name = name

    @property
    def is_closed(self) -> bool:
        """True once the peer has closed (messages received before that may still wait)."""
        return self._stage.is_closed(self.name)

    async def send(self, message: Message | bytes) -> None:
        """Send one frame in one write; `bytes` go out as they are. Silent on a closed peer."""
        self._stage.send(self.name, message)

    async def close(self) -> None:
        """Close our end. As a client, a later `send` opens a new connection."""
        self._stage.close(self.name)

    async def expect(
        self,
        template: M | Like[M],
        *,
        within: float,
        check: str | None = None,
        wrong: Mapping[Message | Like[Any], str] | None = None,
    ) -> M:
        """The NEXT message, which must match within so many seconds; raises `Diverged`.

        `check` is passed on a match and failed with the divergence as its hint otherwise. `wrong`
        maps templates of well-known wrong answers to the hint that names the mistake.
        """
        pairs = tuple((wrong or {}).items())
        listen = Listen(self.name, template, Mode.NEXT, within, wrong=pairs)
        message: M = await self._judged(listen, check)
        return message

    async def until(
        self,
        template: M | Like[M],
        *,
        within: float,
        check: str | None = None,
        wrong: Mapping[Message | Like[Any], str] | None = None,
        wrong_is_final: bool = True,
        hint: str = "",
    ) -> M:
        """The next message that matches; others are skipped and logged. Raises `Diverged`.

        The divergence tells the nearest miss, or what is wrong with the bytes that came, or that
        nothing came (with `hint` as advice). A message like one in `wrong` ends it at once, unless
        `wrong_is_final` is False: then its hint is kept for the time-out.
        """
        listen = Listen(
            self.name,
            template,
            Mode.UNTIL,
            within,
            wrong=tuple((wrong or {}).items()),
            wrong_is_final=wrong_is_final,
            hint=hint,
        )
        message: M = await self._judged(listen, check)
        return message

    async def expect_silence(
        self,
        for_: float,
        template: Message | Like[Any] = ANYTHING,
        *,
        check: str | None = None,
        hint: str = "",
    ) -> None:
        """No message like `template` may come for so many seconds; others are skipped.

        Raises `Diverged` with `hint` (and what came). A close of the peer is silence.
        """
        await self._judged(Listen(self.name, template, Mode.NEVER, for_, hint=hint), check)

    async def expect_close(self, within: float, *, check: str | None = None) -> None:
        """The peer closes within so many seconds; messages before that are skipped."""
        await self._judged(AwaitClose(self.name, within), check)

    def background(
        self,
        template: M | Like[M],
        handler: Callable[[M], Coroutine[Any, Any, None]],
    ) -> Background:
        """Run `handler` on each message like `template`, one after the other, beside the main flow.

        Such messages do not reach the main flow any more. What the handler raises ends the attempt.
        """
        return Background(self._stage, self._stage.divert(self.name, template, handler))

    async def _judged(self, request: Listen | AwaitClose, check: str | None) -> Any:
        try:
            result = await perform(request)
        except Diverged as divergence:
            if check is not None:
                self._stage.record(
                    check,
                    False,
                    hint=divergence.hint,
                    entry=divergence.entry,
                    difference=divergence.difference,
                )
            raise
        if check is not None:
            self._stage.record(check, True)
        return result


class Context:
    """One attempt, as its scenario sees it.

    `uid`: whose attempt. `rules`: the course's numbers. `rand`: the attempt's dice.
    """

    __slots__ = ("_stage", "_trigger", "rand", "rules", "uid")

    def __init__(
        self, stage: Stage, uid: UserId, rules: Rules, rand: Dice, trigger: Chat | None
    ) -> None:
        self._stage = stage
        self._trigger = trigger
        self.uid = uid
        self.rules = rules
        self.rand = rand

    @property
    def now(self) -> float:
        """Seconds since the attempt began."""
        return self._stage.now

    @property
    def trigger(self) -> Chat:
        """The chat that started the attempt. A client has none: `ScenarioFault`."""
        if self._trigger is None:
            raise ScenarioFault("this scenario was not started by a trigger")
        return self._trigger

    def peer(self, name: str) -> Peer:
        """A peer by name, for example `server` or `udp:5005` when we are the client."""
        return Peer(self._stage, name)

    def check(self, name: str, ok: bool, *, hint: str = "", about: About | None = None) -> bool:
        """Record a check and go on; returns `ok`. A check that failed once stays failed.

        `about`: the received message in which it shows; the page marks it there.
        """
        entry = None if about is None else self._stage.entry_of(about.message)
        difference = None if about is None else about.difference
        self._stage.record(name, ok, hint=hint, entry=entry, difference=difference)
        return ok

    def require(self, name: str, ok: bool, *, hint: str = "", about: About | None = None) -> None:
        """Record a check; when not ok the scenario stops here with verdict fail."""
        if not self.check(name, ok, hint=hint, about=about):
            raise Stopped(hint)

    def suspicion(self, message: Message) -> str:
        """What looks odd about a message that was received, as sentences; empty for nothing.

        It must be the very object that was awaited. Good at the end of a hint.
        """
        return self._stage.suspicion(message)

    def came_at(self, message: Message) -> float:
        """When a message came, which may be long before a busy machine read it; else like `now`.

        It must be the very object that was awaited. For whether the peer was in time.
        """
        return self._stage.came_at(message)

    def undecided(self, reason: str) -> NoReturn:
        """Stop with verdict inconclusive: this attempt proves nothing, the retry is free."""
        raise Undecided(reason)

    def note(self, text: str) -> None:
        """Write a line into the transcript."""
        self._stage.note(text)

    async def sleep(self, seconds: float) -> None:
        """Wait. Messages that come meanwhile are kept for the next `expect` or `until`."""
        await perform(Sleep(seconds))

    async def after(self, seconds: float) -> None:
        """The same as `sleep`, to read well in `first_of`."""
        await perform(Sleep(seconds))

    async def ask(self, question: Question) -> Any:
        """The answer of the world; when nobody can answer, the attempt ends as infrastructure."""
        return await perform(Pose(question))

    async def ask_lease(self) -> Lease | None:
        """The user's last lease as the store holds it now, None if they never registered."""
        lease: Lease | None = await self.ask(AskLease(self.uid))
        return lease

    def announce(self, *, passed: Message | None = None, failed: Message | None = None) -> None:
        """What the client is told once the attempt is durable. May be called anytime; last wins."""
        self._stage.announce(passed, failed)

    def beside(self, body: Coroutine[Any, Any, None]) -> Background:
        """Run `body` beside the main flow, for heartbeats and renewals."""
        return Background(self._stage, self._stage.spawn(body))

    async def join(self, *roles: str, within: float = 60.0) -> tuple[Peer, ...]:
        """Wait until a connection for each role is there; raises `Diverged` naming who is not."""
        await perform(Gather(roles, within))
        return tuple(Peer(self._stage, role) for role in roles)


async def first_of(*awaitables: Awaitable[Any]) -> tuple[int, Any]:
    """Run all beside each other: index and value of the first that ends; the others are dropped.

    A message goes to the first one that it matches. What the first one raises is raised here.
    """
    return await perform(Race(tuple(_as_coroutine(awaitable) for awaitable in awaitables)))  # type: ignore[no-any-return]


def _as_coroutine(awaitable: Awaitable[Any]) -> Coroutine[Any, Any, Any]:
    if isinstance(awaitable, Coroutine):
        return awaitable
    raise ScenarioFault("first_of takes calls like peer.until(...) or ctx.after(...)")

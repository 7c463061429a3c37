"""A right client for each graded test, in the language of the tests, playing the student's side.

PURE. `client(test)` is a scenario without a trigger whose peer is the server; its own check tells
whether it did its part, the verdict is the server's. What a client sends may be replaced, for the
broken variants that the graded checks are tried with.
"""

from dataclasses import dataclass

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.reference.echoing import (
    Answer,
    answers_chats,
    echo,
    echo_special,
    excess,
)
from holdfast.grading.domain.reference.greeting import (
    WAIT_S,
    greet,
    greet_udp,
    next_chat,
    verdict_in,
)
from holdfast.grading.domain.reference.habits import USUAL, Habits
from holdfast.grading.domain.reference.leasing import hears_verdict, renews
from holdfast.grading.domain.reference.reconciling import reconciles
from holdfast.grading.domain.reference.sorting import Order, by_time, sorts
from holdfast.grading.domain.scenario import Context, Peer, Play, Scenario, Trigger
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.domain.verdict import CheckSpec
from holdfast.grading.wire.course import Chat

SERVER = "server"
"""Name of the peer that is the TCP connection."""
DONE = CheckSpec("done", "the client did its part and no verdict said otherwise")
TCP_PORTS_2025 = {3: 4446, 4: 4447, 5: 4448, 6: 4449}
"""By assignment. In 2024 all of them share 4444."""
VERDICT_S = 3.0
"""How long a client listens for a verdict where a course may not tell one."""


@dataclass(frozen=True, slots=True)
class Part:
    """What a client plays with: its test's trigger and UDP port (0 on TCP), and its habits."""

    trigger: Trigger
    port: int
    habits: Habits


def client(test: TestId, habits: Habits = USUAL, play: Play | None = None) -> Scenario:
    """The right client for a test, or the one that `play` makes of it. `KeyError`: no such test."""
    graded = CATALOGUE[test]
    return Scenario(
        id=test,
        title=f"client of {graded.title}",
        year=graded.year,
        assignment=graded.assignment,
        transport=graded.transport,
        ports=graded.ports,
        trigger=None,
        checks=(DONE,),
        play=play or right_play(test, habits),
    )


def tcp_port(test: TestId) -> int:
    """The public TCP port to which a client of the test connects, also when the test is on UDP."""
    graded = CATALOGUE[test]
    if graded.transport == "tcp":
        return graded.ports[0]
    return 4444 if graded.year == 2024 else TCP_PORTS_2025[graded.assignment]


def part_of(test: TestId, habits: Habits = USUAL) -> Part:
    """What the client of a test plays with."""
    graded = CATALOGUE[test]
    assert graded.trigger is not None
    return Part(graded.trigger, graded.ports[0] if graded.transport == "udp" else 0, habits)


def right_play(test: TestId, habits: Habits = USUAL) -> Play:
    """How a right client plays its part in a test."""
    part = part_of(test, habits)
    match test:
        case "2024-a1-t1" | "2024-a2-t1" | "2025-3_1":
            return triggering(part)
        case "2024-a1-t2" | "2024-a1-t4":
            return answering(part, echo)
        case "2024-a1-t3":
            return answering(part, excess)
        case "2024-a2-t2" | "2025-3_2":
            return answering_udp(part, echo)
        case "2024-a2-t3" | "2025-4_1":
            return renewing(part)
        case "2024-a2-t4":
            return answering(part, echo_special("SPECIAL MESSAGE TEST 4"))
        case "2025-4_2":
            return answering(part, echo_special("SPECIAL MESSAGE TEST 4_2"))
        case "2024-a3-t1" | "2024-a3-t2" | "2025-5_1" | "2025-5_2":
            return reconciling(part)
        case "2024-a3-t3" | "2025-6_1" | "2025-6_2":
            return sorting(part)
        case _:
            return seeding(part)


def triggering(part: Part) -> Play:
    """Trigger, and see whether something is said."""

    async def play(ctx: Context, server: Peer) -> None:
        await greet(ctx, server, part.trigger, part.habits)
        _done(ctx, await hears_verdict(ctx, server, VERDICT_S))

    return play


def answering(part: Part, answer: Answer) -> Play:
    """Trigger on TCP, answer a chat, see whether something is said."""

    async def play(ctx: Context, server: Peer) -> None:
        await greet(ctx, server, part.trigger, part.habits)
        await answers_chats(server, answer)
        _done(ctx, await hears_verdict(ctx, server, VERDICT_S))

    return play


def answering_udp(part: Part, answer: Answer) -> Play:
    """Trigger on UDP, answer every chat until there is a verdict or nothing more comes."""

    async def play(ctx: Context, server: Peer) -> None:
        udp, heard = await greet_udp(ctx, server, part.port, part.trigger, part.habits)
        chat: Chat | None = heard
        while chat is not None and verdict_in(chat.text) is None:
            for reply in answer(chat):
                await udp.send(reply)
            chat = await next_chat(ctx, udp, VERDICT_S)
        _done(ctx, None if chat is None else verdict_in(chat.text))

    return play


def renewing(part: Part, *, interval_s: float | None = None) -> Play:
    """Trigger and renew the lease every `interval_s` (a fitting one when None)."""

    async def play(ctx: Context, server: Peer) -> None:
        await greet(ctx, server, part.trigger, part.habits)
        _done(ctx, await renews(ctx, server, part.habits, interval_s=interval_s))

    return play


def reconciling(part: Part, version: Answer = echo) -> Play:
    """Trigger on UDP, return numbered chats until there is a verdict."""

    async def play(ctx: Context, server: Peer) -> None:
        udp, first = await greet_udp(ctx, server, part.port, part.trigger, part.habits)
        _done(ctx, await reconciles(ctx, udp, first, part.habits, version))

    return play


def sorting(part: Part, order: Order = by_time) -> Play:
    """Trigger on UDP, send a sorted list until there is a verdict."""

    async def play(ctx: Context, server: Peer) -> None:
        udp, first = await greet_udp(ctx, server, part.port, part.trigger, part.habits)
        _done(ctx, await sorts(ctx, udp, first, part.habits, order))

    return play


def seeding(part: Part, *, says: int | None = None) -> Play:
    """The seed's test: a chat that names the own id (or `says`), and its answer."""

    async def play(ctx: Context, server: Peer) -> None:
        number = ctx.uid if says is None else says
        await server.send(Chat(ctx.uid, f"{part.trigger.text}{number}"))
        _done(ctx, await hears_verdict(ctx, server, WAIT_S) is True)

    return play


def _done(ctx: Context, verdict: bool | None) -> None:
    ctx.check(DONE.name, verdict is not False, hint="The server's verdict is: failed.")

"""Register and trigger: how every client begins.

PURE. The peer `server` is the TCP connection, `udp:5005` a UDP socket that talks to that port.
"""

from typing import assert_never

from holdfast.grading.domain.reference.habits import Greeting, Habits
from holdfast.grading.domain.requests import Diverged
from holdfast.grading.domain.scenario import Context, Peer, Trigger, first_of
from holdfast.grading.domain.templates import ANYTHING, like
from holdfast.grading.wire.course import COURSE, Chat, ErrorReply, Register, Registered
from holdfast.grading.wire.message import Message

WAIT_S = 10.0
"""How long a client waits for an answer before it goes on or gives up."""
TRIGGER_AGAIN_S = 1.0
TRIGGERS = 5
"""A UDP trigger may be lost: say it again, a few times, while nothing comes."""


def register_request(ctx: Context) -> Register:
    """Host and port are junk in practice; real clients send their server's."""
    return Register(ctx.uid, "localhost", 4444)


def trigger_chat(ctx: Context, trigger: Trigger) -> Chat:
    """The chat that starts the test, with the own id unless the test wants another."""
    recipient = ctx.uid if trigger.recipient is None else trigger.recipient
    return Chat(recipient, trigger.text)


async def register(ctx: Context, server: Peer) -> None:
    """Register and wait for the answer. "Too soon" is fine: the lease still holds.

    Raises `Diverged` when the server refuses, with its reason.
    """
    await server.send(register_request(ctx))
    _, answer = await first_of(
        server.until(Registered(), within=WAIT_S), server.until(like(ErrorReply), within=WAIT_S)
    )
    if isinstance(answer, ErrorReply) and "too soon" not in answer.text:
        raise Diverged(f"The server refused the registration: {answer.text}")


async def greet(ctx: Context, server: Peer, trigger: Trigger, habits: Habits) -> None:
    """Register and trigger on the TCP connection, in the order of the client's habit."""
    chat = trigger_chat(ctx, trigger)
    request = register_request(ctx)
    match habits.greeting:
        case Greeting.PATIENT:
            await register(ctx, server)
            await server.send(chat)
        case Greeting.HASTY:
            await server.send(request)
            await server.send(chat)
        case Greeting.ONE_SEGMENT:
            await server.send(COURSE.encode(request) + COURSE.encode(chat))
        case Greeting.LATE:
            await server.send(chat)
            await server.send(request)
        case Greeting.NEVER:
            await server.send(chat)
        case _:
            assert_never(habits.greeting)


async def greet_udp(
    ctx: Context, server: Peer, port: int, trigger: Trigger, habits: Habits
) -> tuple[Peer, Chat]:
    """Register on TCP and trigger on UDP; returns the UDP peer and the first chat it sent.

    The trigger is said again while nothing comes. Raises `Diverged` when nothing ever does.
    """
    if habits.greeting is Greeting.PATIENT:
        await register(ctx, server)
    elif habits.greeting is not Greeting.NEVER:
        await server.send(register_request(ctx))
    udp = ctx.peer(f"udp:{port}")
    for _ in range(TRIGGERS):
        await udp.send(trigger_chat(ctx, trigger))
        first = await next_chat(ctx, udp, TRIGGER_AGAIN_S)
        if first is not None:
            return udp, first
    return udp, await udp.until(like(Chat), within=WAIT_S)


async def next_message(ctx: Context, peer: Peer, seconds: float) -> Message | None:
    """The next message, or None after so many seconds. Raises `Diverged` when the peer closed."""
    seconds = max(0.0, seconds)
    _, message = await first_of(peer.until(ANYTHING, within=seconds + 1.0), ctx.after(seconds))
    return message if isinstance(message, Message) else None


async def next_chat(ctx: Context, peer: Peer, seconds: float) -> Chat | None:
    """The next chat, or None after so many seconds. Raises `Diverged` when the peer has closed."""
    _, chat = await first_of(peer.until(like(Chat), within=seconds + 1.0), ctx.after(seconds))
    return chat if isinstance(chat, Chat) else None


def verdict_in(text: str) -> bool | None:
    """Whether a text tells that a test is passed (True) or failed (False), or neither (None)."""
    if "FAILED" in text:
        return False
    return True if "PASSED" in text else None

"""The server's side of a recorded attempt on a loopback port, to debug a program against.

What the server said is sent byte for byte as long after the step before as it was then, by `speed`
faster; what the program says is compared with what it said in the attempt. Nothing is judged. One
conversation at a time; frames that nobody reads yet wait in a bounded queue.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import cast

from holdfast.errors import Mistake
from holdfast.grading.domain.recorded_side import HangUp, Hear, Say, Step
from holdfast.grading.domain.reference.stream import ForgivingStream
from holdfast.grading.domain.transcript import Transcript
from holdfast.grading.entrypoints.attempts import plain
from holdfast.grading.entrypoints.hex_diff import difference
from holdfast.grading.wire.connection import Frame
from holdfast.grading.wire.course import COURSE, Chat, Register, Registered
from holdfast.grading.wire.layout import describe_message

HOST = "127.0.0.1"
MAX_GAP_S = 60.0
"""A longer pause of the attempt is played so long: nobody debugs for twenty minutes."""
PATIENCE_S = 5.0
"""Beyond the attempt's own time; a person may stand at a breakpoint, so then it goes on asking."""
MAX_QUEUED = 256
READ_BYTES = 4096
SHOWN_CHARS = 60
Print = Callable[[str], None]
Address = tuple[str, int]
_REGISTERED = COURSE.encode(Registered())


@dataclass(frozen=True, slots=True)
class Play:
    """What is played and how. `ends`: after one conversation."""

    transcript: Transcript
    steps: tuple[Step, ...]
    is_udp: bool
    speed: float = 1.0
    ends: bool = False
    out: Print = print
    patience_s: float = PATIENCE_S


@dataclass(slots=True)
class _Talk:
    """One conversation: what has come and is not looked at yet, and how to answer."""

    say: Callable[[bytes], None]
    heard: asyncio.Queue[bytes | None] = field(default_factory=partial(asyncio.Queue, MAX_QUEUED))
    """None: the program is gone."""

    async def next(self, within_s: float | None) -> bytes | None:
        """The next frame, None when none came in time. `EOFError`: the program is gone."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                raw = await self.heard.get()
                if raw is None:
                    raise EOFError
                return raw
        return None


async def serve(play: Play, port: int, ready: Callable[[int], None] = lambda _: None) -> None:
    """Serve on `port` of this machine (0: any) until cancelled, or one conversation long.

    UDP tests have their TCP port at the same number, for the registration. `Mistake`: port taken.
    """
    done = asyncio.Event()
    turn = asyncio.Lock()
    loop = asyncio.get_running_loop()
    try:
        tcp = await asyncio.start_server(partial(_connected, play, turn, done), HOST, port)
        bound: int = tcp.sockets[0].getsockname()[1]
        udp = None
        if play.is_udp:
            udp, _ = await loop.create_datagram_endpoint(
                lambda: _Flow(play, done), local_addr=(HOST, bound)
            )
    except OSError as error:
        raise Mistake(f"Port {port} cannot be listened on: {error.strerror}.") from None
    try:
        ready(bound)
        await done.wait()
    finally:
        tcp.close()
        if udp is not None:
            udp.close()


async def _connected(
    play: Play,
    turn: asyncio.Lock,
    done: asyncio.Event,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    talk = _Talk(writer.write)
    listening = asyncio.create_task(_listen(reader, talk))
    try:
        if play.is_udp or turn.locked():
            await _received(play, talk, lambda _: False)
        async with turn:
            await _converse(play, talk, writer.close)
        if play.ends:
            done.set()
    except EOFError:
        play.out("the program has closed its connection")
    finally:
        listening.cancel()
        writer.close()


async def _listen(reader: asyncio.StreamReader, talk: _Talk) -> None:
    stream = ForgivingStream()
    with suppress(ConnectionError):
        while data := await reader.read(READ_BYTES):
            for item in stream.feed(data):
                await talk.heard.put(item.raw)
    await talk.heard.put(None)


class _Flow(asyncio.DatagramProtocol):
    """Datagrams: the trigger starts a conversation with its sender, others belong to it."""

    def __init__(self, play: Play, done: asyncio.Event) -> None:
        self._play = play
        self._done = done
        self._talks: dict[Address, _Talk] = {}
        self._task: asyncio.Task[None] | None = None
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The port is open."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, address: Address) -> None:
        """Hand it to the conversation, or begin one."""
        talk = self._talks.get(address)
        if talk is None and (self._task is None or self._task.done()):
            assert self._transport is not None
            talk = _Talk(partial(self._transport.sendto, addr=address))
            self._talks = {address: talk}
            self._task = asyncio.create_task(self._run(talk))
        if talk is not None and not talk.heard.full():
            talk.heard.put_nowait(data)

    def connection_lost(self, error: Exception | None) -> None:
        """The server has ended."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self, talk: _Talk) -> None:
        await _converse(self._play, talk, lambda: None)
        self._talks.clear()
        if self._play.ends:
            self._done.set()


async def _converse(play: Play, talk: _Talk, hang_up: Callable[[], None]) -> None:
    """Wait for the trigger, then go through the steps."""
    raw = await _received(play, talk, lambda raw: _is_trigger(play, raw))
    play.out(plain(f"  <- {told(raw)}: this starts the test"))
    for step in play.steps:
        match step:
            case Say(raw=raw):
                await asyncio.sleep(_wait_s(play, step.after_s))
                talk.say(raw)
                play.out(plain(f"  -> {told(raw)}"))
            case Hear():
                await _hear(play, talk, step)
            case HangUp():
                await asyncio.sleep(_wait_s(play, step.after_s))
                play.out("  -> closed the connection")
                hang_up()
    play.out("the conversation is over")


async def _received(play: Play, talk: _Talk, is_wanted: Callable[[bytes], bool]) -> bytes:
    """The first frame that is wanted; registrations before it are answered."""
    while True:
        raw = await talk.next(None)
        if raw is not None and is_wanted(raw):
            return raw
        if raw is not None and _is_register(raw):
            talk.say(_REGISTERED)
            play.out("registered")
        elif raw is not None:
            play.out(plain(f"  ?  {told(raw)}: not what started the test, ignored"))


async def _hear(play: Play, talk: _Talk, step: Hear) -> None:
    within_s = _wait_s(play, step.after_s) + play.patience_s
    raw = await talk.next(within_s)
    while raw is not None and _is_register(raw) and not _is_register(step.raw):
        talk.say(_REGISTERED)
        play.out("registered")
        raw = await talk.next(within_s)
    if raw is None:
        play.out(plain(f"  !! nothing came; in the attempt came {told(step.raw)}"))
    elif raw == step.raw:
        play.out(plain(f"  <- {told(raw)}: as in the attempt"))
    else:
        play.out(plain(f"  <- {told(raw)}: not as in the attempt"))
        for line in difference(step.raw, raw, ("attempt", "now")):
            play.out(plain(line))


def _wait_s(play: Play, after_s: float) -> float:
    return min(after_s / play.speed, MAX_GAP_S)


def _is_register(raw: bytes) -> bool:
    decoded = COURSE.decode_datagram(raw)
    return isinstance(decoded, Frame) and isinstance(decoded.message, Register)


def _is_trigger(play: Play, raw: bytes) -> bool:
    """The same text to anybody: whoever debugs may use another id."""
    wanted = _chat_text(bytes.fromhex(play.transcript.trigger))
    return wanted is None or _chat_text(raw) == wanted


def _chat_text(raw: bytes) -> str | None:
    decoded = COURSE.decode_datagram(raw)
    message = decoded.message if isinstance(decoded, Frame) else None
    return message.text if isinstance(message, Chat) else None


def told(raw: bytes) -> str:
    """A frame in a few words."""
    decoded = COURSE.decode_datagram(raw)
    if not isinstance(decoded, Frame):
        return f"{len(raw)} bytes {raw[:16].hex(' ')}"
    parts = " ".join(
        f"{name}={str(v)[:SHOWN_CHARS]!r}" for name, v in describe_message(decoded.message)
    )
    return f"{type(decoded.message).__name__} {parts}".rstrip()

"""Hundreds of clients that ask without pause, and remember how each connection went.

A client opens a connection, asks some times, leaves, and begins anew. What it was not answered it
asks again on a new connection: that is what a clean end allows.
"""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field

from holdfast.platform.balancer.proxy_protocol import Address
from tests.support.processes import until

QUESTIONS = 20
"""Of one connection."""
PAUSE_S = 0.05
PATIENCE_S = 30.0
"""Longer than any fault of a test lasts: who waits longer was forgotten."""
REFUSALS = (b"nobody", b"busy")


@dataclass
class Crowd:
    """What its clients saw so far. `ends`: connections by how they ended before their time."""

    answered: int = 0
    by_member: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    clients: int = 0
    """Clients that have been answered at least once."""
    over: bool = False

    def goes_on(self, answers: int, within_s: float = 60.0) -> None:
        """Return when so many more questions were answered."""
        wanted = self.answered + answers
        until(lambda: self.answered >= wanted or bool(self.faults), "clients are served", within_s)
        assert not self.faults, self.faults[:5]


@contextmanager
def crowd(address: Address, size: int, place: AbstractContextManager[None]) -> Iterator[Crowd]:
    """`size` clients of a balancer that live at `place`; all have been served when it begins, and
    every question is answered when it ends."""
    found = Crowd()

    def live() -> None:
        with place:
            try:
                asyncio.run(_clients(found, address, size))
            except Exception as error:
                found.faults.append(repr(error))

    thread = threading.Thread(target=live)
    thread.start()
    try:
        until(lambda: found.clients == size or bool(found.faults), "all clients are served", 60.0)
        yield found
    finally:
        found.over = True
        thread.join(2 * PATIENCE_S)
    assert not found.faults, found.faults[:5]


async def _clients(found: Crowd, address: Address, size: int) -> None:
    await asyncio.gather(*(_client(found, address, number) for number in range(size)))


async def _client(found: Crowd, address: Address, number: int) -> None:
    asked = 0
    while not found.over:
        answers = await _connection(found, address, f"{number}-{asked}")
        if answers and not asked:
            found.clients += 1
        asked += answers


async def _connection(found: Crowd, address: Address, name: str) -> int:
    """One connection; how many answers it brought."""
    answers, said = 0, False
    try:
        async with asyncio.timeout(PATIENCE_S):
            reader, writer = await asyncio.open_connection(*address)
    except (OSError, TimeoutError) as error:
        found.faults.append(f"no connection: {error!r}")
        return 0
    try:
        while answers < QUESTIONS and not (found.over and answers):
            question = f"<{name}.{answers}>".encode()
            writer.write(question)
            async with asyncio.timeout(PATIENCE_S):
                answer = await reader.readuntil(b">")
            said = True
            member, _, echoed = answer.partition(b":")
            if echoed != question:
                found.faults.append(f"{question!r} was answered {answer!r}")
            answers += 1
            found.answered += 1
            found.by_member[member.decode()] += 1
            await asyncio.sleep(PAUSE_S)
    except asyncio.IncompleteReadError as error:
        _note_end(found, error.partial, said=said)
    except OSError:
        _note_end(found, b"", said=said)
    except TimeoutError:
        found.faults.append(f"{name} waited for {PATIENCE_S} s after {answers} answers")
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
    return answers


def _note_end(found: Crowd, last: bytes, *, said: bool) -> None:
    """A connection was over before its client had done; with nothing at all it may not be."""
    if last.startswith(REFUSALS):
        found.ends["told"] += 1
    elif said:
        found.ends["cut"] += 1
    else:
        found.ends["empty"] += 1

"""The law of attempts: programs of visitors come at a rate, whatever became of those before.

As with the crowd, the schedule is open: exponential pauses, and nobody waits for anybody. Each is
one attempt of one person; they are told apart by what became of them.
"""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from holdfast.platform.load.tally import Programs
from holdfast.platform.runtime.journey import Person, Play, Played

AT_ONCE = 2_000
"""Attempts under way; beyond, those that are due are lost. Each has a socket or two."""
LEAVE_S = 20.0
"""At the end, those under way may take so long; a test takes some seconds."""


@dataclass(slots=True)
class Attempts:
    """Plays `plays` in turn, `per_s` of them a second for `seconds`."""

    plays: Sequence[Play]
    per_s: float
    seconds: float
    seed: int = 0
    seen: Programs = field(default_factory=Programs)
    _tasks: "set[asyncio.Task[None]]" = field(default_factory=set)

    async def run(self) -> None:
        """Play all; what is under way at the very end is lost."""
        loop, dice = asyncio.get_running_loop(), Random(self.seed)  # noqa: S311  not for secrets
        began, due, number = loop.time(), 0.0, 0
        while self.plays and self.per_s > 0:
            due += -math.log(1.0 - dice.random()) / self.per_s
            if due >= self.seconds:
                break
            await asyncio.sleep(max(0.0, began + due - loop.time()))
            self._let(Person(number, Random(dice.getrandbits(64))))  # noqa: S311
            number += 1
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=LEAVE_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
            self.seen.ended["unfinished", Played.LOST.value] += len(late)

    def _let(self, person: Person) -> None:
        self.seen.begun += 1
        if len(self._tasks) >= AT_ONCE:
            self.seen.ended["not-begun", Played.LOST.value] += 1
            return
        task = asyncio.get_running_loop().create_task(self._play(person))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _play(self, person: Person) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        name, became = await self.plays[person.number % len(self.plays)](person)
        self.seen.ended[name, became.value] += 1
        self.seen.times.note(loop.time() - began)

"""The law of a birth: what it takes to start a child, however it is started.

A child has no terminal, its own session, one pipe for all that it prints, and inherited pipes whose
numbers it finds in its environment. `execute` starts any program so; `nursery` starts our own
faster. Whoever ordered closes what it gave.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Order:
    """What to start. `environment` is the child's whole one, but for the numbers of its pipes.

    `output` is our descriptor that becomes its stdout and stderr; `pipes` are our descriptors that
    it inherits, by the variable that tells it their numbers.
    """

    argv: tuple[str, ...]
    environment: Mapping[str, str]
    output: int
    pipes: Mapping[str, int]


class Life(Protocol):
    """A child that was started."""

    @property
    def pid(self) -> int:
        """Its process id, which nobody else gets before `wait` has returned."""
        ...

    async def wait(self) -> int:
        """Its exit code once it has ended; of one that a signal ended, minus the signal."""
        ...


async def execute(order: Order) -> Life:
    """Start a program; `OSError` when it cannot be."""
    numbers = {variable: str(fd) for variable, fd in order.pipes.items()}
    return await asyncio.create_subprocess_exec(
        *order.argv,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=order.output,
        stderr=asyncio.subprocess.STDOUT,
        env={**order.environment, **numbers},
        pass_fds=tuple(order.pipes.values()),
        start_new_session=True,  # the terminal's Ctrl-C is for us; we stop them in order
    )

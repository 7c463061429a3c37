"""A nursery for tests: its program executes the Python text that an order names."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from holdfast.platform.runtime.birth import Life, Order, execute
from holdfast.platform.runtime.nursery import Nursery, NurseryPlan
from tests.support.processes import SOURCE

SCRIPT = """
import sys
if sys.argv[1:] == ["nursery"]:
    from holdfast.platform.runtime.nursery_process import tend
    program = len(sys.orig_argv) - 1
    sys.argv[1:] = tend()[program:]
    forked = True
else:
    forked = False
exec(sys.argv[1])
"""
PROGRAM = (sys.executable, "-c", SCRIPT)
WAIT_S = 30.0


def own_environment(**more: str) -> dict[str, str]:
    """What nurseries and children of tests are started with."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("HOLDFAST_")}
    return {**kept, "PYTHONPATH": str(SOURCE), **more}


@dataclass
class Started:
    """A child, and all that it prints."""

    life: Life
    output: int

    async def end(self) -> tuple[int, str]:
        """Its exit code and its words."""
        async with asyncio.timeout(WAIT_S):
            words = asyncio.create_task(asyncio.to_thread(self._read))
            return await self.life.wait(), await words

    def _read(self) -> str:
        with os.fdopen(self.output, "rb") as file:
            return file.read().decode()


async def start(
    nursery: Nursery | None,
    text: str,
    *words: str,
    environment: Mapping[str, str] | None = None,
    pipes: Mapping[str, int] | None = None,
) -> Started:
    """A child that executes `text`, from the nursery or, without one, executed."""
    output, output_end = os.pipe()
    argv = (*PROGRAM, text, *words)
    order = Order(argv, environment or own_environment(), output_end, pipes or {})
    try:
        life = await (execute(order) if nursery is None else nursery.birth(order))
    except BaseException:
        os.close(output)
        raise
    finally:
        os.close(output_end)
    return Started(life, output)


def nursery_plan(*modules: str, program: tuple[str, ...] = PROGRAM) -> NurseryPlan:
    """A nursery that imports these modules."""
    return NurseryPlan(program, modules)


@asynccontextmanager
async def nursery_of(
    *modules: str, program: tuple[str, ...] = PROGRAM, lines: list[str] | None = None
) -> AsyncIterator[Nursery]:
    """A nursery, begun; `lines` gets what it prints."""
    shown: list[str] = [] if lines is None else lines
    nursery = Nursery(nursery_plan(*modules, program=program), own_environment(), shown.append)
    nursery.begin()
    try:
        yield nursery
    finally:
        await nursery.close()

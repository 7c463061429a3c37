"""The law of the supervisor: it starts processes, knows when they serve, and lets none outlive it.

Every child gets a gate (it tells that it is ready) and a lifeline (it notices our death, even by
kill -9): see `announce`. A child that ends is started again after a growing pause; one that never
got ready is not. Stopping goes stage by stage, a bound each, and kills only our own children.

Our own programs are forked by a nursery where one was planned; everything else is executed.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from holdfast.errors import HoldfastError, Mistake
from holdfast.platform.runtime.announce import (
    MAX_ANNOUNCEMENT_BYTES,
    PARENT_VARIABLE,
    READY_VARIABLE,
    Ready,
    Refused,
    parse_announcement,
)
from holdfast.platform.runtime.birth import Life, Order, execute
from holdfast.platform.runtime.config import PREFIX
from holdfast.platform.runtime.lifecycle import EXIT_MISTAKE
from holdfast.platform.runtime.logs import Log
from holdfast.platform.runtime.metrics import Page
from holdfast.platform.runtime.nursery import COMMAND, Nursery, NurseryPlan, Unborn
from holdfast.platform.runtime.pipe_end import PipeEnd
from holdfast.platform.runtime.printer import Printer, Show, lines_of

RESTART_FIRST_S = 0.1
RESTART_MOST_S = 10.0
"""A crashed child is back at once; one that crashes again and again does not eat the machine."""
STEADY_S = 30.0
"""A child that ran so long begins anew with the shortest pause."""
START_TRIES = 2
"""A child that ends before it was ever ready is tried so often: the fault may be of the moment."""
LAST_WORDS_S = 1.0
"""The log lines of a child that has ended are awaited so long."""
KILLED_S = 5.0
"""Even a killed process may be kept by the kernel, in a system call; then it is left alone."""

NOT_STARTED = 127
"""The exit code that shells give to a program that cannot be run."""

_log = Log("supervisor")


class ChildFailed(HoldfastError):
    """A child ended before it was ready, or was not ready in time."""


@dataclass(frozen=True, slots=True)
class ChildSpec:
    """What to run. `environment` is added to ours without its HOLDFAST_ variables.

    `stage`: children of the highest stage stop first, those of one stage together. `stop_s`: after
    so long a child that was asked to stop is killed.
    """

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    stage: int = 0
    ready_s: float = 60.0
    stop_s: float = 15.0


def holdfast_argv(*arguments: str) -> tuple[str, ...]:
    """The command line of `holdfast ...` with this Python, for a child."""
    return (sys.executable, "-m", "holdfast", *arguments)


class Supervisor:
    """`async with Supervisor() as children:` ends all children when the block is left."""

    def __init__(self, *, prefixed: bool = True, nursery: NurseryPlan | None = None) -> None:
        """`prefixed`: the children's log lines begin with their names (not wanted in JSON).
        `nursery`: whose children are forked instead of executed."""
        self._prefixed = prefixed
        self._plan = nursery
        self._nursery: Nursery | None = None
        self._children: dict[str, _Child] = {}
        self._printer = Printer()
        self._lifeline_end = -1
        self._lifeline = -1

    async def __aenter__(self) -> "Supervisor":
        self._lifeline_end, self._lifeline = os.pipe()
        self._printer.start()
        if self._plan is not None:
            self._nursery = Nursery(self._plan, _own_environment(), partial(self._show, COMMAND))
            self._nursery.begin()
        return self

    async def __aexit__(self, *_: object) -> None:
        try:
            await self.stop()
        finally:
            os.close(self._lifeline)
            os.close(self._lifeline_end)
            await asyncio.to_thread(self._printer.stop)

    def start(self, spec: ChildSpec) -> None:
        """Start a child and keep it running; returns at once, `ready` tells how it went."""
        assert spec.name not in self._children, f"{spec.name} was started twice"
        ground = _Ground(self._lifeline_end, self._show, self._nursery)
        self._children[spec.name] = _Child(spec, ground)

    async def ready(self, *names: str) -> dict[str, str]:
        """Addresses by name (`results-api.http`) once the named children, or all, first serve.

        Raises the child's own `Mistake`, or `ChildFailed` when it ended or was not ready in time.
        """
        children = [self._children[name] for name in names or self._children]
        await asyncio.gather(*(child.wait_ready() for child in children))
        return {
            f"{child.spec.name}.{name}": address
            for child in children
            for name, address in child.addresses.items()
        }

    def pids(self) -> dict[str, int]:
        """The running children's process ids."""
        return {name: child.pid for name, child in self._children.items() if child.pid}

    def nursery_pid(self) -> int | None:
        """The process id of a nursery that takes orders."""
        return self._nursery.pid if self._nursery is not None else None

    def figures(self, page: Page) -> None:
        """The children, for a page of figures."""
        known = sorted(self._children.items())
        page.gauge(
            "holdfast_supervisor_child_up",
            "1 while a child runs and has said that it serves.",
            [({"child": name}, int(child.serves)) for name, child in known],
        )
        page.counter(
            "holdfast_supervisor_restarts_total",
            "How often a child was started again because it had ended.",
            [({"child": name}, child.restarts) for name, child in known],
        )

    def missing(self) -> list[str]:
        """The names of children that do not serve now."""
        return sorted(name for name, child in self._children.items() if not child.serves)

    async def stop(self) -> None:
        """End all children, the highest stage first; bounded by the stages' longest `stop_s`."""
        if self._nursery is not None:
            await self._nursery.close()
        stages = sorted({child.spec.stage for child in self._children.values()}, reverse=True)
        for stage in stages:
            together = [child for child in self._children.values() if child.spec.stage == stage]
            await asyncio.gather(*(child.stop() for child in together))

    def _show(self, name: str, line: str) -> None:
        show = self._printer.put_prefixed if self._prefixed else self._printer.put_plain
        show(name, line)


@dataclass(frozen=True, slots=True)
class _Ground:
    """What all children are started from."""

    lifeline_end: int
    show: Show
    nursery: Nursery | None

    async def start(self, name: str, order: Order) -> Life:
        """Start a child, with the nursery where it can be. `OSError`."""
        if self.nursery is not None and self.nursery.suits(order):
            try:
                return await self.nursery.birth(order)
            except Unborn as unborn:
                _log.info("child_executed", child=name, nursery=str(unborn))
        return await execute(order)


class _Child:
    """One child: its task keeps it running until `stop`."""

    def __init__(self, spec: ChildSpec, ground: _Ground) -> None:
        self.spec = spec
        self.pid: int | None = None
        self.addresses: Mapping[str, str] = {}
        self.serves = False
        self.restarts = 0
        self._ground = ground
        self._stopping = asyncio.Event()
        self._first: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._keep(), name=f"child {spec.name}")

    async def wait_ready(self) -> None:
        await asyncio.shield(self._first)

    async def stop(self) -> None:
        self._stopping.set()
        self._ask_to_stop()
        await asyncio.wait({self._task}, timeout=self.spec.stop_s)
        if not self._task.done() and self.pid is not None:
            _log.warning("child_killed", child=self.spec.name, after_s=self.spec.stop_s)
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            await asyncio.wait({self._task}, timeout=KILLED_S)
        self._task.cancel()
        await asyncio.wait({self._task}, timeout=KILLED_S)
        if not self._first.done():
            self._first.cancel()
        elif not self._first.cancelled():
            self._first.exception()  # whoever stops does not ask any more

    def _ask_to_stop(self) -> None:
        if self.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGTERM)

    async def _keep(self) -> None:
        pause_s = RESTART_FIRST_S
        tries = 0
        while not self._stopping.is_set():
            self.restarts += tries > 0
            tries += 1
            begun = time.monotonic()
            said, code = await self._run_once()
            if self._stopping.is_set():
                return
            if not self._first.done() and self._give_up(said, code, tries):
                return
            if time.monotonic() - begun >= STEADY_S:
                pause_s = RESTART_FIRST_S
            why = said.mistake if isinstance(said, Refused) else ""
            _log.warning("child_ended", child=self.spec.name, code=code, restart_s=pause_s, why=why)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self._stopping.wait()
            pause_s = min(pause_s * 2, RESTART_MOST_S)

    def _give_up(self, said: Ready | Refused | None, code: int, tries: int) -> bool:
        if isinstance(said, Refused):
            self._first.set_exception(Mistake(said.mistake))
        elif tries >= START_TRIES or code == EXIT_MISTAKE:
            self._first.set_exception(
                ChildFailed(f"{self.spec.name} ended with code {code} before it was ready")
            )
        return self._first.done()

    async def _run_once(self) -> tuple[Ready | Refused | None, int]:
        """One life of the process: what it announced, and its exit code."""
        gate, gate_end = os.pipe()
        output, output_end = os.pipe()
        pipes = {READY_VARIABLE: gate_end, PARENT_VARIABLE: self._ground.lifeline_end}
        environment = {**_own_environment(), **self.spec.environment}
        order = Order(self.spec.argv, environment, output_end, pipes)
        begun = False
        try:
            life = await self._ground.start(self.spec.name, order)
            begun = True
        except OSError as error:
            _log.error("child_not_started", child=self.spec.name, why=str(error))
            return None, NOT_STARTED
        finally:
            for fd in (gate_end, output_end, *(() if begun else (gate, output))):
                os.close(fd)
        self.pid = life.pid
        if self._stopping.is_set():
            self._ask_to_stop()
        lines, announced = PipeEnd(output), PipeEnd(gate, MAX_ANNOUNCEMENT_BYTES)
        words = asyncio.create_task(self._show_lines(lines.reader))
        opened = asyncio.create_task(self._watch_gate(announced.reader))
        try:
            code = await life.wait()
            await asyncio.wait({words, opened}, timeout=LAST_WORDS_S)
            said = opened.result() if opened.done() else None
        finally:
            self.pid = None
            self.serves = False
            words.cancel()
            opened.cancel()
            lines.close()
            announced.close()
        return said, code

    async def _show_lines(self, output: asyncio.StreamReader) -> None:
        async for line in lines_of(output):
            self._ground.show(self.spec.name, line)

    async def _watch_gate(self, gate: asyncio.StreamReader) -> Ready | Refused | None:
        """What the child says within its time; a child that says nothing is killed."""
        try:
            async with asyncio.timeout(self.spec.ready_s):
                said = parse_announcement(await gate.readline())
        except (TimeoutError, ValueError):
            _log.error("child_not_ready", child=self.spec.name, within_s=self.spec.ready_s)
            if self.pid is not None:
                os.kill(self.pid, signal.SIGKILL)
            return None
        if isinstance(said, Ready):
            self.serves = True
            self.addresses = said.addresses
            if not self._first.done():
                self._first.set_result(None)
        return said


def _own_environment() -> dict[str, str]:
    return {name: text for name, text in os.environ.items() if not name.startswith(PREFIX)}

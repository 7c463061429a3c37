"""The law of the nursery, as the supervisor sees it: children are forked from a process that has
imported everything once, where the system can do that, and executed where it cannot.

A child of the nursery is the supervisor's own: its exit code is known and it lives on when the
nursery dies. Nothing depends on the nursery: whatever goes wrong with it, `birth` says so, and the
caller executes. Where the first one never gets ready, none is tried again; where one did, another
is begun with the next order after its death, which itself does not wait for it.
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from holdfast.platform.runtime.birth import Life, Order
from holdfast.platform.runtime.logs import Log
from holdfast.platform.runtime.nursery_wire import (
    GO,
    MAX_MESSAGE_BYTES,
    MAX_PIPES,
    Wanted,
    is_ready,
    modules_message,
    parse_answer,
)
from holdfast.platform.runtime.pipe_end import PipeEnd
from holdfast.platform.runtime.printer import lines_of
from holdfast.platform.runtime.proc_face import adopt_orphans

COMMAND = "nursery"
"""The program's argument that makes it a nursery."""
READY_S = 60.0
"""Everything is imported in 2 s; on a machine that is busy otherwise it may take long."""
BIRTH_S = 3.0
"""A fork takes some milliseconds; a nursery that does not answer is stuck, and a crashed process
waits for it so long."""
LEAVE_S = 2.0
"""A nursery that is not needed any more ends by itself, at once; else it is killed."""
BURIAL_S = 30.0
"""Whoever was half born when a nursery ended ends at once, too, unless somebody has stopped it."""
BURIAL_PAUSE_S = 0.02
UNKNOWN_CODE = 255
"""The exit code of a child whose own nobody knows, as asyncio has it."""
AT_START = ("PYTHON", "LD_", "LC_", "LANG", "MALLOC_", "GLIBC_", "OPENSSL_", "UV_")
"""Variables so named are read when a program starts. A child with other ones is executed."""

_log = Log("supervisor")


@dataclass(frozen=True, slots=True)
class NurseryPlan:
    """`program` is the command line that, with `COMMAND` after it, is a nursery; orders that begin
    with it are for the nursery. `modules` are what it imports first."""

    program: tuple[str, ...]
    modules: tuple[str, ...]


class Unborn(Exception):
    """The nursery made no child; the message says why."""


class Nursery:
    """Call `begin` in a running loop, and `close` at the end."""

    def __init__(
        self, plan: NurseryPlan, environment: Mapping[str, str], show: Callable[[str], None]
    ) -> None:
        """`show` takes the lines that the nursery itself prints."""
        self._plan = plan
        self._environment = dict(environment)
        self._show = show
        self._turn = asyncio.Lock()
        self._asking = asyncio.Lock()
        """Held while an answer is awaited."""
        self._process: asyncio.subprocess.Process | None = None
        self._line: socket.socket | None = None
        self._life: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        """Whether the present one takes orders."""
        self._was_ready = False
        """Whether any one ever did."""
        self._hopeless = not is_possible()

    @property
    def pid(self) -> int | None:
        """The process id of a nursery that takes orders."""
        return self._process.pid if self._process is not None and self._ready.is_set() else None

    def begin(self) -> None:
        """Start the process, unless there is one; it gets ready by itself."""
        if self._life is None and not self._hopeless:
            self._life = asyncio.create_task(self._live(), name=COMMAND)

    def suits(self, order: Order) -> bool:
        """Whether a nursery can make this child at all."""
        is_ours = order.argv[: len(self._plan.program)] == self._plan.program
        is_alike = _at_start(order.environment) == _at_start(self._environment)
        return is_ours and is_alike and len(order.pipes) <= MAX_PIPES and not self._hopeless

    async def birth(self, order: Order) -> Life:
        """The child, started. `Unborn` when there is none."""
        try:
            message = Wanted(order.argv, order.environment, tuple(order.pipes)).message()
        except ValueError as error:
            raise Unborn(str(error)) from error
        async with self._turn:
            await self._awake()
            assert self._line is not None
            try:
                async with asyncio.timeout(BIRTH_S), self._asking:
                    return await _ask(self._line, message, order)
            except ValueError as error:  # it refused, and will take the next order
                raise Unborn(str(error)) from error
            except (OSError, TimeoutError) as error:
                self._kill()
                raise Unborn(str(error) or f"no answer within {BIRTH_S:.0f} s") from error
            except asyncio.CancelledError:
                self._kill()  # its answer would be taken for that to the next order
                raise

    async def close(self) -> None:
        """Let it end, in bounded time; orders that wait for it are not met. Children stay."""
        self._hopeless = True
        if self._line is not None:
            with suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)
        if self._life is None:
            return
        _, late = await asyncio.wait({self._life}, timeout=LEAVE_S)
        if late:
            self._kill()
            await asyncio.wait({self._life}, timeout=LEAVE_S)

    async def _awake(self) -> None:
        """Return when there is one that takes orders. Only the first is waited for."""
        self.begin()
        if self._life is None:
            raise Unborn("there is no nursery")
        if self._ready.is_set():
            return
        if self._was_ready:
            raise Unborn("a new nursery is being started")
        ready = asyncio.create_task(self._ready.wait())
        try:
            await asyncio.wait({ready, self._life}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            ready.cancel()
        if not self._ready.is_set():
            raise Unborn("there is no nursery")

    async def _live(self) -> None:
        """One life of a nursery."""
        if self._hopeless:  # it was closed before it began
            return
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        self._line = ours
        why = ""
        try:
            with theirs:
                process, printing = await self._start(theirs)
            self._process = process
            opening = asyncio.create_task(self._open(ours))
            code = await process.wait()
            self._ready.clear()
            why = f"it ended with code {code}"
            opening.cancel()
            await self._hang_up(ours)
            await asyncio.wait({printing, opening}, timeout=LEAVE_S)
            printing.cancel()
            await _bury(process.pid)
        except OSError as error:
            why = str(error)
        finally:
            ours.close()
            self._process = self._line = self._life = None
            if not self._hopeless:
                _log.warning("nursery_ended", why=why, was_ready=self._was_ready)
                self._hopeless = not self._was_ready
            self._ready.clear()

    async def _start(
        self, line: socket.socket
    ) -> tuple[asyncio.subprocess.Process, asyncio.Task[None]]:
        """The process, and the task that shows what it prints. The pipe is ours: asyncio would take
        a process for alive until all who were forked from it have closed theirs."""
        output, output_end = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *self._plan.program,
                COMMAND,
                stdin=line.fileno(),
                stdout=output_end,
                stderr=asyncio.subprocess.STDOUT,
                env=self._environment,
                start_new_session=True,
            )
        except BaseException:
            os.close(output)
            raise
        finally:
            os.close(output_end)
        return process, asyncio.create_task(self._print(output))

    async def _open(self, line: socket.socket) -> None:
        """Tell it what to import, and wait until it has done so."""
        try:
            async with asyncio.timeout(READY_S):
                line.send(modules_message(self._plan.modules))
                answer = await asyncio.get_running_loop().sock_recv(line, MAX_MESSAGE_BYTES)
        except (OSError, ValueError, TimeoutError):
            answer = b""
        if is_ready(answer):
            self._was_ready = True
            self._ready.set()
        else:
            self._kill()

    async def _print(self, output: int) -> None:
        end = PipeEnd(output)
        try:
            async for line in lines_of(end.reader):
                self._show(line)
        finally:
            end.close()

    async def _hang_up(self, line: socket.socket) -> None:
        """Return when nobody awaits an answer any more. A nursery that is dead may have left its
        end of the line to the one between its forks."""
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)
        async with self._asking:
            pass

    def _kill(self) -> None:
        """A killed one takes no orders from this moment on."""
        self._ready.clear()
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, signal.SIGKILL)  # its own `kill` may take its exit code


class Forked:
    """A child that a nursery made and this process was given by the kernel."""

    def __init__(self, pid: int) -> None:
        """`OSError` when it is not our child."""
        self.pid = pid
        self._fd = os.pidfd_open(pid)
        try:
            os.waitid(os.P_PIDFD, self._fd, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except OSError:
            os.close(self._fd)
            raise

    async def wait(self) -> int:
        """Its exit code once it has ended; of one that a signal ended, minus the signal.

        `UNKNOWN_CODE` of one that ended, and was buried, before it had left its nursery's group.
        """
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        loop.add_reader(self._fd, ended.set)
        try:
            await ended.wait()
            found = os.waitid(os.P_PIDFD, self._fd, os.WEXITED)
        except ChildProcessError:
            return UNKNOWN_CODE
        finally:
            loop.remove_reader(self._fd)
            os.close(self._fd)
        assert found is not None
        return found.si_status if found.si_code == os.CLD_EXITED else -found.si_status


def is_possible() -> bool:
    """Whether this system can do it; the rest shows when a nursery starts."""
    return sys.platform == "linux" and hasattr(os, "pidfd_open") and hasattr(socket, "send_fds")


async def _ask(line: socket.socket, message: bytes, order: Order) -> Life:
    """Order a child and tell it to go on. `ValueError` when the nursery refuses; `OSError`."""
    waiting, going = os.pipe()
    try:
        adopt_orphans(True)  # for this moment only: others' orphans are init's
        try:
            descriptors = [order.output, waiting, *order.pipes.values()]
            socket.send_fds(line, [message], descriptors)
            answer = await asyncio.get_running_loop().sock_recv(line, MAX_MESSAGE_BYTES)
        finally:
            adopt_orphans(False)
        if not answer:
            raise OSError("it has ended")
        child = Forked(parse_answer(answer))
        os.write(going, GO)
    finally:
        os.close(waiting)
        os.close(going)
    return child


async def _bury(group: int) -> None:
    """Wait for the children that a nursery, whose process id this was, left to us half born: the
    one between its forks, and one that was not told to go on. Both are in its process group."""
    with suppress(TimeoutError):
        async with asyncio.timeout(BURIAL_S):
            while _has_children_in(group):
                await asyncio.sleep(BURIAL_PAUSE_S)


def _has_children_in(group: int) -> bool:
    """Whether children of ours in a process group still run; those that ended are forgotten."""
    try:
        while os.waitid(os.P_PGID, group, os.WEXITED | os.WNOHANG) is not None:
            continue
    except ChildProcessError:
        return False
    return True


def _at_start(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in environment.items() if name.startswith(AT_START)}

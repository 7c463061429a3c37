"""The law of the nursery's process: it imports once what its children need, and forks on demand.

It has one thread, no event loop and nothing open but its line to the supervisor, so a fork of it is
a fresh process in all but the imports. It forks twice: the one between ends at once, and the kernel
gives the child to the supervisor, which watches it, has its exit code, and needs us no more for it.

`tend` comes back in the children only: what calls it goes on there as an ordinary program does.
"""

import gc
import os
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from holdfast.platform.runtime.nursery_wire import (
    GO,
    MAX_DESCRIPTORS,
    MAX_MESSAGE_BYTES,
    Wanted,
    born_message,
    parse_modules,
    ready_message,
    refused_message,
)
from holdfast.platform.runtime.proc_face import look_like

_STDERR = 2
_PID_DIGITS = 32


def tend() -> list[str]:
    """Serve the supervisor whose line is our stdin, until it is gone; in each child the ordered
    command line is returned, which is then also `sys.orig_argv`. Exits without such a line."""
    _close_strangers()
    line = _line()
    message = line.recv(MAX_MESSAGE_BYTES + 1)
    if not message:
        _leave()
    preload(parse_modules(message))
    look_like(sys.orig_argv, os.environ)  # where that is not possible, it has to show now
    if threads() != 1:
        raise RuntimeError(f"a nursery with {threads()} threads cannot fork")
    line.send(ready_message())
    while True:
        born = _serve(line)
        if born is not None:
            return born


def preload(modules: Sequence[str]) -> None:
    """Import the modules and put everything out of the collector's sight: pages that it does not
    write to stay shared. One that cannot be imported is left to the child that needs it, which
    has better words for it; one that is not installed is not missed here."""
    gc.disable()
    for module in modules:
        try:
            import_module(module)
        except ModuleNotFoundError:
            continue
        except Exception as error:  # whatever a module raises, the others are fine
            print(f"{module} cannot be imported: {error!r}", file=sys.stderr, flush=True)
    gc.enable()
    gc.collect()
    gc.freeze()


def threads() -> int:
    """How many threads this process has."""
    return sum(1 for _ in Path("/proc/self/task").iterdir())


def _close_strangers() -> None:
    """Whoever started us may have left more open than our stdin and output (uvloop leaves copies of
    just these): children would keep it."""
    with os.scandir("/proc/self/fd") as entries:
        numbers = [int(entry.name) for entry in entries]
    for fd in numbers:
        if fd > _STDERR:
            with suppress(OSError):  # what the look itself had open
                os.close(fd)


def _line() -> socket.socket:
    """Our stdin, which is /dev/null from then on."""
    try:
        line = socket.socket(fileno=os.dup(0))
        is_ours = line.type == socket.SOCK_SEQPACKET
    except OSError:
        is_ours = False
    if not is_ours:
        sys.exit("holdfast: a nursery is started by `holdfast up`, not by people")
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    return line


def _serve(line: socket.socket) -> list[str] | None:
    """Take one order; its command line in the child, None in the nursery."""
    message, descriptors, flags, _ = socket.recv_fds(
        line, MAX_MESSAGE_BYTES + 1, MAX_DESCRIPTORS, socket.MSG_CMSG_CLOEXEC
    )
    if not message:
        _leave()
    is_whole = not flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC)
    try:
        wanted = Wanted.parse(message if is_whole else b"", len(descriptors))
        pid = _fork()
    except (ValueError, OSError) as error:
        _close(descriptors)
        _answer(line, refused_message(str(error)))
        return None
    if pid == 0:
        line.close()
        _become(wanted, descriptors)
        return list(wanted.argv)
    _close(descriptors)
    _answer(line, born_message(pid))
    return None


def _answer(line: socket.socket, message: bytes) -> None:
    with suppress(BrokenPipeError):  # then the next look at the line ends us
        line.send(message)


def _fork() -> int:
    """Fork a process whose parent is gone; its pid, and 0 in it. `OSError`."""
    sys.stdout.flush()
    sys.stderr.flush()
    told, telling = os.pipe()
    try:
        between = os.fork()
        if between == 0:
            _fork_again(telling)
            os.close(told)
            os.close(telling)
            return 0
    except OSError:
        os.close(told)
        os.close(telling)
        raise
    os.close(telling)
    _, status = os.waitpid(between, 0)
    pid = os.read(told, _PID_DIGITS)
    os.close(told)
    if not pid:
        code = os.waitstatus_to_exitcode(status)
        raise OSError(f"no process can be forked: {os.strerror(code) if code > 0 else code}")
    return int(pid)


def _fork_again(telling: int) -> None:
    """Fork and end without a trace; comes back in the child only."""
    code = 0
    try:
        pid = os.fork()
        if pid == 0:
            return
        os.write(telling, str(pid).encode())
    except OSError as error:
        code = error.errno or 1
    os._exit(code)


def _become(wanted: Wanted, descriptors: Sequence[int]) -> None:
    """Be the ordered process, once somebody watches."""
    output, go, *pipes = descriptors
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.close(output)
    if os.read(go, len(GO)) != GO:
        os._exit(0)
    os.setsid()  # not before: by our group the supervisor knows whom nobody watches
    os.close(go)
    numbers = {variable: str(fd) for variable, fd in zip(wanted.pipes, pipes, strict=True)}
    environment = {**wanted.environment, **numbers}
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    look_like(wanted.argv, environment)
    sys.orig_argv[:] = wanted.argv


def _close(descriptors: Sequence[int]) -> None:
    for fd in descriptors:
        os.close(fd)


def _leave() -> NoReturn:
    """The supervisor is gone, or needs no more children; there is nothing to clear up."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)

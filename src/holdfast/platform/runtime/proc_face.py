"""The law of how a forked process looks from outside: as if it had been executed.

`ps` and whoever reads /proc/PID/cmdline and environ see the memory that the kernel laid out when
the program was executed, which a fork inherits. Linux lets any process name other memory for it
(PR_SET_MM_MAP, made for restoring processes); the rest of the map stays as it is.
"""

import ctypes
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

PR_SET_MM, PR_SET_MM_MAP = 35, 14
PR_SET_CHILD_SUBREAPER = 36
_NO_FILE = 0xFFFF_FFFF
_FIRST = 3
"""/proc/PID/stat counts from 1; its fields after the name begin with this one."""


class _Map(ctypes.Structure):
    """`struct prctl_mm_map` of linux/prctl.h."""

    _fields_ = (
        *((name, ctypes.c_uint64) for name in ("start_code", "end_code", "start_data", "end_data")),
        *((name, ctypes.c_uint64) for name in ("start_brk", "brk", "start_stack")),
        *((name, ctypes.c_uint64) for name in ("arg_start", "arg_end", "env_start", "env_end")),
        ("auxv", ctypes.c_uint64),
        ("auxv_size", ctypes.c_uint32),
        ("exe_fd", ctypes.c_uint32),
    )


def look_like(argv: Sequence[str], environment: Mapping[str, str]) -> None:
    """Have this command line and environment shown; `OSError` where the kernel does not do it."""
    words = _kept(os.fsencode(word) for word in argv)
    pairs = _kept(os.fsencode(f"{name}={text}") for name, text in environment.items())
    fields = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()

    def field(number: int) -> int:
        return int(fields[number - _FIRST])

    libc = ctypes.CDLL(None, use_errno=True)
    libc.sbrk.restype, libc.sbrk.argtypes = ctypes.c_void_p, (ctypes.c_ssize_t,)
    shown = _Map(
        *(field(number) for number in (26, 27, 45, 46, 47)),
        libc.sbrk(0),
        field(28),
        *words,
        *pairs,
        0,
        0,
        _NO_FILE,
    )
    size = ctypes.c_ulong(ctypes.sizeof(shown))
    _prctl(libc, PR_SET_MM, ctypes.c_ulong(PR_SET_MM_MAP), ctypes.byref(shown), size)


def adopt_orphans(wanted: bool) -> None:
    """Whether grandchildren whose parent ends become children of this process. `OSError`."""
    libc = ctypes.CDLL(None, use_errno=True)
    _prctl(libc, PR_SET_CHILD_SUBREAPER, ctypes.c_ulong(wanted), ctypes.c_ulong(), ctypes.c_ulong())


def _prctl(libc: ctypes.CDLL, *arguments: object) -> None:
    if libc.prctl(*arguments, ctypes.c_ulong(0)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _kept(strings: Iterable[bytes]) -> tuple[int, int]:
    """Begin and end of a copy that is never freed: it is read from outside until the process is
    gone, when Python's own objects are gone already."""
    text = b"".join(each + b"\0" for each in strings)
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, (ctypes.c_size_t,)
    begin = libc.malloc(len(text) + 1)
    if begin is None:
        raise MemoryError
    ctypes.memmove(begin, text, len(text))
    return begin, begin + len(text)

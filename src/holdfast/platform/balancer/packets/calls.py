"""The kernel's packet programs and their maps, by bpf(2): the few calls that the balancer needs.

Maps and programs are descriptors of this process, and live on by a name in the kernel's own file
system (`pin`), where a successor finds them. `OSError` as the kernel says it; a program that it
does not accept is a `Refused` with its reasons.
"""

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterator, Sequence
from enum import IntEnum

_NUMBERS = {"x86_64": 321, "aarch64": 280, "riscv64": 280}
_ATTRIBUTES_BYTES = 144
_LOG_BYTES = 1 << 20
_CREATE, _LOOKUP, _UPDATE, _DELETE, _LOAD = 0, 1, 2, 3, 5
_PIN, _GET, _LOOKUP_BATCH, _DELETE_BATCH, _LINK = 6, 7, 24, 27, 28
_CLASSIFIER = 3
BATCH = 4_096
"""Entries read in one call."""


class Kind(IntEnum):
    """Kinds of maps: by key; by number; by key, where the longest unused give way."""

    HASH = 1
    ARRAY = 2
    LEAST_RECENT = 9


class Hook(IntEnum):
    """Where a program sees an interface's packets (tcx, since Linux 6.6)."""

    INGRESS = 46
    EGRESS = 47


class Refused(Exception):
    """The kernel does not accept a program, for these reasons."""


def create(kind: Kind, key_bytes: int, value_bytes: int, most: int) -> int:
    """A new map of at most so many entries."""
    return _bpf(_CREATE, struct.pack("=IIIII", kind, key_bytes, value_bytes, most, 0))


def lookup(map_fd: int, key: bytes, value_bytes: int) -> bytes | None:
    """What a map has for a key."""
    place, value = _given(key), ctypes.create_string_buffer(value_bytes)
    try:
        _bpf(_LOOKUP, struct.pack("=IIQQQ", map_fd, 0, _at(place), _at(value), 0))
    except OSError as error:
        if error.errno == errno.ENOENT:
            return None
        raise
    return value.raw


def update(map_fd: int, key: bytes, value: bytes) -> None:
    """Put an entry into a map."""
    place, given = _given(key), _given(value)
    _bpf(_UPDATE, struct.pack("=IIQQQ", map_fd, 0, _at(place), _at(given), 0))


def delete(map_fd: int, key: bytes) -> bool:
    """Take an entry out of a map; whether it was there."""
    place = _given(key)
    try:
        _bpf(_DELETE, struct.pack("=IIQQQ", map_fd, 0, _at(place), 0, 0))
    except OSError as error:
        if error.errno == errno.ENOENT:
            return False
        raise
    return True


def entries(map_fd: int, key_bytes: int, value_bytes: int) -> Iterator[tuple[bytes, bytes]]:
    """All entries of a hash map, a batch at a time; those that come or go meanwhile may be missed,
    or told twice."""
    cursor_in, cursor = 0, ctypes.create_string_buffer(8)
    keys = ctypes.create_string_buffer(BATCH * key_bytes)
    values = ctypes.create_string_buffer(BATCH * value_bytes)
    while True:
        attributes = struct.pack(
            "=QQQQIIQQ", cursor_in, _at(cursor), _at(keys), _at(values), BATCH, map_fd, 0, 0
        )
        told = ctypes.create_string_buffer(attributes.ljust(_ATTRIBUTES_BYTES, b"\0"))
        over = False
        try:
            _call(_LOOKUP_BATCH, told)
        except OSError as error:
            if error.errno != errno.ENOENT:
                raise
            over = True
        (count,) = struct.unpack_from("=I", told.raw, 32)
        raw_keys, raw_values = keys.raw, values.raw
        for number in range(count):
            yield (
                raw_keys[number * key_bytes : (number + 1) * key_bytes],
                raw_values[number * value_bytes : (number + 1) * value_bytes],
            )
        if over:
            return
        cursor_in = _at(cursor)


def delete_all(map_fd: int, keys: Sequence[bytes]) -> None:
    """Take these entries out of a map; those that are not there are no error."""
    for key in keys:
        delete(map_fd, key)


def load(program: bytes, hook: Hook, name: str) -> int:
    """Load a program. `Refused` when the kernel finds fault with it."""
    code, license_, log = _given(program), _given(b"GPL\0"), ctypes.create_string_buffer(_LOG_BYTES)

    def attributes(level: int) -> bytes:
        return struct.pack(
            "=IIQQIIQII16sII",
            _CLASSIFIER,
            len(program) // 8,
            _at(code),
            _at(license_),
            level,
            _LOG_BYTES if level else 0,
            _at(log) if level else 0,
            0,
            0,
            name.encode()[:15],
            0,
            hook,
        )

    try:
        return _bpf(_LOAD, attributes(0))
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EINVAL):
            raise
        try:
            return _bpf(_LOAD, attributes(1))
        except OSError as again:
            told = log.value.decode("utf-8", "replace")[-2_000:]
            raise Refused(f"{again.strerror}: {told}") from again


def attach(program_fd: int, interface: int, hook: Hook) -> int:
    """Have a program see an interface's packets for as long as the link's descriptor, or a name of
    it, is there."""
    return _bpf(_LINK, struct.pack("=IIII", program_fd, interface, hook, 0))


def pin(fd: int, path: str) -> None:
    """Give a map, program or link a name in the kernel's file system."""
    name = _given(path.encode() + b"\0")
    _bpf(_PIN, struct.pack("=QII", _at(name), fd, 0))


def pinned(path: str) -> int:
    """The descriptor of what has this name."""
    name = _given(path.encode() + b"\0")
    return _bpf(_GET, struct.pack("=QII", _at(name), 0, 0))


def _given(data: bytes) -> "ctypes.Array[ctypes.c_char]":
    return ctypes.create_string_buffer(data, len(data))


def _at(buffer: "ctypes.Array[ctypes.c_char]") -> int:
    return ctypes.addressof(buffer)


def _bpf(command: int, attributes: bytes) -> int:
    return _call(command, ctypes.create_string_buffer(attributes.ljust(_ATTRIBUTES_BYTES, b"\0")))


def _call(command: int, attributes: "ctypes.Array[ctypes.c_char]") -> int:
    number = _NUMBERS.get(platform.machine())
    if number is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    answer: int = _libc.syscall(number, command, attributes, _ATTRIBUTES_BYTES)
    if answer < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return answer


_libc = ctypes.CDLL(None, use_errno=True)

"""bpf(2): maps hold what was put in, programs are taken, or refused with the reasons."""

import errno
import os
import platform
import struct
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from holdfast.platform.balancer.packets import calls
from holdfast.platform.balancer.packets.calls import Hook, Kind
from holdfast.platform.balancer.packets.code import R0, R9, Code
from tests.support.packets import packet_programs


@pytest.fixture
def fds() -> Iterator[ExitStack]:
    """Closes what the kernel gave."""
    with packet_programs(), ExitStack() as stack:
        yield stack


def made(fds: ExitStack, kind: Kind, most: int = 20_000) -> int:
    fd = calls.create(kind, 4, 8, most)
    fds.callback(os.close, fd)
    return fd


def key(number: int) -> bytes:
    return struct.pack("=I", number)


def value(number: int) -> bytes:
    return struct.pack("=Q", number)


def test_what_was_put_in_is_found_until_it_is_taken_out(fds: ExitStack) -> None:
    table = made(fds, Kind.HASH)
    assert calls.lookup(table, key(1), 8) is None
    calls.update(table, key(1), value(5))
    calls.update(table, key(1), value(6))
    assert calls.lookup(table, key(1), 8) == value(6)
    assert calls.delete(table, key(1))
    assert not calls.delete(table, key(1))
    assert calls.lookup(table, key(1), 8) is None


def test_all_entries_are_told_over_many_batches(fds: ExitStack) -> None:
    table = made(fds, Kind.HASH)
    count = 2 * calls.BATCH + 17
    for number in range(count):
        calls.update(table, key(number), value(2 * number))
    found = dict(calls.entries(table, 4, 8))
    assert found == {key(number): value(2 * number) for number in range(count)}


def test_an_empty_map_has_no_entries(fds: ExitStack) -> None:
    assert list(calls.entries(made(fds, Kind.HASH), 4, 8)) == []


def test_a_full_map_takes_no_more_but_one_of_the_least_recent_does(fds: ExitStack) -> None:
    full = made(fds, Kind.HASH, most=1)
    calls.update(full, key(1), value(1))
    with pytest.raises(OSError, match="too long") as told:
        calls.update(full, key(2), value(2))
    assert told.value.errno == errno.E2BIG
    recent = made(fds, Kind.LEAST_RECENT, most=1_024)
    for number in range(5_000):
        calls.update(recent, key(number), value(number))
    assert calls.lookup(recent, key(4_999), 8) == value(4_999)
    assert calls.lookup(recent, key(0), 8) is None


def test_a_program_without_fault_is_taken(fds: ExitStack) -> None:
    code = Code()
    code.leave(-1)
    fds.callback(os.close, calls.load(code.assembled(), Hook.INGRESS, "fine"))


def test_a_program_with_a_fault_is_refused_with_the_reason(fds: ExitStack) -> None:
    code = Code()
    code.load(R0, 4, R9, 0)
    code.leave(0)
    with pytest.raises(calls.Refused, match="R9 !read_ok"):
        calls.load(code.assembled(), Hook.INGRESS, "faulty")


def test_what_has_a_name_is_found_by_it(fds: ExitStack) -> None:
    with packet_programs() as folder:
        table = made(fds, Kind.HASH)
        calls.update(table, key(1), value(9))
        calls.pin(table, str(folder / "table"))
        again = calls.pinned(str(folder / "table"))
        try:
            assert calls.lookup(again, key(1), 8) == value(9)
        finally:
            os.close(again)
        with pytest.raises(FileNotFoundError):
            calls.pinned(str(folder / "nothing"))


def test_on_a_machine_whose_numbers_are_unknown_it_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "pdp11")
    with pytest.raises(OSError, match="not implemented"):
        calls.create(Kind.HASH, 4, 8, 1)

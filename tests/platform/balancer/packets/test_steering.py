"""What is written into the maps, what is read out of them, and who takes over what was left."""

import ctypes
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from holdfast.platform.balancer.kernel_choice import Place, Side
from holdfast.platform.balancer.kernel_rules import Door
from holdfast.platform.balancer.kernel_shares import Spread
from holdfast.platform.balancer.packets import calls, steering
from holdfast.platform.balancer.packets.program import MOST_SLOTS
from holdfast.platform.balancer.packets.steering import MOST_DOORS, Steering, is_near
from tests.support.namespaces import inside, namespace
from tests.support.packets import SYN, Trial, packet, packet_programs

LOOPBACK, MEMBER = Place(4, Side.LOOPBACK), ("127.0.0.1", 4_000)
DOOR = Door(5_000, "127.0.0.1", LOOPBACK, Spread.TURNS, (MEMBER,))


@pytest.fixture
def folder() -> Iterator[Path]:
    with namespace("mount") as space, inside(space), packet_programs() as place:
        yield place


@pytest.fixture
def opened(folder: Path) -> Iterator[Steering]:
    made = Steering(7_001, folder)
    assert made.open() is None
    yield made
    made.close()


@contextmanager
def nobody() -> Iterator[None]:
    """To files, this thread is an ordinary user."""
    libc = ctypes.CDLL(None)
    libc.setfsuid(65_534)
    try:
        yield
    finally:
        libc.setfsuid(0)


def test_near_are_listeners_of_members_on_ipv4s_loopback_by_turns() -> None:
    assert is_near(DOOR)
    spreads = [Spread.TURNS, Spread.CAPACITIES, Spread.LOADS]
    assert all(is_near(Door(1, "0.0.0.0", LOOPBACK, each, (MEMBER,))) for each in spreads)
    assert not is_near(Door(1, "127.0.0.1", LOOPBACK, Spread.HASH, (MEMBER,)))
    assert not is_near(Door(1, "127.0.0.1", LOOPBACK, Spread.TURNS, (MEMBER,), "udp"))
    assert not is_near(Door(1, "::1", Place(6, Side.LOOPBACK), Spread.TURNS, (("::1", 1),)))
    assert not is_near(Door(1, "10.0.0.1", Place(4, Side.NETWORK), Spread.TURNS, (MEMBER,)))
    assert not is_near(Door(1, "127.0.0.1", LOOPBACK, Spread.TURNS, (MEMBER,) * (MOST_SLOTS + 1)))


def test_in_a_folder_that_is_no_place_for_programs_it_says_what_to_do(tmp_path: Path) -> None:
    why = Steering(7_001, tmp_path).open()
    assert why == f"{tmp_path} is not mounted: mount -t bpf -o mode=700 bpf {tmp_path}"


def test_in_a_place_that_is_roots_alone_an_ordinary_user_is_told_so(folder: Path) -> None:
    folder.chmod(0o700)
    with nobody():
        why = Steering(7_001, folder).open()
    assert "Permission denied" in str(why)


@pytest.mark.parametrize("how", ["writable", "another's", "a link"])
def test_a_folder_that_is_somebody_elses_is_neither_used_nor_removed(
    folder: Path, how: str
) -> None:
    theirs = folder / "theirs"
    theirs.mkdir(mode=0o700)
    (theirs / "precious").mkdir()
    place = folder / "holdfast_7001_1"
    if how == "a link":
        place.symlink_to(theirs)
    else:
        theirs.rename(place)
        if how == "writable":
            place.chmod(0o777)
        else:
            os.chown(place, 65_534, 65_534)
    made = Steering(7_001, folder)
    assert f"{place} is somebody else's" in str(made.open())
    made.close()
    assert [entry.name for entry in place.iterdir()] == ["precious"]


def test_a_fault_of_the_kernels_is_a_reason_and_leaves_no_descriptor(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise calls.Refused("not today")

    made = Steering(7_001, folder)
    with monkeypatch.context() as patch:
        patch.setattr(calls, "load", refuse)
        assert made.open() == "the kernel does not take the packet program: not today"
        assert list(folder.glob("holdfast_7001*")) == [], "its tables take no memory for nothing"
    assert made.open() is None
    made.close()
    assert list(folder.glob("holdfast_7001*")) == []


def test_a_successor_finds_doors_and_their_counts_and_may_leave_again(
    folder: Path, opened: Steering
) -> None:
    opened.carry([DOOR], 10)
    assert opened.accepted() == {DOOR.gate: 0}
    opened.leave()
    successor = Steering(7_001, folder)
    assert successor.open() is None
    assert successor.accepted() == {DOOR.gate: 0}
    other = Door(5_001, "127.0.0.1", LOOPBACK, Spread.TURNS, (MEMBER,))
    successor.carry([other], 10)
    assert set(successor.accepted()) == {DOOR.gate, other.gate}, "clients of both may be inside"
    successor.close()
    assert list(folder.glob("holdfast_7001*")) == []


def test_a_successor_that_fails_leaves_everything_to_whoever_was_there(
    folder: Path, opened: Steering, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise calls.Refused("not today")

    opened.carry([DOOR], 10)
    monkeypatch.setattr(calls, "load", refuse)
    assert Steering(7_001, folder).open() is not None
    assert (folder / "holdfast_7001_1" / "link").exists()
    assert opened.accepted() == {DOOR.gate: 0}


def test_more_doors_than_it_has_room_for_are_not_carried(opened: Steering) -> None:
    doors = [
        Door(5_000 + number, "127.0.0.1", LOOPBACK, Spread.TURNS, (MEMBER,))
        for number in range(MOST_DOORS + 1)
    ]
    assert opened.carry(doors, 10) == {door.gate for door in doors[:MOST_DOORS]}


def test_a_limit_that_is_no_limit_is_taken(opened: Steering) -> None:
    assert opened.carry([DOOR], 10**12) == {DOOR.gate}


def test_no_count_is_set_right_once_somebody_has_come(
    opened: Steering, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steering, "STEP", 1)
    opened.carry([DOOR], 100)
    trial, at = Trial(opened), ("127.0.0.1", DOOR.port)
    for host in ("127.0.0.1", "127.0.0.2"):
        trial.show(packet((host, int(host[-1])), at, SYN))
    clients = [flow.count for flow in opened.flows()]
    for client in clients:
        calls.update(opened._maps["clients"], client, (7).to_bytes(8, sys.byteorder))
    sweep = opened.sweep(60.0)
    for _ in range(3):  # both flows, one count
        next(sweep)
    for host in ("127.0.0.1", "127.0.0.2"):
        trial.show(packet((host, 10 + int(host[-1])), at, SYN))
    for _ in sweep:
        pass
    assert sorted(map(opened.count_of, clients)) == [2, 8]


def test_a_listener_bound_to_another_loopback_address_is_led_there(opened: Steering) -> None:
    there = Door(5_000, "127.0.0.9", LOOPBACK, Spread.TURNS, (MEMBER,))
    opened.carry([there], 10)
    with socket.create_server(("127.0.0.1", 5_000)) as stranger, stranger:
        stranger.settimeout(5.0)
        with socket.create_connection(("127.0.0.1", 5_000), 5.0):
            accepted, _ = stranger.accept()
            accepted.close()

"""The packet program is taken by the kernel, and is small; what it does with packets that are hard
to come by. With real connections it is tried in test_near_path.py and test_data_paths.py."""

import mmap
import os
import struct
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from holdfast.platform.balancer.kernel_choice import Place, Side
from holdfast.platform.balancer.kernel_rules import Door
from holdfast.platform.balancer.kernel_shares import Spread
from holdfast.platform.balancer.packets import calls
from holdfast.platform.balancer.packets.calls import Hook
from holdfast.platform.balancer.packets.code import MOST_STEPS
from holdfast.platform.balancer.packets.program import Maps, steering
from holdfast.platform.balancer.packets.steering import Steering, kinds
from tests.support.namespaces import inside, namespace
from tests.support.packets import ACK, FIN, RST, SYN, Trial, packet, packet_programs

MEMBER, AT, CLIENT = ("127.0.0.1", 4_000), ("127.0.0.1", 5_000), ("127.0.0.1", 30_000)
DOOR = Door(AT[1], AT[0], Place(4, Side.LOOPBACK), Spread.TURNS, (MEMBER,))

TURNS = 10_000


@pytest.fixture
def opened() -> Iterator[Steering]:
    with namespace("mount") as space, inside(space), packet_programs() as folder:
        made = Steering(7_001, folder)
        assert made.open() is None
        made.carry([DOOR], 3)
        yield made
        made.close()


def test_it_is_the_same_for_the_same_maps_and_has_room_to_grow() -> None:
    maps = Maps(3, 4, 5, 6, 7, 8)
    assert steering(maps) == steering(maps)
    assert len(steering(maps)) // 8 < MOST_STEPS // 8


def test_the_kernel_takes_it() -> None:
    with packet_programs(), ExitStack() as stack:
        fds = {}
        for name, (kind, key_bytes, value_bytes, most) in kinds().items():
            fds[name] = calls.create(kind, key_bytes, value_bytes, most)
            stack.callback(os.close, fds[name])
        program = calls.load(steering(Maps(**fds)), Hook.INGRESS, "steering")
        os.close(program)


def test_a_client_that_falls_to_the_relay_is_its_own_even_if_its_port_was_led_before(
    opened: Steering,
) -> None:
    trial = Trial(opened)
    assert trial.show(packet(CLIENT, AT, SYN))[1] == MEMBER
    assert trial.show(packet(CLIENT, AT, RST))[1] == MEMBER
    opened.carry([], 3)
    for flags in (SYN, ACK):
        assert trial.show(packet(CLIENT, AT, flags)) == (CLIENT, AT)
    assert trial.show(packet(AT, CLIENT, ACK)) == (AT, CLIENT)


def test_another_balancers_client_is_not_led_again(opened: Steering) -> None:
    led = ("127.127.255.255", 30_000)
    assert Trial(opened).show(packet(led, AT, SYN)) == (led, AT)
    beside = ("127.128.0.0", 30_000)
    assert Trial(opened).show(packet(beside, AT, SYN))[1] == MEMBER


def test_a_client_without_any_connections_has_never_less(opened: Steering) -> None:
    trial = Trial(opened)
    trial.show(packet(CLIENT, AT, SYN))
    (flow,) = opened.flows()
    calls.update(opened._maps["clients"], flow.count, bytes(8))
    trial.show(packet(CLIENT, AT, RST))
    assert opened.is_empty
    assert opened.count_of(flow.count) == 0


def test_a_client_is_counted_out_once_when_both_sides_end_at_once(opened: Steering) -> None:
    """Two processes show both last packets as nearly at once as they can, many times."""
    opened.carry([DOOR], 2_000_000)
    trial, turns = Trial(opened), memoryview(mmap.mmap(-1, 8)).cast("I")
    first, ours = packet(CLIENT, AT, SYN), packet(CLIENT, AT, FIN | ACK)
    led, _ = trial.show(first)
    (flow,) = opened.flows()
    calls.update(opened._maps["clients"], flow.count, struct.pack("=Q", 1_000_001))
    child = os.fork()
    if not child:
        take_turns(trial, packet(MEMBER, led, FIN | ACK), turns)
        os._exit(0)
    for turn in range(1, TURNS + 1):
        trial.show(first)
        turns[0] = turn
        for _ in range(turn % 40):
            pass
        trial.show(ours)
        while turns[1] != turn:
            pass
    os.waitpid(child, 0)
    assert opened.is_empty
    assert opened.count_of(flow.count) == 1_000_000


def take_turns(trial: Trial, data: bytes, turns: "memoryview[int]") -> None:
    for turn in range(1, TURNS + 1):
        while turns[0] != turn:
            pass
        trial.show(data)
        turns[1] = turn


def test_clients_of_two_balancers_with_one_port_and_one_member_differ(opened: Steering) -> None:
    other = Steering(7_002, opened._folder.parent)
    assert other.open() is None
    at = ("127.0.0.1", 5_001)
    other.carry([replace(DOOR, port=at[1])], 3)
    led = [Trial(each).show(packet(CLIENT, to, SYN)) for each, to in ((opened, AT), (other, at))]
    other.close()
    assert [to for _, to in led] == [MEMBER, MEMBER]
    assert [source for source, _ in led] == [
        ("127.70.214.64", CLIENT[1]),
        ("127.70.214.128", CLIENT[1]),
    ]

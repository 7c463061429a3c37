"""The packet program is taken by the kernel, and is small. What it does is tried with real packets
in test_near_path.py and test_data_paths.py."""

import os
from contextlib import ExitStack

from holdfast.platform.balancer.packets import calls
from holdfast.platform.balancer.packets.calls import Hook
from holdfast.platform.balancer.packets.code import MOST_STEPS
from holdfast.platform.balancer.packets.program import Maps, steering
from holdfast.platform.balancer.packets.steering import kinds
from tests.support.packets import packet_programs


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

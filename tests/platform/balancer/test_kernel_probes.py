"""Probes: a member that does not answer is out of rotation for everybody, and nobody else is."""

import socket
import time
from collections.abc import Iterator

import pytest

from holdfast.platform.balancer import kernel_probes as module
from holdfast.platform.balancer.kernel_probes import Probes
from holdfast.platform.balancer.loop import Loop
from holdfast.platform.balancer.pool import Pool, Target
from holdfast.platform.membership.detector import Member, Present
from holdfast.platform.membership.wire import Endpoint, Load
from tests.support.balancing import DeadEndpoint, deaf_endpoint


@pytest.fixture
def loop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loop]:
    monkeypatch.setattr(module, "PROBE_EVERY_S", 0.01)
    loop = Loop()
    loop.now = time.monotonic()
    yield loop
    loop.dispose()


def pool_of(loop: Loop, *endpoints: Endpoint) -> tuple[Pool, list[Target]]:
    pool = Pool({"s": "tcp"})
    for number, endpoint in enumerate(endpoints):
        member = Member(f"n{number}", 1, {"s": endpoint}, False, False, Load())
        pool.apply(Present(member, None), loop.now)
    return pool, [target for target, _ in pool.in_rotation("s", loop.now)]


def turn_until(loop: Loop, condition: object) -> None:
    deadline = time.monotonic() + 10.0
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        loop.turn()


def test_the_dead_and_the_silent_go_out_and_the_living_stay(loop: Loop) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as living,
        DeadEndpoint() as dead,
        deaf_endpoint() as silent,
    ):
        living_at: Endpoint = living.getsockname()
        pool, targets = pool_of(loop, living_at, dead.endpoint, silent)
        probes = Probes(loop, pool, 0.1, lambda: targets)
        probes.start()
        turn_until(loop, lambda: len(pool.in_rotation("s", loop.now)) == 1)
        ((left, _),) = pool.in_rotation("s", loop.now)
        assert left.endpoint == living_at
        probes.close()


def test_a_large_fleet_is_asked_in_turn(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PROBES_AT_ONCE", 1)
    with DeadEndpoint() as one, DeadEndpoint() as other:
        pool, targets = pool_of(loop, one.endpoint, other.endpoint)
        probes = Probes(loop, pool, 1.0, lambda: targets)
        probes.start()
        turn_until(loop, lambda: len(pool.in_rotation("s", loop.now)) == 1)
        turn_until(loop, lambda: not pool.in_rotation("s", loop.now))
        probes.close()


def test_our_own_want_of_descriptors_accuses_nobody(
    loop: Loop, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def exhausted(endpoint: Endpoint, _opening: bytes) -> None:
        asked.append(endpoint)
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(module.sockets, "dial", exhausted)
    pool, targets = pool_of(loop, ("127.0.0.1", 1))
    probes = Probes(loop, pool, 1.0, lambda: targets)
    probes.start()
    turn_until(loop, lambda: len(asked) > 1)
    assert len(pool.in_rotation("s", loop.now)) == 1


def test_closing_calls_off_what_is_under_way(loop: Loop) -> None:
    with deaf_endpoint() as silent:
        pool, targets = pool_of(loop, silent)
        probes = Probes(loop, pool, 60.0, lambda: targets)
        probes.start()
        turn_until(loop, lambda: bool(probes._asked))
        probes.close()
        assert not probes._asked

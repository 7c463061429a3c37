"""Which entries of the kernel's table are deleted, and when: judged by what conntrack is asked."""

import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from holdfast.platform.balancer.kernel_flows import CUT_AFTER_S, LOOK_AGAIN_S, Flows
from holdfast.platform.balancer.kernel_programs import Outcome, Programs
from holdfast.platform.balancer.kernel_rules import Gate
from holdfast.platform.balancer.loop import Loop
from holdfast.platform.membership.wire import Endpoint

A, B = ("10.0.0.1", 1), ("10.0.0.2", 2)


class Asked(Programs):
    """Programs that only remember what they were to run; `answer` is what each then says."""

    def __init__(self, loop: Loop) -> None:
        super().__init__(loop)
        self.jobs: list[tuple[str, ...]] = []
        self.answer = b""

    def run(self, argv: Sequence[str], text: str, done: Callable[[Outcome], None]) -> bool:
        self.jobs.append(tuple(argv))
        done(Outcome(0, self.answer))
        return True


class Scene:
    def __init__(self) -> None:
        self.loop = Loop()
        self.asked = Asked(self.loop)
        self.members: set[Endpoint] = {A, B}
        self.near: list[tuple[Gate, Endpoint, bool]] = []
        self.flows = Flows(
            self.loop,
            self.asked,
            "conntrack",
            lambda _: self.members,
            lambda *what: self.near.append(what),
        )
        self.flows.used("s", ("tcp", 80), [A, B])
        self.flows.used("s", ("tcp", 81), [A])

    def later(self, seconds: float) -> None:
        """Let the timers of the next seconds come."""
        until = self.loop.now + seconds
        timers = self.loop._timers
        while timers and timers[0][0] <= until:
            self.loop.now = timers[0][0]
            self.loop._call_timers()
        self.loop.now = until

    def deleted(self) -> list[tuple[str, str, bool]]:
        """Port, member's address, whether only of those that were never answered."""
        return [
            (
                job[job.index("--orig-port-dst") + 1],
                job[job.index("--reply-src") + 1],
                "SYN_SENT" in job,
            )
            for job in self.asked.jobs
        ]


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = Scene()
    scene.loop.now = time.monotonic()
    yield scene
    scene.loop.dispose()


def test_a_member_out_of_rotation_loses_only_whom_it_never_answered(scene: Scene) -> None:
    scene.flows.let_go(("tcp", 80), [B, A])
    assert scene.deleted() == [("80", "10.0.0.1", True), ("80", "10.0.0.2", True)]


def test_a_member_that_is_gone_loses_all_after_a_moment_at_every_port(scene: Scene) -> None:
    scene.members = {B}
    scene.flows.cut_gone()
    scene.later(CUT_AFTER_S / 2)
    assert scene.deleted() == []
    scene.later(CUT_AFTER_S)
    assert scene.deleted() == [("80", "10.0.0.1", False), ("81", "10.0.0.1", False)]
    scene.flows.cut_gone()
    scene.later(9.0)
    assert len(scene.deleted()) == 2, "once is enough"


def test_a_member_that_is_back_in_time_loses_nobody(scene: Scene) -> None:
    scene.members = {B}
    scene.flows.cut_gone()
    scene.members = {A, B}
    scene.later(9.0)
    assert scene.deleted() == []


def test_it_is_told_when_nobody_is_left(scene: Scene) -> None:
    over: list[bool] = []
    scene.asked.answer = b"tcp 6 src=1 dst=2 sport=3 dport=4\n"
    scene.flows.when_empty([80], lambda: over.append(True))
    scene.later(3 * LOOK_AGAIN_S)
    assert over == []
    scene.asked.answer = b"0 flow entries have been shown.\n"
    scene.later(2 * LOOK_AGAIN_S)
    assert over == [True]


def test_without_ports_nobody_is_left_at_once(scene: Scene) -> None:
    over: list[bool] = []
    scene.flows.when_empty([], lambda: over.append(True))
    assert over == [True]


def test_a_udp_member_that_does_not_keep_its_flows_loses_them_at_once(scene: Scene) -> None:
    scene.flows.used("u", ("udp", 80), [A])
    scene.flows.let_go(("udp", 80), [A])
    assert scene.asked.jobs == [], "it may be draining"
    scene.members = {B}
    scene.flows.cut_gone()
    (job,) = scene.asked.jobs
    assert job[job.index("-p") + 1] == "udp"
    assert job[job.index("--reply-src") + 1] == A[0]


def test_flows_left_by_a_balancer_before_are_cut_where_nobody_keeps_them(scene: Scene) -> None:
    scene.asked.answer = (
        b"udp 17 59 src=10.0.0.9 dst=10.0.0.7 sport=4 dport=80 "
        b"src=10.0.0.3 dst=10.0.0.9 sport=9181 dport=4 mark=0 use=1\n"
    )
    scene.flows.inherit("u", 80)
    cut = [job for job in scene.asked.jobs if "-D" in job]
    assert {job[job.index("--reply-src") + 1] for job in cut} == {"10.0.0.3"}


def test_the_packet_programs_flows_are_cut_with_the_others(scene: Scene) -> None:
    scene.flows.let_go(("tcp", 80), [A])
    scene.members.discard(B)
    scene.flows.cut_gone()
    scene.later(CUT_AFTER_S + 0.1)
    assert scene.near == [(("tcp", 80), A, True), (("tcp", 80), B, False)]

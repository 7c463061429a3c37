"""Who is believed about a member that refuses, and when it is asked."""

import json
from collections.abc import Callable, Iterator, Sequence

import pytest

from holdfast.platform.balancer.kernel_programs import Outcome, Programs
from holdfast.platform.balancer.kernel_refusals import READ_EVERY_S, Refusals, noted
from holdfast.platform.balancer.kernel_rules import Table
from holdfast.platform.balancer.loop import Loop
from holdfast.platform.membership.wire import Endpoint

TABLE = Table("holdfast_1", token=7, idle_s=60, per_client=9)


def answer(*notes: tuple[str, str, int]) -> bytes:
    elements = [{"elem": {"val": {"concat": list(note)}, "expires": 3}} for note in notes]
    return json.dumps({"nftables": [{"metainfo": {}}, {"set": {"elem": elements}}]}).encode()


def test_only_a_members_own_machine_is_believed() -> None:
    own, foreign = ("10.0.0.1", "10.0.0.1", 7), ("192.0.2.9", "10.0.0.2", 7)
    here, six = ("127.0.0.1", "127.0.0.2", 8), ("fd00::1", "fd00::1", 9)
    found = noted(answer(own, foreign, here, six))
    assert found == {("10.0.0.1", 7), ("127.0.0.2", 8), ("fd00::1", 9)}


@pytest.mark.parametrize(
    "nonsense",
    [
        b"",
        b"[]",
        b'{"nftables": [{"set": {"elem": ["x"]}}]}',
        b'{"nftables": [{"set": {"elem": [{"elem": {"val": {"concat": ["x", "y", 1]}}}]}}]}',
        b'{"nftables": [{"set": 5}]}',
    ],
    ids=["empty", "list", "text", "no address", "number"],
)
def test_what_cannot_be_read_tells_nothing(nonsense: bytes) -> None:
    assert noted(nonsense) == set()


class Asked(Programs):
    """Programs that remember what they were to run; `said` is what each answers, when asked to."""

    def __init__(self, loop: Loop) -> None:
        super().__init__(loop)
        self.jobs: list[tuple[tuple[str, ...], str]] = []
        self.pending: list[Callable[[Outcome], None]] = []

    def run(self, argv: Sequence[str], text: str, done: Callable[[Outcome], None]) -> bool:
        self.jobs.append((tuple(argv), text))
        self.pending.append(done)
        return True


class Scene:
    def __init__(self) -> None:
        self.loop = Loop()
        self.asked = Asked(self.loop)
        self.families = {4}
        self.refused: list[Endpoint] = []
        refusals = Refusals(
            self.loop,
            self.asked,
            "nft",
            families=lambda: self.families,
            refused=self.refused.append,
        )
        refusals.start(lambda: TABLE)

    def later(self) -> None:
        """Let the time for one look pass."""
        self.loop.now += READ_EVERY_S
        self.loop._call_timers()


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = Scene()
    yield scene
    scene.loop.dispose()


def test_notes_are_read_told_and_wiped(scene: Scene) -> None:
    scene.later()
    ((argv, _),) = scene.asked.jobs
    assert argv == ("nft", "-j", "list", "set", "inet", "holdfast_1", "refusals4")
    scene.asked.pending.pop()(Outcome(0, answer(("10.0.0.1", "10.0.0.1", 7))))
    assert scene.refused == [("10.0.0.1", 7)]
    assert "flush set inet holdfast_1 refusals4" in scene.asked.jobs[-1][1]


def test_an_empty_page_and_a_failure_cost_nothing_more(scene: Scene) -> None:
    for outcome in (Outcome(0, answer()), Outcome(1, answer(("10.0.0.1", "10.0.0.1", 7)))):
        scene.later()
        scene.asked.pending.pop()(outcome)
    assert scene.refused == []
    assert len(scene.asked.jobs) == 2


def test_nobody_is_asked_twice_at_once_nor_without_a_listener(scene: Scene) -> None:
    scene.later()
    scene.later()
    assert len(scene.asked.jobs) == 1
    scene.asked.pending.pop()(Outcome(0, answer()))
    scene.families = set()
    scene.later()
    assert len(scene.asked.jobs) == 1

"""Who is a member: what beats, silence, replays, pauses and wild clocks may and may not change."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from holdfast.platform.membership.detector import (
    RESUME_S,
    Detector,
    DetectorSettings,
    Gone,
    Present,
)
from holdfast.platform.membership.wire import Heartbeat, Rejection

SETTINGS = DetectorSettings(max_members=4)
WALL = 1_790_000_000.0
"""Wall clock where our monotonic clock is zero."""


def beat(node: str = "a", sequence: int = 1, at: float = 0.0, **changes: object) -> Heartbeat:
    """The beat that a node, started at time 0 with right clocks, sends at time `at`."""
    made = Heartbeat(
        node=node,
        incarnation=1,
        sequence=sequence,
        sent_at=WALL + at,
        uptime_s=at,
        interval_s=1.0,
        services={"tcp": ("127.0.0.1", 1000)},
    )
    return replace(made, **changes)


class Ear:
    """A detector whose owner looks every quarter of a second, as it should."""

    def __init__(self, settings: DetectorSettings = SETTINGS) -> None:
        self.detector = Detector(settings)
        self.now = 0.0
        self.wall_set_by_s = 0.0

    def hear(self, heard: Heartbeat) -> tuple[object, ...] | Rejection:
        wall = WALL + self.now + self.wall_set_by_s
        return self.detector.receive(heard, self.now, wall)

    def wait(self, seconds: float) -> list[object]:
        """Look on for so long; what changed."""
        changes: list[object] = []
        until = self.now + seconds
        while self.now < until:
            self.now = min(self.now + SETTINGS.look_every_s, until)
            changes += self.detector.tick(self.now)
        return changes

    def sleep(self, seconds: float) -> None:
        """Stop looking, as a stopped process does."""
        self.now += seconds

    def names(self) -> set[str]:
        return {member.node for member in self.detector.members}

    def suspects(self) -> set[str]:
        return {member.node for member in self.detector.members if member.suspect}


def test_a_node_joins_with_its_first_beat() -> None:
    ear = Ear()
    changes = ear.hear(beat())
    assert not isinstance(changes, Rejection)
    (change,) = changes
    assert isinstance(change, Present)
    assert change.before is None
    assert change.member.services == {"tcp": ("127.0.0.1", 1000)}


def test_silence_suspects_first_and_removes_after_three_missed_beats() -> None:
    ear = Ear()
    ear.hear(beat("a"))
    ear.hear(beat("b"))
    for second in range(1, 4):
        assert ear.wait(1.0) == [] or second == 3
        ear.hear(beat("b", sequence=1 + second, at=ear.now))
    assert ear.suspects() == {"a"}
    changes = ear.wait(0.5)
    assert [type(change) for change in changes] == [Gone]
    assert ear.names() == {"b"}


def test_a_beat_refutes_a_suspicion() -> None:
    ear = Ear()
    ear.hear(beat("a"))
    ear.wait(2.5)
    assert ear.suspects() == {"a"}
    changes = ear.hear(beat("a", sequence=2, at=ear.now))
    assert not isinstance(changes, Rejection)
    (change,) = changes
    assert isinstance(change, Present)
    assert change.before is not None
    assert change.before.suspect
    assert not change.member.suspect


def test_silence_of_all_is_taken_for_our_own_deafness_for_a_while() -> None:
    ear = Ear()
    ear.hear(beat("a"))
    ear.hear(beat("b"))
    ear.wait(30.0)
    assert ear.suspects() == {"a", "b"}
    gone = [change for change in ear.wait(31.0) if isinstance(change, Gone)]
    assert {change.member.node for change in gone} == {"a", "b"}
    assert ear.names() == set()


def test_a_pause_of_our_own_evicts_and_suspects_nobody() -> None:
    ear = Ear()
    for node in "abc":
        ear.hear(beat(node))
    ear.wait(0.5)
    ear.sleep(3600.0)
    assert ear.wait(0.5) == []
    assert ear.names() == {"a", "b", "c"}
    assert ear.suspects() == set()


def test_after_a_pause_the_silent_are_still_found() -> None:
    ear = Ear()
    ear.hear(beat("a"))
    ear.hear(beat("b"))
    ear.sleep(600.0)
    for second in range(1, 6):
        ear.hear(beat("b", sequence=1 + second, at=ear.now))
        ear.wait(1.0)
    assert ear.names() == {"b"}


def test_beats_that_queued_up_during_a_long_pause_are_too_late_but_newer_ones_count() -> None:
    ear = Ear()
    ear.hear(beat("a"))
    ear.sleep(100.0)
    assert ear.hear(beat("a", sequence=2, at=1.0)) == Rejection("late")
    assert not isinstance(ear.hear(beat("a", sequence=99, at=99.0)), Rejection)


def test_a_leaving_beat_removes_at_once() -> None:
    ear = Ear()
    ear.hear(beat("a"))
    changes = ear.hear(beat("a", sequence=2, leaving=True, draining=True))
    assert not isinstance(changes, Rejection)
    (change,) = changes
    assert isinstance(change, Gone)
    assert change.why == "left"
    assert ear.names() == set()


def test_the_farewell_of_an_unknown_node_makes_no_member() -> None:
    ear = Ear()
    assert ear.hear(beat("a", sequence=9, leaving=True)) == ()
    assert ear.names() == set()
    assert ear.hear(beat("a", sequence=8)) == Rejection("replayed")


def test_a_beat_is_heard_only_once() -> None:
    ear = Ear()
    ear.hear(beat("a", sequence=5))
    assert ear.hear(beat("a", sequence=5)) == Rejection("replayed")
    assert ear.hear(beat("a", sequence=4)) == Rejection("replayed")


def test_a_replay_does_not_bring_a_removed_node_back() -> None:
    ear = Ear()
    ear.hear(beat("b", sequence=1))
    recorded = [beat("a", sequence=n) for n in (1, 2)]
    for each in recorded:
        ear.hear(each)
    for second in range(1, 5):
        ear.wait(1.0)
        ear.hear(beat("b", sequence=1 + second, at=ear.now))
    assert ear.names() == {"b"}
    for each in recorded:
        assert ear.hear(each) == Rejection("replayed")
    ear.wait(200.0)
    for each in recorded:
        assert ear.hear(each) == Rejection("replayed")
    ear.wait(RESUME_S)
    for each in recorded:
        assert ear.hear(each) == Rejection("clock")


def test_a_wall_clock_that_is_set_back_lets_no_recorded_beat_in() -> None:
    ear = Ear()
    ear.hear(beat("a", sequence=1))
    lost = beat("a", sequence=2, at=0.4)
    ear.hear(beat("a", sequence=3, at=0.8, leaving=True))
    ear.wait(2 * SETTINGS.window_s + 1.0)
    ear.wall_set_by_s = -ear.now
    assert ear.hear(lost) == Rejection("replayed")
    assert ear.names() == set()


def test_a_held_back_beat_does_not_keep_a_dead_node_alive() -> None:
    ear = Ear()
    ear.hear(beat("a", sequence=1))
    held_back = beat("a", sequence=2, at=1.0)
    ear.wait(1.5)
    ear.hear(beat("a", sequence=3, at=ear.now))
    assert ear.hear(held_back) == Rejection("replayed")
    later = beat("a", sequence=50, at=2.0)
    ear.now += 33.0
    assert ear.hear(later) == Rejection("late")


def test_a_restarted_node_replaces_its_former_self_at_once() -> None:
    ear = Ear()
    ear.hear(beat("a", sequence=50))
    moved = {"tcp": ("127.0.0.1", 2000)}
    changes = ear.hear(beat("a", sequence=1, incarnation=2, services=moved))
    assert not isinstance(changes, Rejection)
    (change,) = changes
    assert isinstance(change, Present)
    assert change.before is not None
    assert (change.before.incarnation, change.member.incarnation) == (1, 2)
    assert ear.hear(beat("a", sequence=51)) == Rejection("stale")


def test_a_restarted_node_that_leaves_is_gone() -> None:
    ear = Ear()
    ear.hear(beat("a", sequence=50))
    changes = ear.hear(beat("a", sequence=1, incarnation=2, leaving=True))
    assert not isinstance(changes, Rejection)
    assert isinstance(changes[0], Gone)


def test_a_stranger_with_a_wild_clock_is_not_introduced() -> None:
    ear = Ear()
    assert ear.hear(beat("a", sent_at=WALL - 31)) == Rejection("clock")
    assert ear.hear(beat("a", sent_at=WALL + 31)) == Rejection("clock")
    assert not isinstance(ear.hear(beat("a", sent_at=WALL + 29)), Rejection)


@given(st.floats(-1e9, 1e9))
def test_no_jump_of_our_wall_clock_evicts_a_member(jump_s: float) -> None:
    ear = Ear()
    ear.hear(beat("a"))
    for second in range(1, 8):
        ear.wait(1.0)
        heard = beat("a", sequence=1 + second, at=ear.now)
        assert not isinstance(
            ear.detector.receive(heard, ear.now, WALL + ear.now + jump_s), Rejection
        )
    assert ear.suspects() == set()


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=8))
def test_no_jump_of_its_own_wall_clock_evicts_a_member(sent_at: list[float]) -> None:
    ear = Ear()
    ear.hear(beat("a"))
    for number, moment in enumerate(sent_at):
        ear.wait(1.0)
        heard = beat("a", sequence=2 + number, at=ear.now, sent_at=moment)
        assert not isinstance(ear.hear(heard), Rejection)


def test_a_member_whose_uptime_ran_ahead_is_measured_anew() -> None:
    ear = Ear()
    ear.hear(beat("a", sequence=1, uptime_s=10.0))
    assert not isinstance(ear.hear(beat("a", sequence=2, uptime_s=5000.0)), Rejection)
    ear.wait(1.0)
    assert not isinstance(ear.hear(beat("a", sequence=3, uptime_s=5001.0)), Rejection)
    assert ear.hear(beat("a", sequence=4, uptime_s=11.0, sent_at=WALL - 40)) == Rejection("late")


def test_there_are_only_so_many_members() -> None:
    ear = Ear()
    for node in "abcd":
        ear.hear(beat(node))
    assert ear.hear(beat("e")) == Rejection("full")
    assert not isinstance(ear.hear(beat("a", sequence=2)), Rejection)
    assert ear.names() == set("abcd")


def test_the_memory_of_the_dead_is_bounded() -> None:
    ear = Ear()
    for number in range(100):
        ear.hear(beat(f"n{number}", leaving=True))
    assert ear.hear(beat("n99")) == Rejection("replayed")
    assert not isinstance(ear.hear(beat("n0")), Rejection)


def test_slow_beats_are_waited_for_as_long_as_they_announce() -> None:
    ear = Ear()
    ear.hear(beat("a"))
    ear.hear(beat("slow", interval_s=10.0))
    for second in range(1, 20):
        ear.wait(1.0)
        ear.hear(beat("a", sequence=1 + second, at=ear.now))
    assert ear.suspects() == set()
    assert ear.names() == {"a", "slow"}


def test_a_successor_finds_out_who_has_died_since() -> None:
    first = Ear()
    first.hear(beat("a"))
    first.hear(beat("b"))
    second = Ear()
    second.detector.recall(first.detector.memory())
    second.wait(3.0)
    assert second.suspects() == {"a", "b"}
    second.hear(beat("b", sequence=2, at=second.now))
    assert {change.member.node for change in second.wait(1.0)} == {"a"}
    assert second.names() == {"b"}


class Life(RuleBasedStateMachine):
    """Random lives of three nodes: beats, silence, our pauses, restarts, replays, farewells."""

    def __init__(self) -> None:
        super().__init__()
        self.ear = Ear()
        self.incarnation = dict.fromkeys("abc", 1)
        self.sequence = dict.fromkeys("abc", 0)
        self.heard_at: dict[str, float] = {}
        self.recorded: list[Heartbeat] = []

    @rule(node=st.sampled_from("abc"), leaving=st.booleans())
    def beats(self, node: str, leaving: bool) -> None:
        self.sequence[node] += 1
        heard = beat(
            node,
            sequence=self.sequence[node],
            at=self.ear.now,
            incarnation=self.incarnation[node],
            leaving=leaving,
        )
        self.recorded.append(heard)
        assert not isinstance(self.ear.hear(heard), Rejection)
        self.heard_at[node] = self.ear.now
        assert (node in self.ear.names()) is not leaving
        if leaving:
            del self.heard_at[node]

    @rule(node=st.sampled_from("abc"))
    def restarts(self, node: str) -> None:
        self.incarnation[node] += 1
        self.sequence[node] = 0

    @precondition(lambda self: self.recorded)
    @rule(which=st.integers(0, 10_000))
    def is_replayed(self, which: int) -> None:
        before = self.ear.detector.members
        assert isinstance(self.ear.hear(self.recorded[which % len(self.recorded)]), Rejection)
        assert self.ear.detector.members == before

    @rule(seconds=st.floats(0.1, 6.0))
    def waits(self, seconds: float) -> None:
        for change in self.ear.wait(seconds):
            if isinstance(change, Gone):
                silent_s = self.ear.now - self.heard_at.pop(change.member.node)
                assert silent_s > SETTINGS.remove_after_beats

    @rule(seconds=st.floats(1.0, 20.0))
    def is_stopped(self, seconds: float) -> None:
        self.ear.sleep(seconds)

    @invariant()
    def members_are_those_heard(self) -> None:
        assert self.ear.names() == set(self.heard_at)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)


def test_another_detector_goes_on_as_if_it_were_the_same() -> None:
    first, second = Detector(), Detector()
    heard = beat("a", 5, at=10.0)
    left = beat("b", 5, at=10.0)
    first.receive(heard, 10.0, WALL + 10.0)
    first.receive(left, 10.0, WALL + 10.0)
    first.receive(replace(left, sequence=6, leaving=True), 10.0, WALL + 10.0)
    changes = second.recall(first.memory())
    assert [change.member.node for change in changes] == ["a"]
    assert second.receive(heard, 10.5, WALL + 10.5) == Rejection("replayed")
    assert second.receive(left, 10.5, WALL + 10.5) == Rejection("replayed")
    assert not isinstance(second.receive(beat("a", 6, at=11.0), 11.0, WALL + 11.0), Rejection)

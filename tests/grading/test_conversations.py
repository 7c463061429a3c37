"""Properties of whole conversations, with the shipped sessions, engine, scenarios and store.

Bytes split anywhere, merged, and reordered between connections give the same verdicts; replay of
any stored transcript gives byte-identical actions; students do not disturb each other.
"""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.reference.clients import client
from holdfast.grading.domain.replay import replay
from holdfast.grading.domain.roster import UserId
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.domain.transcript import EntryKind, Transcript, decode, encode
from holdfast.grading.service.ports import AttemptRecord
from holdfast.grading.wire.course import COURSE, Chat, Register
from tests.grading.mutants.catalogue import ALL, Mutant
from tests.support.trying import ALL_TESTS, all_habits
from tests.support.virtual import UID, Network, Pipe
from tests.support.world import World

TESTS = st.sampled_from(ALL_TESTS)
STARTS_S = st.floats(0.0, 2.0)


def sent(transcript: Transcript) -> list[tuple[float, str, str]]:
    """What the scenario sent: when, to whom, the bytes."""
    return [
        (entry.at_s, entry.peer, entry.raw)
        for entry in transcript.entries
        if entry.kind is EntryKind.SENT
    ]


def check_replay(record: AttemptRecord) -> None:
    """The stored transcript, played again, leaves the same transcript and the same actions."""
    stored = decode(record.transcript)
    again = replay(stored, CATALOGUE[stored.test])
    assert sent(again) == sent(stored)
    assert encode(again) == record.transcript


@given(
    st.lists(st.tuples(TESTS, STARTS_S, st.integers(0, 10_000)), min_size=1, max_size=5),
    st.integers(0, 10_000),
)
@settings(max_examples=40)
def test_bytes_split_merged_and_reordered_between_connections_give_the_same_verdicts(
    clients: Sequence[tuple[TestId, float, int]], chop: int
) -> None:
    world = World()
    for n, (test, at_s, seed) in enumerate(clients):
        network = Network(chop=chop + n, latency_s=(seed % 50) / 1000)
        world.client(client(test), uid=UserId(UID + n), network=network, at_s=at_s)
    world.run()
    for n, (test, _, _) in enumerate(clients):
        attempts = world.attempts(UserId(UID + n))
        assert [(each.summary.test, each.summary.verdict) for each in attempts] == [(test, "pass")]
        check_replay(attempts[0])


@pytest.mark.parametrize("test", [test for test in ALL_TESTS if CATALOGUE[test].transport == "tcp"])
def test_a_stream_split_in_two_at_any_byte_gives_the_same_verdict(test: TestId) -> None:
    """Register and trigger in one segment, cut in two pieces at each position."""
    trigger = CATALOGUE[test].trigger
    assert trigger is not None
    text = f"{trigger.text}{UID}" if trigger.prefix else trigger.text
    whole = COURSE.encode(Register(UID, "localhost", 4444)) + COURSE.encode(Chat(UID, text))
    started = []
    for at in range(1, len(whole)):
        world = World(nodes=1)
        player = world.client(client(test), at_s=1e9)  # only its connection is used
        pipe = Pipe(player, "server", 1)
        world.take(pipe, whole[:at])
        world.take(pipe, whole[at:])
        world.run(until_s=0.2)
        started.append([each.summary.test for each in world.attempts()])
    assert started == [[test]] * (len(whole) - 1)


@pytest.mark.parametrize("test", ALL_TESTS)
def test_replay_of_a_right_client_is_byte_identical(test: TestId) -> None:
    for habits in list(all_habits(test))[::3]:
        world = World()
        world.client(client(test, habits), network=Network(chop=1))
        world.run()
        for record in world.attempts():
            check_replay(record)


@pytest.mark.parametrize("mutant", ALL[::3], ids=str)
def test_replay_of_a_broken_client_is_byte_identical(mutant: Mutant) -> None:
    world = World()
    world.client(client(mutant.test, play=mutant.play))
    world.run(until_s=200.0)
    for record in world.attempts():
        check_replay(record)


def test_one_student_runs_all_tests_at_once() -> None:
    world = World(nodes=3)
    for n, test in enumerate(ALL_TESTS):
        world.client(client(test), at_s=n * 0.013)
    world.run()
    found = {each.summary.test: each.summary.verdict for each in world.attempts()}
    assert found == dict.fromkeys(ALL_TESTS, "pass")


def test_a_whole_class_at_once_is_graded_person_by_person() -> None:
    world = World(nodes=3, users=40)
    tests = [test for test in ALL_TESTS if test != "2024-a2-t2"]  # that one goes by address
    for n in range(40):
        uid = UserId(UID + n)
        broken = [each for each in ALL if each.test == tests[n % len(tests)]]
        player = client(tests[n % len(tests)])
        if n % 2 and broken:
            player = client(broken[0].test, play=broken[0].play)
        world.client(player, uid=uid, at_s=(n % 7) * 0.011)
    world.run(until_s=120.0)
    for n in range(40):
        test = tests[n % len(tests)]
        is_broken = bool(n % 2 and any(each.test == test for each in ALL))
        attempts = world.attempts(UserId(UID + n))
        assert [each.summary.test for each in attempts] == [test]
        assert attempts[0].summary.verdict == ("fail" if is_broken else "pass"), (n, test)


def test_a_verdict_is_announced_only_after_the_store_has_it() -> None:
    known_at_s = 0.005  # the trigger's way, then the store's answer about the id

    def play(away_at_s: float) -> tuple[list[str], int]:
        world = World()
        player = world.client(client(TestId("seed-user-id")))
        world.agenda.at(away_at_s, lambda: setattr(world, "is_store_away", True))
        world.run(until_s=9.0)
        return player.heard(), len(world.attempts())

    heard, stored = play(known_at_s + 0.001)
    assert stored == 0
    assert len(heard) == 1
    assert "could not be recorded" in heard[0]
    heard, stored = play(known_at_s + 1.0)
    assert stored == 1
    assert heard == ["TEST 1 USER ID CORRECTNESS PASSED"]

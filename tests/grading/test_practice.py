"""docs/reference/practice.md: a switch that nodes take up with their next beat; nothing counts."""

from dataclasses import replace
from random import Random

from holdfast.grading.domain.reference.clients import client
from holdfast.grading.domain.rules import PRACTICE_SCALE, Rules
from holdfast.grading.domain.transcript import decode
from holdfast.grading.wire.course import Chat, Register
from tests.support.moving import MovingNode
from tests.support.results_site import results_site
from tests.support.virtual_node import UID, Student, VirtualNode

RENEW = "2025-4_1"


def test_a_test_that_begins_in_practice_has_short_leases_and_counts_nothing() -> None:
    node = VirtualNode(rules=Rules())
    node.store.practice_since = node.wall()
    node.place.is_practice = True
    node.place.rules = Rules().in_practice  # as its client asks for them
    student = Student(node, client(RENEW))
    node.place.rules = Rules()
    node.run(60, until=lambda: student.engine.outcome is not None)
    [attempt] = node.attempts()
    assert (attempt.verdict, attempt.is_practice) == ("pass", True)
    assert node.do(node.store.best_results(UID)) == ()
    transcript = decode(node.do(node.store.attempt(attempt.id)).transcript)
    assert transcript.rules == replace(Rules(), time_scale=PRACTICE_SCALE)


def test_a_test_that_runs_when_the_switch_is_turned_goes_on_as_it_began() -> None:
    node = VirtualNode(rules=Rules())
    wire = node.connect(4447)
    wire.send(Register(UID, "localhost", 4444), Chat(UID, "TEST 4_1 RENEW LEASE"))
    node.run(1)
    node.place.is_practice = True
    node.store.practice_since = node.wall()
    node.run(30)
    [attempt] = node.attempts()
    assert (attempt.verdict, attempt.is_practice) == (None, False)


def test_a_practice_test_that_moves_is_practice_whatever_the_next_node_plays() -> None:
    moves = 0
    for seed in range(6):
        node = MovingNode(Random(seed), deaths=3, every=6)
        node.place = replace(node.place, rules=Rules(), is_practice=True)
        student = Student(node, client("2025-4_2"))
        node.run(0.5)
        node.place.is_practice = False
        node.run(120, until=lambda student=student: student.engine.outcome is not None)
        node.run(30)
        assert [(one.verdict, one.is_practice) for one in node.attempts()] == [("pass", True)]
        moves += sum(wire.moves for wire in node.wires)
    assert moves > 0


async def test_the_numbers_that_clients_ask_for_follow() -> None:
    async with results_site() as site:
        anyone = site.client()
        before = (await anyone.get("/api/grading/tests")).json()
        site.store.practice_since = site.clock.now
        after = (await anyone.get("/api/grading/tests")).json()
        assert (before["practice"], after["practice"]) == (False, True)
        assert after["rules"]["time_scale"] == PRACTICE_SCALE
        assert after["scaled"]["lease_s"] == Rules().lease_s * PRACTICE_SCALE

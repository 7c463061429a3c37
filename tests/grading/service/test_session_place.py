"""A place counts its attempts and spends its patience with strangers carefully."""

from datetime import UTC, datetime

from holdfast.grading.domain.roster import Source, UserId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.service.session_place import (
    Allowance,
    Census,
    Channel,
    Place,
    SessionLimits,
)

ADA, BOB = UserId(1), UserId(2)


def test_attempts_are_bounded_per_student_and_per_node() -> None:
    census = Census(SessionLimits(running_per_user=2, running_per_node=3))
    for _ in range(2):
        assert census.admits(ADA)
        census.enter(ADA)
    assert not census.admits(ADA)
    assert census.admits(BOB)
    census.enter(BOB)
    assert not census.admits(BOB)
    assert census.running == 3
    census.leave(ADA)
    assert census.admits(ADA)
    census.leave(ADA)
    census.leave(BOB)
    assert census.running == 0


def test_an_allowance_grows_with_time_up_to_its_bound() -> None:
    allowance = Allowance(2.0)
    assert [allowance.take(10.0) for _ in range(3)] == [True, True, False]
    assert allowance.take(10.5)
    assert not allowance.take(10.5)
    assert [allowance.take(99.0) for _ in range(3)] == [True, True, False]
    assert not allowance.take(1.0)


def test_only_tcp_port_8080_is_the_seeds() -> None:
    source = Source("192.0.2.7", 1)
    assert Channel("tcp", source, 8080).is_seed
    assert not Channel("tcp", source, 4444).is_seed
    assert not Channel("udp", source, 8080).is_seed


def test_a_place_is_ready_with_what_it_is_told() -> None:
    def wall(_: float) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    place = Place("n1", "1" * 32, {}, Rules(), b"secret", lambda: "0" * 32, wall)
    assert place.census.running == 0
    assert not place.draining
    with place.guard():
        assert place.allowance.take(0.0)

"""What a session takes from its node: as the node has it, or written down and decided again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from holdfast.grading.domain.roster import UserId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.service.session_origin import (
    Diverged,
    NodeOrigin,
    RecordedOrigin,
    fresh_secret,
)
from holdfast.grading.service.session_place import Place, SessionLimits

OPENED = datetime(2026, 3, 1, 12, tzinfo=UTC)
ADA = UserId(1234)


def place_of(limits: SessionLimits | None = None) -> Place:
    ids = iter(f"{n:032x}" for n in range(100))
    return Place(
        "n1",
        "1" * 32,
        CATALOGUE,
        Rules(),
        b"secret",
        lambda: next(ids),
        lambda now: OPENED + timedelta(seconds=now),
        limits=limits or SessionLimits(),
    )


def recorded(place: Place, secret: bytes = b"s" * 32) -> RecordedOrigin:
    return RecordedOrigin(place, secret, OPENED.timestamp())


def test_a_session_that_stays_has_everything_from_its_node() -> None:
    place = place_of()
    origin = NodeOrigin(place)
    assert origin.secret == b"secret"
    assert [origin.new_id(), origin.new_id()] == ["0" * 32, "0" * 31 + "1"]
    assert origin.wall(3.0) == OPENED + timedelta(seconds=3)
    assert origin.may_explain(0.0)
    assert origin.admits(ADA)
    assert not origin.is_draining()
    place.draining = True
    assert origin.is_draining()


def test_ids_come_from_the_secret_and_differ() -> None:
    first, again, other = (recorded(place_of(), s) for s in (b"a" * 32, b"a" * 32, b"b" * 32))
    ids = [first.new_id() for _ in range(3)]
    assert ids == [again.new_id() for _ in range(3)]
    assert len({*ids, other.new_id()}) == 4
    assert {len(each) for each in ids} == {32}


def test_dates_count_from_the_opening() -> None:
    assert recorded(place_of()).wall(90.5) == OPENED + timedelta(seconds=90.5)


def test_decisions_are_written_down_and_made_again_on_a_node_that_decides_otherwise() -> None:
    place = place_of()
    origin = recorded(place)
    made = [origin.may_explain(1.0), origin.admits(ADA), origin.is_draining()]
    assert made == [True, True, False]
    decisions = origin.take_decisions()
    assert origin.take_decisions() == []
    full = replace(place_of(SessionLimits(running_per_node=0, explained_per_s=0.0)))
    full.draining = True
    again = recorded(full)
    again.play_again(decisions)
    assert [again.may_explain(1.0), again.admits(ADA), again.is_draining()] == made
    with pytest.raises(Diverged):
        again.is_draining()
    again.go_live()
    assert [again.may_explain(1.0), again.admits(ADA), again.is_draining()] == [False, False, True]


def test_the_allowance_counts_in_the_nodes_time() -> None:
    place = place_of(SessionLimits(explained_per_s=1.0))
    origin = recorded(place)
    origin.node_zero = 1_000.0
    assert origin.may_explain(0.0)
    assert not origin.may_explain(0.5)
    assert not place.allowance.take(1_000.5)
    assert origin.may_explain(2.0)


def test_each_session_has_a_secret_of_its_own() -> None:
    place = place_of()
    assert fresh_secret(place) != fresh_secret(place)
    assert len(fresh_secret(place)) == 32

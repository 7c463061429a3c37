"""What is known of a leg from all that was told of it, in whatever order it came."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.domain.flight import LegKey
from holdfast.flights.domain.status import (
    NOTHING_TOLD,
    LegFacts,
    LegState,
    LegStatus,
    Stamp,
    StatusUpdate,
    learn,
    learn_all,
)

LEG = LegKey("BA", 117, "", date(2026, 12, 1), "LHR", "JFK")
T0 = datetime(2026, 12, 1, 6, tzinfo=UTC)


def at(minute: int) -> datetime:
    return T0 + timedelta(minutes=minute)


def told(minute: int, **facts: object) -> StatusUpdate:
    return StatusUpdate(LEG, at(minute), LegFacts(**facts))  # type: ignore[arg-type]


def known_after(*updates: tuple[StatusUpdate, int]) -> LegStatus:
    known = NOTHING_TOLD
    for update, sequence in updates:
        known = learn(known, update, sequence)
    return known


def test_nothing_told_is_nothing_known() -> None:
    assert NOTHING_TOLD.updated_at is None
    assert NOTHING_TOLD.facts.told() == {}


def test_a_fact_stays_known_while_others_are_told() -> None:
    known = known_after((told(1, board_gate="A1"), 1), (told(2, board_terminal="5"), 2))
    assert known.facts == LegFacts(board_gate="A1", board_terminal="5")
    assert known.updated_at == at(2)
    assert known.stamps == {"board_gate": Stamp(at(1), 1), "board_terminal": Stamp(at(2), 2)}


def test_an_update_that_comes_late_tells_only_what_nobody_told_since() -> None:
    known = known_after((told(5, board_gate="B2"), 1), (told(1, board_gate="A1", reason="fog"), 2))
    assert known.facts == LegFacts(board_gate="B2", reason="fog")


def test_an_update_that_tells_nothing_new_leaves_what_is_known_untouched() -> None:
    known = known_after((told(5, board_gate="B2"), 1))
    assert learn(known, told(1, board_gate="A1"), 2) is known
    assert learn(known, told(9), 3) is known


def test_of_two_updates_of_one_moment_the_newer_delivery_counts() -> None:
    first, second = (told(1, board_gate="A1"), 1), (told(1, board_gate="A2"), 2)
    assert known_after(first, second) == known_after(second, first)
    assert known_after(first, second).facts.board_gate == "A2"


def test_a_cancelled_leg_that_left_later_was_not_cancelled() -> None:
    cancelled = known_after((told(1, state=LegState.CANCELLED), 1))
    assert cancelled.is_called_off()
    assert not learn(cancelled, told(2, departure_actual=at(2)), 2).is_called_off()
    assert learn(cancelled, told(0, departure_actual=at(0)), 2).is_called_off()
    assert not learn(cancelled, told(3, state=LegState.SCHEDULED), 2).is_called_off()


def test_a_delivery_teaches_only_the_legs_of_which_it_tells_something_new() -> None:
    other = LegKey("BA", 118, "", date(2026, 12, 1), "JFK", "LHR")
    known = {LEG: known_after((told(5, board_gate="B2"), 1))}
    updates = [
        told(1, board_gate="A1"),
        StatusUpdate(other, at(1), LegFacts(board_gate="7")),
        StatusUpdate(other, at(1), LegFacts(board_gate="8")),
    ]
    changed = learn_all(known, updates, 2)
    assert set(changed) == {other}
    assert changed[other].facts.board_gate == "8", "the later line of a file counts"


FACTS = st.builds(
    LegFacts,
    state=st.sampled_from([None, LegState.CANCELLED, LegState.SCHEDULED]),
    board_gate=st.sampled_from([None, "A1", "A2", "A3"]),
    departure_estimated=st.none() | st.integers(0, 90).map(at),
)


@given(st.lists(st.tuples(st.integers(0, 5), FACTS), max_size=8), st.randoms())
def test_the_order_of_arrival_does_not_matter(
    tellings: list[tuple[int, LegFacts]], random: object
) -> None:
    numbered = [
        (StatusUpdate(LEG, at(minute), facts), sequence)
        for sequence, (minute, facts) in enumerate(tellings)
    ]
    shuffled = list(numbered)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert known_after(*numbered) == known_after(*shuffled)


@given(st.lists(st.tuples(st.integers(0, 5), FACTS), max_size=8))
def test_telling_everything_twice_changes_nothing(tellings: list[tuple[int, LegFacts]]) -> None:
    numbered = [
        (StatusUpdate(LEG, at(minute), facts), sequence)
        for sequence, (minute, facts) in enumerate(tellings)
    ]
    assert known_after(*numbered, *numbered) == known_after(*numbered)

"""Statements go where they may: writes to the one leader, reads to whoever is fresh enough."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.platform.data.routing import (
    MARKS_KEPT,
    Facts,
    Read,
    View,
    Write,
    failed,
    leader_of,
    looked,
    route,
)


def leader(at: float, position: int, timeline: int = 1) -> Facts:
    return Facts(at, is_leader=True, timeline=timeline, position=position)


def replica(at: float, position: int, timeline: int = 1) -> Facts:
    return Facts(at, is_leader=False, timeline=timeline, position=position)


def seen(**looks: Facts) -> View:
    view = View.of(*looks)
    for name, facts in looks.items():
        view = looked(view, name, facts)
    return view


def test_nobody_is_used_before_anybody_was_seen() -> None:
    assert route(View.of("a", "b"), Write(), now=0.0) == ()
    assert route(View.of("a", "b"), Read(), now=0.0) == ()


def test_a_write_goes_to_the_leader_alone() -> None:
    view = seen(a=replica(1, 10), b=leader(1, 10), c=replica(1, 10))
    assert route(view, Write(), now=1.0) == ("b",)


def test_a_leader_of_an_older_timeline_is_never_written_to() -> None:
    view = seen(old=leader(1, 900, timeline=1), new=leader(1, 100, timeline=2))
    assert leader_of(view) == "new"
    view = failed(view, "new")
    assert leader_of(view) is None, "the zombie is not an answer to the new leader's silence"
    assert leader_of(looked(view, "old", leader(5, 950, timeline=1))) is None


def test_the_highest_timeline_is_remembered_when_its_leader_becomes_a_replica() -> None:
    view = seen(a=leader(1, 100, timeline=3))
    view = looked(view, "a", replica(2, 100, timeline=3))
    assert leader_of(view) is None
    assert view.timeline == 3


def test_a_failed_server_is_used_again_once_it_was_looked_at() -> None:
    view = failed(seen(a=leader(1, 10)), "a")
    assert route(view, Write(), now=2.0) == ()
    assert route(looked(view, "a", leader(3, 11)), Write(), now=3.0) == ("a",)


def test_a_look_that_began_earlier_does_not_undo_a_later_one() -> None:
    view = seen(a=leader(5, 10))
    assert looked(view, "a", replica(4, 9)) == view


def test_reads_prefer_replicas_in_turn_and_fall_back_to_the_leader() -> None:
    view = seen(a=leader(1, 10), b=replica(1, 10), c=replica(1, 10))
    assert route(view, Read(), now=1.0, turn=0) == ("b", "c", "a")
    assert route(view, Read(), now=1.0, turn=1) == ("c", "b", "a")
    assert route(seen(a=leader(1, 10)), Read(), now=1.0, turn=3) == ("a",)


def test_who_has_written_is_served_by_a_replica_that_replayed_it() -> None:
    view = seen(a=leader(1, 10), b=replica(1, 9), c=replica(1, 10))
    assert route(view, Read(after=10), now=1.0) == ("c", "a")


@pytest.mark.parametrize(("now", "expected"), [(3.0, ("b", "a")), (3.1, ("a",))])
def test_a_replica_is_as_fresh_as_the_leaders_position_that_it_has_replayed(
    now: float, expected: tuple[str, ...]
) -> None:
    view = View.of("a", "b")
    for facts in (leader(1.0, 100), leader(2.0, 200)):
        view = looked(view, "a", facts)
    view = looked(view, "b", replica(2.5, 150))
    assert view.servers["b"].fresh_at == 1.0
    assert route(view, Read(max_age_s=2.0), now=now) == expected


def test_a_replica_of_unknown_age_is_not_used_under_a_bound() -> None:
    view = seen(b=replica(1, 10), a=leader(2, 20))
    assert route(view, Read(max_age_s=60.0), now=2.0) == ("a",)
    assert route(view, Read(), now=2.0) == ("b", "a")


def test_only_so_many_positions_are_remembered() -> None:
    view = View.of("a")
    for at in range(3 * MARKS_KEPT):
        view = looked(view, "a", leader(at, at))
    assert len(view.marks) == MARKS_KEPT


events = st.lists(
    st.tuples(
        st.sampled_from(["write", "replay", "look a", "look b", "promote", "wait", "fail b"]),
        st.integers(1, 5),
    ),
    max_size=80,
)


@given(events)
def test_no_history_serves_an_answer_older_than_its_bound(
    history: list[tuple[str, int]],
) -> None:
    """`written[t]` is where the leader was at time t; a replica shows what it has replayed."""
    now, timeline, written, replayed = 0.0, 1, [(0.0, 0)], 0
    view = View.of("a", "b")
    for what, amount in history:
        now += 0.25
        match what:
            case "write":
                written.append((now, written[-1][1] + amount))
            case "replay":
                replayed = min(replayed + amount, written[-1][1])
            case "look a":
                view = looked(view, "a", leader(now, written[-1][1], timeline))
            case "look b":
                view = looked(view, "b", replica(now, replayed, timeline))
            case "promote":
                timeline += 1
            case "wait":
                now += amount
            case "fail b":
                view = failed(view, "b")
        for bound in (0.5, 2.0, 10.0):
            if "b" in route(view, Read(max_age_s=bound), now):
                due = max(position for at, position in written if at <= now - bound or at == 0.0)
                assert replayed >= due

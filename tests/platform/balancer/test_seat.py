"""Who takes new clients: the fit; in panic all that may be reached; those who drain at the last."""

from hypothesis import given
from hypothesis import strategies as st

from holdfast.platform.balancer.outliers import Record
from holdfast.platform.balancer.seat import Seat, Standing, Target, rotation, untried
from holdfast.platform.membership.wire import Load


def seat(node: str, *, draining: bool = False, out: bool = False, **facts: bool) -> Seat:
    return Seat(
        Target("s", node, 1, ("127.0.0.1", 1)),
        Load(),
        suspect=facts.get("suspect", False),
        draining=draining,
        drained=facts.get("drained", False),
        out_until=5.0 if out else None,
        record=Record(ejected_until=7.0 if facts.get("ejected") else None),
    )


def nodes(seats: list[Seat]) -> str:
    return "".join(each.node for each in seats)


def test_the_standing_is_the_gravest_of_what_is_known() -> None:
    assert seat("a").standing is Standing.FIT
    assert seat("a", suspect=True).standing is Standing.SUSPECT
    assert seat("a", suspect=True, ejected=True).standing is Standing.EJECTED
    assert seat("a", ejected=True, out=True).standing is Standing.OUT
    assert seat("a", out=True, drained=True).standing is Standing.DRAINING
    assert seat("a", ejected=True, out=True).until == 5.0


def test_while_half_are_fit_only_they_take_clients() -> None:
    seats = [seat("a"), seat("b"), seat("c", suspect=True), seat("d", ejected=True)]
    assert rotation(seats, 0.5) == (seats[:2], False)


def test_when_fewer_are_fit_suspected_and_ejected_ones_help() -> None:
    seats = [seat("a"), seat("b", suspect=True), seat("c", ejected=True), seat("d", out=True)]
    taking, panic = rotation(seats, 0.5)
    assert (nodes(taking), panic) == ("abc", True)


def test_a_threshold_of_zero_is_no_panic_as_long_as_one_is_fit() -> None:
    seats = [seat("a"), seat("b", suspect=True), seat("c", suspect=True)]
    assert nodes(rotation(seats, 0.0)[0]) == "a"
    assert nodes(rotation(seats[1:], 0.0)[0]) == "bc"


def test_those_who_drain_do_not_count_as_missing() -> None:
    seats = [seat("a"), *(seat(node, draining=True) for node in "bcd")]
    assert rotation(seats, 0.5) == (seats[:1], False)


def test_those_who_drain_take_clients_only_when_nobody_else_can() -> None:
    draining = [seat("a", draining=True), seat("b", drained=True)]
    assert nodes(rotation([*draining, seat("c", suspect=True)], 0.5)[0]) == "c"
    assert nodes(rotation([*draining, seat("c", out=True)], 0.5)[0]) == "ab"
    assert rotation([seat("a", draining=True, out=True)], 0.5)[0] == []


def test_a_client_in_need_is_sent_on_to_whoever_is_left() -> None:
    seats = [seat("a"), seat("b"), seat("c", suspect=True), seat("d", draining=True)]
    taking = seats[:2]
    assert nodes(untried(seats, taking, ["a"])) == "b"
    assert nodes(untried(seats, taking, ["a", "b"])) == "c"
    assert nodes(untried(seats, taking, ["a", "b", "c"])) == "d"
    assert untried(seats, taking, ["a", "b", "c", "d"]) == []


facts = st.fixed_dictionaries(
    {name: st.booleans() for name in ("draining", "drained", "out", "suspect", "ejected")}
)


@given(st.lists(facts, max_size=8), st.floats(0.0, 1.0))
def test_nobody_unreachable_is_used_and_nobody_reachable_is_missed_by_all(
    members: list[dict[str, bool]], panic_share: float
) -> None:
    seats = [seat(chr(97 + index), **each) for index, each in enumerate(members)]
    taking, _ = rotation(seats, panic_share)
    assert all(each.out_until is None for each in taking)
    assert bool(taking) == any(each.out_until is None for each in seats)
    willing = [each for each in seats if not each.draining and not each.drained]
    if any(each.out_until is None for each in willing):
        assert all(each in willing for each in taking)

"""The plan: a door where it can be, a sentence where not, and no change without a reason."""

from collections import Counter
from dataclasses import replace

from holdfast.platform.balancer.kernel_choice import Machine
from holdfast.platform.balancer.kernel_plan import (
    STEP_EVERY_S,
    Decision,
    Entry,
    Fit,
    Group,
    Plan,
    spread,
)
from holdfast.platform.balancer.kernel_rules import Door
from holdfast.platform.balancer.kernel_shares import HASH_SLOTS, Spread
from holdfast.platform.balancer.policies import POLICIES, policy_named
from holdfast.platform.membership.wire import Load

ENTRY = Entry("t", "s", "127.0.0.1", 8080)
MACHINE = Machine(forwards_4=False, forwards_6=False)


def fit(node: str, port: int, load: Load | None = None, weight: float = 1.0) -> Fit:
    return Fit(node, ("127.0.0.1", port), load or Load(), weight)


def decide(plan: Plan, *members: Fit, now: float = 0.0, spread: Spread = Spread.TURNS) -> Decision:
    return plan.decide({"s": Group(members, spread)}, MACHINE, now)


def door(plan: Plan, *members: Fit, now: float = 0.0, spread: Spread = Spread.TURNS) -> Door:
    (only,) = decide(plan, *members, now=now, spread=spread).doors
    return only


def shares(
    plan: Plan, *members: Fit, now: float = 0.0, spread: Spread = Spread.TURNS
) -> dict[int, int]:
    return Counter(port for _, port in door(plan, *members, now=now, spread=spread).slots)


def test_members_get_a_door_and_slots_in_turn() -> None:
    found = door(Plan([ENTRY]), fit("a", 1), fit("b", 2))
    assert (found.port, found.host) == (8080, "127.0.0.1")
    assert sorted(found.slots) == [("127.0.0.1", 1), ("127.0.0.1", 2)]


def test_without_members_there_is_a_reason_and_no_door() -> None:
    decision = decide(Plan([ENTRY]))
    assert decision.doors == ()
    assert decision.stays == {"t": "no member is there"}
    assert Plan([ENTRY]).decide({}, MACHINE, 0.0).stays == {"t": "no member is there"}


def test_what_the_machine_does_not_allow_stays_with_its_reason() -> None:
    entry = replace(ENTRY, host="0.0.0.0")
    away = Fit("a", ("10.0.0.1", 1))
    assert "ip_forward" in Plan([entry]).decide({"s": Group([away])}, MACHINE, 0.0).stays["t"]
    router = Machine(forwards_4=True, forwards_6=False)
    assert len(Plan([entry]).decide({"s": Group([away])}, router, 0.0).doors) == 1


def test_listeners_of_one_service_share_its_members() -> None:
    plan = Plan([ENTRY, replace(ENTRY, name="u", port=9090)])
    decision = decide(plan, fit("a", 1))
    assert [each.port for each in decision.doors] == [8080, 9090]


def test_nothing_changes_while_nothing_changes() -> None:
    plan = Plan([ENTRY])
    members = [fit("a", 1), fit("b", 2)]
    first = door(plan, *members)
    for second in range(1, 5):
        assert door(plan, *members, now=second * STEP_EVERY_S) is first


def test_a_table_that_is_made_again_begins_with_another_member() -> None:
    plan = Plan([ENTRY])
    a, b, c = fit("a", 1), fit("b", 2), fit("c", 3)
    firsts = set()
    for members in [(a, b, c), (a, b), (a, b, c), (a, b), (a, b, c), (a, b)]:
        firsts.add(door(plan, *members).slots[0])
    assert len(firsts) > 1


def test_a_member_that_moves_is_followed() -> None:
    plan = Plan([ENTRY])
    door(plan, fit("a", 1))
    assert door(plan, fit("a", 2)).slots == (("127.0.0.1", 2),)


def test_weights_are_shares_and_so_are_capacities_where_the_policy_says_so() -> None:
    assert shares(Plan([ENTRY]), fit("a", 1, weight=3.0), fit("b", 2)) == {1: 3, 2: 1}
    two = [fit("a", 1, Load(0, 30)), fit("b", 2, Load(0, 10))]
    assert shares(Plan([ENTRY]), *two, spread=Spread.CAPACITIES) == {1: 3, 2: 1}
    assert shares(Plan([ENTRY]), *two) == {1: 1, 2: 1}


def test_a_capacity_that_somebody_does_not_tell_counts_for_nobody() -> None:
    two = [fit("a", 1, Load(0, 30)), fit("b", 2)]
    assert shares(Plan([ENTRY]), *two, spread=Spread.CAPACITIES) == {1: 1, 2: 1}


def test_slow_start_holds_a_member_back_but_not_where_balancers_must_agree() -> None:
    cold = replace(fit("b", 2), share=0.25)
    assert shares(Plan([ENTRY]), fit("a", 1), cold) == {1: 4, 2: 1}
    a, warm = fit("a", 1), fit("b", 2)
    hashed = door(Plan([ENTRY]), a, cold, spread=Spread.HASH)
    assert hashed == door(Plan([ENTRY]), a, warm, spread=Spread.HASH)


def test_every_policy_of_the_relay_has_its_like() -> None:
    found = {name: spread(policy_named(name, lambda: 0.5)) for name in POLICIES}
    assert found == {
        "round-robin": Spread.TURNS,
        "weighted": Spread.CAPACITIES,
        "least-connections": Spread.LOADS,
        "peak-ewma": Spread.LOADS,
        "two-choices": Spread.LOADS,
        "affinity": Spread.HASH,
    }


def test_loads_move_the_shares_once_a_second_in_bounded_steps() -> None:
    plan = Plan([ENTRY])

    def split(now: float, *members: Fit) -> dict[int, int]:
        return shares(plan, *members, now=now, spread=Spread.LOADS)

    idle, busy = fit("a", 1, Load(0, 10)), fit("b", 2, Load(9, 10))
    assert split(0.0, idle, fit("b", 2, Load(0, 10))) == {1: 1, 2: 1}
    assert split(0.9 * STEP_EVERY_S, idle, busy) == {1: 1, 2: 1}
    seen = [split(second * STEP_EVERY_S, idle, busy) for second in range(1, 9)]
    parts = [each[2] / (each[1] + each[2]) for each in seen]
    assert parts == sorted(parts, reverse=True)
    assert 0.3 < parts[0] < 0.5, "the first step is a small one"
    assert parts[-1] <= 0.12, "it arrives"


def test_another_policy_counts_from_the_next_decision_on() -> None:
    plan = Plan([ENTRY])
    two = [fit("a", 1), fit("b", 2)]
    assert len(door(plan, *two).slots) == 2
    assert len(door(plan, *two, spread=Spread.HASH).slots) == HASH_SLOTS
    assert len(door(plan, *two).slots) == 2


def test_a_plain_spread_ignores_load() -> None:
    plan = Plan([ENTRY])
    two = [fit("a", 1, Load(9, 10)), fit("b", 2, Load(0, 10))]
    assert shares(plan, *two) == {1: 1, 2: 1}


def test_affinity_is_the_same_for_every_balancer_whatever_happened_to_it_before() -> None:
    a, b, c = fit("a", 1), fit("b", 2), fit("c", 3)
    old = Plan([ENTRY])
    for members in [(a,), (a, b, c), (b, c), (c, b, a)]:
        found = door(old, *members, spread=Spread.HASH)
    assert found == door(Plan([ENTRY]), a, b, c, spread=Spread.HASH)
    assert len(found.slots) == HASH_SLOTS

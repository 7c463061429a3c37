"""The pool: nobody dead is picked, nobody healthy is forgotten, whatever order things happen in."""

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from holdfast.platform.balancer.outliers import Trouble
from holdfast.platform.balancer.policies import policy_named
from holdfast.platform.balancer.pool import Pool, PoolSettings, Target
from holdfast.platform.balancer.seat import MemberState, Standing
from holdfast.platform.membership.detector import Gone, Member, Present
from holdfast.platform.membership.wire import Load

SETTINGS = PoolSettings(first_out_s=1.0, longest_out_s=8.0)


def member(
    node: str,
    *,
    incarnation: int = 1,
    port: int = 0,
    draining: bool = False,
    suspect: bool = False,
) -> Member:
    port = port or 1000 + ord(node[0])
    services = {"t": ("127.0.0.1", port), "u": ("127.0.0.1", port), "unheard-of": ("::1", 1)}
    return Member(node, incarnation, services, draining, suspect, Load())


def present(node: str, **facts: object) -> Present:
    return Present(member(node, **facts), None)


def pool_of(nodes: str) -> Pool:
    pool = Pool({"t": "tcp", "u": "udp"}, SETTINGS)
    for node in nodes:
        pool.apply(present(node), 0.0)
    return pool


def picked(pool: Pool, service: str = "t", now: float = 0.0, times: int = 12) -> Counter[str]:
    targets = [pool.pick(service, now) for _ in range(times)]
    return Counter(target.node for target in targets if target is not None)


def one(pool: Pool, node: str, service: str = "t") -> Target:
    for _ in range(20):
        target = pool.pick(service, 0.0)
        if target is not None and target.node == node:
            return target
    raise AssertionError(f"{node} is never picked")


def test_everybody_gets_the_same_share() -> None:
    assert picked(pool_of("abc")) == {"a": 4, "b": 4, "c": 4}


def test_nobody_is_picked_from_an_empty_pool() -> None:
    assert pool_of("").pick("t", 0.0) is None


def test_a_member_goes_and_the_others_go_on() -> None:
    pool = pool_of("abc")
    for gone in "cab":
        for _ in range(5):
            pool.pick("t", 0.0)
        pool.apply(Gone(member(gone), "silent"), 0.0)
        assert gone not in picked(pool)
    assert pool.pick("t", 0.0) is None
    pool.apply(Gone(member("a"), "silent"), 0.0)


def test_a_failed_connect_takes_a_member_out_at_once() -> None:
    pool = pool_of("abc")
    pool.failed(one(pool, "b"), 0.0)
    assert picked(pool) == {"a": 6, "c": 6}
    assert "b" in picked(pool, "u"), "its other service is not concerned"


def test_a_tcp_member_comes_back_only_by_a_probe() -> None:
    pool = pool_of("ab")
    pool.failed(one(pool, "b"), 0.0)
    assert pool.due_probes(0.9) == []
    (probe,) = pool.due_probes(1.0)
    assert pool.due_probes(50.0) == [], "one probe at a time"
    assert "b" not in picked(pool, now=50.0)
    pool.succeeded(probe)
    assert picked(pool, now=50.0) == {"a": 6, "b": 6}


def test_each_failure_doubles_the_time_out_up_to_a_limit() -> None:
    pool = pool_of("a")
    target = one(pool, "a")
    now = 0.0
    for expected_s in (1.0, 2.0, 4.0, 8.0, 8.0):
        pool.failed(target, now)
        assert pool.due_probes(now + expected_s - 0.01) == []
        now += expected_s
        assert pool.due_probes(now) == [target]
    for _ in range(2000):
        pool.failed(target, now)
    assert pool.due_probes(now + 8.0) == [target]


def test_a_success_forgives_everything() -> None:
    pool = pool_of("a")
    target = one(pool, "a")
    for _ in range(5):
        pool.failed(target, 0.0)
    pool.succeeded(target)
    pool.failed(target, 100.0)
    assert pool.due_probes(101.0) == [target]


def test_a_beat_has_a_tcp_member_probed_without_delay_but_not_trusted() -> None:
    pool = pool_of("ab")
    pool.failed(one(pool, "b"), 0.0)
    pool.apply(present("b"), 0.1)
    assert "b" not in picked(pool, now=0.1)
    assert [target.node for target in pool.due_probes(0.1)] == ["b"]


def test_a_suspects_old_beat_does_not_hasten_a_probe() -> None:
    pool = pool_of("ab")
    pool.failed(one(pool, "b"), 0.0)
    pool.apply(present("b", suspect=True), 0.1)
    assert pool.due_probes(0.1) == []


def test_a_udp_member_comes_back_when_its_time_is_over() -> None:
    pool = pool_of("ab")
    target = one(pool, "b", "u")
    pool.failed(target, 0.0)
    assert picked(pool, "u", now=0.9) == {"a": 12}
    assert not pool.keeps(target)
    assert picked(pool, "u", now=1.0) == {"a": 6, "b": 6}
    assert pool.keeps(target)
    pool.failed(target, 1.0)
    assert picked(pool, "u", now=2.9) == {"a": 12}
    assert pool.due_probes(99.0) == []


def test_a_restarted_member_begins_with_a_clean_slate() -> None:
    pool = pool_of("ab")
    old = one(pool, "b")
    pool.failed(old, 0.0)
    pool.apply(present("b", incarnation=2), 0.0)
    assert picked(pool) == {"a": 6, "b": 6}
    pool.failed(old, 0.0)
    assert "b" in picked(pool), "news of its former life do not concern it"


def test_a_moved_member_begins_with_a_clean_slate() -> None:
    pool = pool_of("b")
    old = one(pool, "b")
    pool.failed(old, 0.0)
    pool.apply(present("b", port=9), 0.0)
    target = pool.pick("t", 0.0)
    assert target is not None
    assert target.endpoint == ("127.0.0.1", 9)
    assert not pool.knows(old)


def test_a_service_that_a_member_no_longer_offers_is_not_picked() -> None:
    pool = pool_of("a")
    only_udp = Member("a", 1, {"u": ("127.0.0.1", 5)}, False, False, Load())
    pool.apply(Present(only_udp, None), 0.0)
    assert pool.pick("t", 0.0) is None
    assert pool.pick("u", 0.0) is not None


def test_a_draining_member_gets_nobody_new_and_keeps_its_flows() -> None:
    pool = pool_of("ab")
    target = one(pool, "b", "u")
    pool.apply(present("b", draining=True), 0.0)
    assert picked(pool, "u") == {"a": 12}
    assert pool.keeps(target)
    pool.apply(present("b"), 0.0)
    assert picked(pool, "u") == {"a": 6, "b": 6}


def test_suspects_are_taken_only_when_there_is_nobody_else() -> None:
    pool = pool_of("abc")
    pool.apply(present("b", suspect=True), 0.0)
    assert picked(pool) == {"a": 6, "c": 6}
    pool.apply(present("a", suspect=True), 0.0)
    pool.apply(present("c", suspect=True), 0.0)
    assert picked(pool) == {"a": 4, "b": 4, "c": 4}


def test_those_already_tried_are_not_picked_again() -> None:
    pool = pool_of("abc")
    tried: list[str] = []
    while (target := pool.pick("t", 0.0, tried)) is not None:
        tried.append(target.node)
    assert sorted(tried) == ["a", "b", "c"]


def test_a_flow_is_kept_through_the_coming_and_going_of_others() -> None:
    pool = pool_of("abc")
    target = one(pool, "b", "u")
    pool.apply(Gone(member("a"), "left"), 0.0)
    pool.apply(present("d"), 0.0)
    pool.apply(present("b", suspect=True), 0.0)
    assert pool.keeps(target)
    pool.apply(Gone(member("b"), "silent"), 0.0)
    assert not pool.keeps(target)
    assert not pool.knows(target)


def test_a_member_that_was_lost_and_found_again_is_the_same_one() -> None:
    pool = pool_of("a")
    target = one(pool, "a")
    pool.opened(target)
    pool.apply(Gone(member("a"), "silent"), 0.0)
    pool.apply(present("a"), 0.0)
    found = pool.pick("t", 0.0)
    assert found is target
    assert found.in_flight == 1
    pool.closed(target)
    assert found.in_flight == 0


def test_only_addresses_of_members_are_known() -> None:
    pool = pool_of("ab")
    assert [target.node for target in pool.targets_at(("127.0.0.1", 1097))] == ["a"]
    assert pool.targets_at(("127.0.0.1", 5)) == []
    pool.apply(Gone(member("a"), "left"), 0.0)
    assert pool.targets_at(("127.0.0.1", 1097)) == []


def test_an_address_that_two_members_claim_belongs_to_the_later_one() -> None:
    pool = pool_of("")
    pool.apply(present("a", port=7), 0.0)
    pool.apply(present("b", port=7), 0.0)
    pool.apply(Gone(member("a", port=7), "silent"), 0.0)
    assert [target.node for target in pool.targets_at(("127.0.0.1", 7))] == ["b"]


def test_the_census_tells_who_is_fit() -> None:
    pool = pool_of("abcd")
    pool.failed(one(pool, "a"), 0.0)
    pool.apply(present("b", draining=True), 0.0)
    assert pool.census() == {"t": (2, 4), "u": (3, 4)}


def test_the_generation_grows_when_a_waiting_client_may_have_a_chance() -> None:
    pool = pool_of("a")
    target = one(pool, "a")
    steps = [
        lambda: pool.apply(present("b"), 0.0),
        lambda: pool.failed(target, 0.0),
        lambda: pool.succeeded(target),
        lambda: pool.apply(present("b", draining=True), 0.0),
        lambda: pool.apply(present("b", incarnation=2), 0.0),
        lambda: pool.apply(Gone(member("b"), "left"), 0.0),
    ]
    for step in steps:
        before = pool.generation
        step()
        assert pool.generation > before
    before = pool.generation
    pool.apply(present("a"), 0.0)
    pool.succeeded(target)
    assert pool.generation == before, "an ordinary beat disturbs nobody"


@pytest.mark.parametrize("service", ["t", "u"])
def test_news_of_a_stranger_change_nothing(service: str) -> None:
    pool = pool_of("a")
    stranger = Target(service, "z", 1, ("127.0.0.1", 1))
    pool.failed(stranger, 0.0)
    pool.succeeded(stranger)
    assert picked(pool, service) == {"a": 12}


class Fleet(RuleBasedStateMachine):
    """Members come, go, drain, fail and recover in any order; a model knows who is fit."""

    def __init__(self) -> None:
        super().__init__()
        self.pool = pool_of("")
        self.now = 0.0
        self.there: dict[str, Member] = {}
        self.out: set[str] = set()

    @rule(
        node=st.sampled_from("abcd"),
        incarnation=st.integers(1, 2),
        draining=st.booleans(),
        suspect=st.booleans(),
    )
    def beats(self, node: str, incarnation: int, draining: bool, suspect: bool) -> None:
        fresh = member(node, incarnation=incarnation, draining=draining, suspect=suspect)
        before = self.there.get(node)
        if before is None or before.incarnation != incarnation:
            self.out.discard(node)
        self.there[node] = fresh
        self.pool.apply(Present(fresh, before), self.now)

    @precondition(lambda self: self.there)
    @rule(which=st.integers(0, 3))
    def goes(self, which: int) -> None:
        node = sorted(self.there)[which % len(self.there)]
        self.pool.apply(Gone(self.there.pop(node), "left"), self.now)
        self.out.discard(node)

    @rule()
    def fails(self) -> None:
        target = self.pool.pick("t", self.now)
        if target is not None:
            self.pool.failed(target, self.now)
            self.out.add(target.node)

    @rule(seconds=st.floats(0.0, 9.0), reached=st.booleans())
    def probes(self, seconds: float, reached: bool) -> None:
        self.now += seconds
        for target in self.pool.due_probes(self.now):
            assert target.node in self.out
            if reached:
                self.pool.succeeded(target)
                self.out.discard(target.node)
            else:
                self.pool.failed(target, self.now)

    @invariant()
    def exactly_the_fit_are_picked(self) -> None:
        reached = {node for node in self.there if node not in self.out}
        willing = {node for node, there in self.there.items() if not there.draining}
        fit = {node for node in reached & willing if not self.there[node].suspect}
        panic = 2 * len(fit) < len(willing)
        expected = (reached & willing if panic else fit) or reached
        assert set(picked(self.pool, now=self.now, times=8)) == expected


TestFleet = Fleet.TestCase
TestFleet.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)


def states(pool: Pool, now: float = 0.0) -> dict[str, MemberState]:
    return {state.node: state for state in pool.states(now) if state.service == "t"}


def test_a_member_that_fails_clients_in_a_row_is_ejected_and_comes_back() -> None:
    pool = pool_of("abc")
    target = one(pool, "b")
    assert [pool.spoilt(target, Trouble.SILENT, 0.0) for _ in range(5)] == [False] * 4 + [True]
    assert picked(pool) == {"a": 6, "c": 6}
    assert pool.keeps(target), "who is with it already may stay"
    assert pool.due_probes(99.0) == [], "a connect would prove nothing"
    state = states(pool, 1.0)["b"]
    assert (state.standing, state.until_s, state.ejections) == (Standing.EJECTED, 4.0, 1)
    assert state.errors == {"ended-without-a-byte": 5}
    assert picked(pool, now=4.9) == {"a": 6, "c": 6}
    assert picked(pool, now=5.0) == {"a": 4, "b": 4, "c": 4}
    for _ in range(5):
        pool.spoilt(target, Trouble.RESET, 6.0)
    assert states(pool, 6.0)["b"].until_s == 10.0, "longer each time"


def test_any_answer_ends_a_row_of_failures() -> None:
    pool = pool_of("ab")
    target = one(pool, "b")
    for _ in range(20):
        assert not any(pool.spoilt(target, Trouble.RESET, 0.0) for _ in range(4))
        pool.answered(target, 0.01, 0.0)
    assert picked(pool) == {"a": 6, "b": 6}


def test_however_many_fail_only_a_share_is_ejected_and_never_the_only_one() -> None:
    for nodes, most in (("a", 0), ("ab", 1), ("abc", 1), ("abcde", 2)):
        pool = pool_of(nodes)
        for _ in range(9):
            for target in [one(pool, node) for node in picked(pool)]:
                pool.spoilt(target, Trouble.SILENT, 0.0)
        ejected = [s.node for s in pool.states(0.0) if s.standing is Standing.EJECTED]
        assert len(ejected) == most


def test_a_failure_is_a_slow_answer() -> None:
    pool = pool_of("a")
    target = one(pool, "a")
    pool.answered(target, 0.002, 0.0)
    assert states(pool)["a"].latency_s == 0.002
    pool.spoilt(target, Trouble.RESET, 0.0)
    assert states(pool)["a"].latency_s == 1.0


def test_in_panic_suspects_and_ejected_ones_help_but_nobody_unreachable() -> None:
    pool = pool_of("abcd")
    unreachable = one(pool, "d")
    for _ in range(5):
        pool.spoilt(one(pool, "b"), Trouble.SILENT, 0.0)
    pool.failed(unreachable, 0.0)
    assert picked(pool) == {"a": 6, "c": 6}
    assert pool.panics() == []
    pool.apply(present("c", suspect=True), 0.0)
    assert picked(pool) == {"a": 4, "b": 4, "c": 4}
    assert pool.panics() == ["t"]
    pool.apply(present("c"), 0.0)
    assert picked(pool) == {"a": 6, "c": 6}


def test_a_drained_node_gets_nobody_new_even_when_it_starts_anew() -> None:
    pool = pool_of("ab")
    pool.drain("b")
    pool.drain("not-there-yet")
    assert picked(pool) == picked(pool, "u") == {"a": 12}
    pool.apply(present("b", incarnation=2), 0.0)
    pool.apply(Gone(member("b"), "silent"), 0.0)
    pool.apply(present("b", incarnation=3, port=77), 0.0)
    assert picked(pool) == {"a": 12}
    assert states(pool)["b"].standing is Standing.DRAINING
    pool.undrain("b")
    assert picked(pool) == {"a": 6, "b": 6}


def test_a_weighed_node_gets_its_share_even_when_it_starts_anew() -> None:
    pool = pool_of("ab")
    pool.weigh("b", 0.5)
    assert picked(pool) == {"a": 8, "b": 4}
    pool.apply(present("b", incarnation=2), 0.0)
    assert picked(pool) == {"a": 8, "b": 4}
    assert states(pool)["b"].weight == 0.5
    pool.weigh("b", 1.0)
    assert picked(pool) == {"a": 6, "b": 6}


def test_an_order_that_changes_something_is_news_to_flows_and_waiting_clients() -> None:
    pool = pool_of("a")
    for order in (pool.drain, pool.undrain, lambda node: pool.weigh(node, 2.0)):
        before = pool.generation
        order("a")
        assert pool.generation > before
        before = pool.generation
        order("a")
        assert pool.generation == before


def slowly(nodes: str, policy: str = "round-robin") -> Pool:
    """A pool with ten seconds of slow start, in which these are warm at 100 s."""
    dice = random.Random(7).random
    policies = {"t": policy_named(policy, dice), "u": policy_named(policy, dice)}
    pool = Pool({"t": "tcp", "u": "udp"}, replace(SETTINGS, slow_start_s=10.0), policies)
    for node in nodes:
        pool.apply(present(node), 0.0)
    for service in "tu":
        picked(pool, service, times=1)
        picked(pool, service, now=100.0)
    return pool


@pytest.mark.parametrize("policy", ["round-robin", "weighted", "least-connections", "two-choices"])
def test_a_new_member_gets_a_growing_share(policy: str) -> None:
    pool = slowly("ab", policy)
    pool.apply(present("c"), 100.0)
    shares = [picked(pool, now=now, times=300)["c"] for now in (100.0, 105.0, 110.0)]
    assert shares[0] == pytest.approx(10, abs=4)
    assert shares[1] == pytest.approx(55, abs=12)
    assert shares[2] == pytest.approx(100, abs=15)


def test_a_member_that_was_ejected_or_lost_starts_slowly_again() -> None:
    pool = slowly("abcd")
    ejected, unreached = one(pool, "b"), one(pool, "c")
    for _ in range(5):
        pool.spoilt(ejected, Trouble.SILENT, 100.0)
    pool.failed(unreached, 100.0)
    assert picked(pool, now=100.0) == {"a": 6, "d": 6}
    pool.succeeded(pool.due_probes(102.0)[0])
    shares = picked(pool, now=105.0, times=400)
    assert shares["b"] == pytest.approx(10, abs=5)
    assert shares["c"] == pytest.approx(10, abs=5)
    assert states(pool, 105.0)["b"].share == 0.1
    assert picked(pool, now=115.0) == dict.fromkeys("abcd", 3)


def test_a_fleet_that_starts_together_is_not_held_back() -> None:
    pool = slowly("")
    for node in "abc":
        pool.apply(present(node), 200.0)
    assert picked(pool, now=200.0) == {"a": 4, "b": 4, "c": 4}
    pool = slowly("a")
    pool.apply(Gone(member("a"), "left"), 200.0)
    pool.apply(present("b"), 200.0)
    assert picked(pool, now=200.0) == {"b": 12}, "nobody else is there"


def test_a_cold_member_is_never_the_reason_that_a_client_finds_nobody() -> None:
    pool = slowly("a")
    pool.apply(present("b"), 100.0)
    for _ in range(50):
        target = pool.pick("t", 100.0, ["a"])
        assert target is not None
        assert target.node == "b"


def test_clients_of_affinity_find_their_member_again() -> None:
    pool = slowly("abcd", "affinity")
    first = [pool.pick("u", 200.0, (), f"c{number}") for number in range(40)]
    again = [pool.pick("u", 200.0, (), f"c{number}") for number in range(40)]
    assert first == again
    assert len({target.node for target in first if target is not None}) == 4


@given(st.lists(st.sampled_from("abcdef"), max_size=30), st.integers(0, 50))
def test_shares_stay_even_after_any_history(history: list[str], turns: int) -> None:
    pool, there = pool_of(""), set()
    for node in history:
        if node in there:
            pool.apply(Gone(member(node), "left"), 0.0)
        else:
            pool.apply(present(node), 0.0)
        there ^= {node}
        for _ in range(turns % 7):
            pool.pick("t", 0.0)
    shares = picked(pool, times=3 * len(there))
    assert set(shares) == there
    assert set(shares.values()) <= {3}


def test_a_nodes_service_is_found_by_its_name() -> None:
    pool = pool_of("a")
    found = pool.target_of("t", "a")
    assert found is not None
    assert found.node == "a"
    assert pool.target_of("t", "b") is None
    assert pool.target_of("unknown", "a") is None

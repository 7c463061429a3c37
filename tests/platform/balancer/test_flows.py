"""UDP flows: found again, bounded, and safe from floods of invented sources."""

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from holdfast.platform.balancer.flows import Flow, FlowLimits, FlowTable
from holdfast.platform.balancer.pool import Target

TARGET = Target("u", "a", 1, ("127.0.0.1", 1))
LIMITS = FlowLimits(flows=8, flows_per_address=4, idle_s=100.0, probation_idle_s=10.0)


def flow(address: str, port: int, now: float = 0.0, listener: int = 0) -> Flow:
    return Flow(
        key=(listener, (address, port)),
        address=address,
        header=f"{listener} {address} {port}".encode(),
        target=TARGET,
        generation=0,
        seen_at=now,
    )


def establish(table: FlowTable, made: Flow, now: float) -> Flow:
    """A client that spoke, was answered, and spoke again."""
    assert table.admit(made)
    table.answered(made.header, now)
    assert table.heard(made.key, now) is made
    assert made.established
    return made


def test_a_flow_is_found_by_its_client_and_by_its_header() -> None:
    table = FlowTable(LIMITS)
    made = flow("c", 1)
    assert table.heard(made.key, 0.0) is None
    assert table.admit(made)
    assert table.heard(made.key, 1.0) is made
    assert table.by_header(made.header) is made
    assert table.answered(made.header, 2.0) is made
    assert table.answered(b"other", 2.0) is None
    assert made.seen_at == 2.0


def test_the_same_client_has_another_flow_at_another_listener_or_port() -> None:
    table = FlowTable(LIMITS)
    assert table.admit(flow("c", 1))
    assert table.heard((1, ("c", 1)), 0.0) is None
    assert table.heard((0, ("c", 2)), 0.0) is None


def test_a_silent_flow_is_forgotten_sooner_on_probation() -> None:
    table = FlowTable(LIMITS)
    newcomer, regular = flow("c", 1), establish(table, flow("c", 2), 0.0)
    table.admit(newcomer)
    assert table.expire(9.9) == 0
    assert table.expire(10.0) == 1
    assert table.heard(newcomer.key, 10.0) is None
    assert table.expire(99.9) == 0
    assert table.expire(100.0) == 1
    assert table.by_header(regular.header) is None
    assert len(table) == 0


def test_an_answer_keeps_a_flow_alive() -> None:
    table = FlowTable(LIMITS)
    made = establish(table, flow("c", 1), 0.0)
    newcomer = flow("c", 2)
    table.admit(newcomer)
    table.answered(made.header, 90.0)
    table.answered(newcomer.header, 9.0)
    assert table.expire(18.0) == 0
    assert table.expire(150.0) == 1
    assert table.by_header(made.header) is made


def test_expiry_does_a_bounded_piece_of_work() -> None:
    table = FlowTable(FlowLimits(flows=100, flows_per_address=100))
    for port in range(50):
        table.admit(flow("c", port))
    assert table.expire(1e6, at_most=20) == 20
    assert table.expire(1e6) == 30


def test_a_full_table_drops_the_longest_silent_newcomer() -> None:
    table = FlowTable(LIMITS)
    flows = [flow(f"c{n}", 1, now=n) for n in range(8)]
    for each in flows:
        table.admit(each)
    table.heard(flows[0].key, 9.0)
    assert table.admit(flow("late", 1, now=10.0))
    assert table.by_header(flows[0].header) is not None
    assert table.by_header(flows[1].header) is None
    assert len(table) == 8
    assert table.evicted == 1


def test_a_flood_of_invented_sources_moves_no_established_flow() -> None:
    table = FlowTable(LIMITS)
    regulars = [establish(table, flow(f"r{n}", 1), 0.0) for n in range(7)]
    for number in range(1000):
        assert table.admit(flow(f"spoof{number}", number, now=1.0))
    assert all(table.by_header(each.header) is each for each in regulars)
    assert len(table) == 8


def test_a_flood_of_answered_but_silent_sources_moves_no_established_flow() -> None:
    table = FlowTable(LIMITS)
    regular = establish(table, flow("r", 1), 0.0)
    for number in range(1000):
        spoofed = flow(f"spoof{number}", number, now=1.0)
        table.admit(spoofed)
        table.answered(spoofed.header, 1.0)
    assert table.by_header(regular.header) is regular


def test_when_all_are_established_the_longest_silent_makes_room() -> None:
    table = FlowTable(LIMITS)
    regulars = [establish(table, flow(f"r{n}", 1), float(n)) for n in range(8)]
    assert table.admit(flow("new", 1, now=9.0))
    assert table.by_header(regulars[0].header) is None
    assert table.by_header(regulars[1].header) is not None


def test_an_address_past_its_share_replaces_its_own_newcomers_only() -> None:
    table = FlowTable(LIMITS)
    other = flow("other", 1)
    table.admit(other)
    first = flow("c", 0)
    for each in [first, *(flow("c", port) for port in range(1, 6))]:
        assert table.admit(each)
    assert table.by_header(other.header) is other
    assert table.by_header(first.header) is None
    assert len(table) == 1 + LIMITS.flows_per_address


def test_an_address_with_its_share_established_gets_no_more() -> None:
    table = FlowTable(LIMITS)
    for port in range(LIMITS.flows_per_address):
        establish(table, flow("c", port), 0.0)
    assert not table.admit(flow("c", 99))
    assert table.admit(flow("other", 1))


def test_two_clients_that_look_the_same_to_a_member_are_one_flow() -> None:
    table = FlowTable(LIMITS)
    first, second = flow("fe80::1", 1), flow("fe80::1", 1)
    second.key = (0, ("fe80::1", 1, 0, 3))
    table.admit(first)
    table.admit(second)
    assert len(table) == 1
    assert table.heard(first.key, 0.0) is None
    assert table.by_header(first.header) is second


class Traffic(RuleBasedStateMachine):
    """Any traffic: the bounds hold, and what was forgotten is forgotten everywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.table = FlowTable(LIMITS)
        self.now = 0.0
        self.made: dict[object, Flow] = {}

    @rule(address=st.sampled_from("abcdef"), port=st.integers(0, 6))
    def a_client_speaks(self, address: str, port: int) -> None:
        key = (0, (address, port))
        known = self.table.heard(key, self.now)
        if known is None:
            fresh = flow(address, port, self.now)
            if self.table.admit(fresh):
                self.made[key] = fresh
        else:
            assert known is self.made[key]

    @rule(address=st.sampled_from("abcdef"), port=st.integers(0, 6))
    def a_member_answers(self, address: str, port: int) -> None:
        answered = self.table.answered(f"0 {address} {port}".encode(), self.now)
        assert answered is None or answered is self.made[0, (address, port)]

    @rule(seconds=st.floats(0, 60))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.table.expire(self.now)

    @invariant()
    def the_bounds_hold(self) -> None:
        there = [f for f in self.made.values() if self.table.by_header(f.header) is f]
        assert len(there) == len(self.table) <= LIMITS.flows
        for address in "abcdef":
            assert sum(f.address == address for f in there) <= LIMITS.flows_per_address
        for each in there:
            idle_s = LIMITS.idle_s if each.established else LIMITS.probation_idle_s
            assert self.now - each.seen_at < idle_s


TestTraffic = Traffic.TestCase
TestTraffic.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)


@given(st.integers(0, 300))
def test_nothing_is_kept_of_flows_that_are_gone(count: int) -> None:
    table = FlowTable(FlowLimits(flows=64, flows_per_address=16))
    for number in range(count):
        table.admit(flow(f"c{number % 7}", number))
    table.expire(1e9)
    assert len(table) == 0
    assert not table._shares


def test_another_table_goes_on_with_all_flows_in_their_order() -> None:
    table, other = FlowTable(LIMITS), FlowTable(LIMITS)
    regular = establish(table, flow("c", 2), 0.0)
    table.admit(flow("c", 1))
    for each in table:
        assert other.restore(each)
    assert [each.key for each in other] == [each.key for each in table]
    assert other.heard(regular.key, 1.0) is regular
    assert other.expire(10.0) == 1, "the newcomer is on probation there, too"


def test_a_smaller_table_takes_what_it_has_room_for() -> None:
    table, other = FlowTable(LIMITS), FlowTable(FlowLimits(flows=2, flows_per_address=1))
    for port in (1, 2):
        establish(table, flow("c", port), 0.0)
    assert [other.restore(each) for each in table] == [True, False]
    assert len(other) == 1

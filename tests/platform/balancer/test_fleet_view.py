"""The state of a fleet: sums, standings, and versions that know more or less than we do."""

import msgspec

from holdfast.platform.balancer.fleet_view import FleetState, NodeRow, ServiceRow


def node(*standings: str) -> NodeRow:
    rows = (ServiceRow(service=f"s{n}", standing=word) for n, word in enumerate(standings))
    return NodeRow("n1", services=tuple(rows))


def test_a_node_is_as_its_worst_service() -> None:
    assert node("in-rotation", "in-rotation").standing == "in-rotation"
    assert node("in-rotation", "unreachable", "suspect").standing == "unreachable"
    assert node("in-rotation", "of a newer version").standing == "of a newer version"
    assert node().standing == "idle"


def test_clients_and_errors_are_of_all_services() -> None:
    found = NodeRow(
        services=(
            ServiceRow(clients=2, errors={"connect": 1, "reset": 2}),
            ServiceRow(clients=3, errors={"connect": 4}),
        )
    )
    assert (found.clients, found.errors) == (5, 7)


def test_a_service_without_anybody_fit_is_unserved() -> None:
    state = FleetState(services=("s0", "s1", "s2"), nodes=(node("in-rotation", "draining"),))
    assert state.unserved == ["s1", "s2"]
    assert state.standings("s1")["draining"] == 1
    assert state.standings("s2")["draining"] == 0


def test_what_is_sent_is_read_back() -> None:
    state = FleetState(services=("s0",), nodes=(node("suspect"),))
    assert msgspec.json.decode(msgspec.json.encode(state), type=FleetState) == state


def test_a_newer_balancer_may_say_more_and_an_older_one_less() -> None:
    raw = b'{"weather": "fine", "nodes": [{"node": "n1", "colour": "red"}]}'
    assert msgspec.json.decode(raw, type=FleetState) == FleetState(nodes=(NodeRow("n1"),))

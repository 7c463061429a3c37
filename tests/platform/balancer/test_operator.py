"""The operator of a running balancer, over real sockets: sees the fleet, drains and weighs."""

import json
import socket
from pathlib import Path

import msgspec
import pytest

from holdfast.errors import Mistake
from holdfast.platform.balancer.fleet_view import FleetState, NodeRow
from holdfast.platform.balancer.operator import process_facts
from holdfast.platform.balancer.server import run_balancer
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.settings import FleetSettings
from tests.support.administered import SECTIONS, Administered, administered
from tests.support.balancing import (
    KEYS,
    SECRET,
    TCP,
    TcpMember,
    UdpMember,
    ask,
    echo,
    names_of,
    open_descriptors,
    receive,
    udp_client,
)
from tests.support.metrics_page import read_metrics
from tests.support.processes import until


def state_of(admin: Administered) -> FleetState:
    status, raw = admin.ask("/fleet")
    assert status == 200
    return msgspec.json.decode(raw, type=FleetState)


def node_of(admin: Administered, name: str) -> NodeRow:
    return next(node for node in state_of(admin).nodes if node.node == name)


def test_nodes_services_and_clients_are_seen(tmp_path: Path) -> None:
    with TcpMember(echo("a")) as a, UdpMember("a") as u, administered(tmp_path) as admin:
        b = admin.balancing
        b.add("a", tcp_service=a.endpoint, udp_service=u.endpoint)
        with b.connect() as client, udp_client() as datagrams:
            assert receive(client, 2) == b"a:"
            ask(datagrams, b.address("u"), b"x")
            state = state_of(admin)
        assert state.unserved == []
        assert (state.balancer.clients, state.balancer.flows) == (1, 1)
        assert {row.name: row.open for row in state.listeners} == {"t": 1, "u": 0}
        (node,) = state.nodes
        assert (node.node, node.clients, node.standing) == ("a", 2, "in-rotation")
        assert node.beat_age_s < 10
        assert {row.service for row in node.services} == {"tcp-service", "udp-service"}


def test_a_drained_node_gets_no_new_clients_and_keeps_those_inside(tmp_path: Path) -> None:
    with TcpMember(echo("a")) as a, TcpMember(echo("z")) as z, administered(tmp_path) as admin:
        b = admin.balancing
        b.add("a", tcp_service=a.endpoint)
        with b.connect() as inside:
            assert receive(inside, 2) == b"a:"
            b.add("z", tcp_service=z.endpoint)
            admin.told("/nodes/a/drain", method="POST")
            assert node_of(admin, "a").standing == "draining"
            answers = []
            for _ in range(6):
                with b.connect() as client:
                    answers.append(receive(client, 2))
            assert names_of(answers) == {b"z"}
            inside.sendall(b"still here")
            assert receive(inside, 10) == b"still here"
        admin.told("/nodes/a/undrain", method="POST")
        until(lambda: node_of(admin, "a").standing == "in-rotation", "it takes clients again")


def test_a_weight_is_seen_and_an_unknown_node_refused(tmp_path: Path) -> None:
    with TcpMember(echo("a")) as a, administered(tmp_path) as admin:
        admin.balancing.add("a", tcp_service=a.endpoint)
        admin.told("/nodes/a/weight", method="POST", body=b'{"weight": 2.5}')
        assert {row.weight for row in node_of(admin, "a").services} == {2.5}
        status, raw = admin.ask("/nodes/b/drain", method="POST")
        assert (status, json.loads(raw)) == (404, {"error": "There is no node b."})


def test_the_page_of_metrics_follows_what_happens(tmp_path: Path) -> None:
    with TcpMember(echo("a")) as a, administered(tmp_path) as admin:
        b = admin.balancing
        b.add("a", tcp_service=a.endpoint)
        dead = b.add_dead("d")
        admin.ask("/metrics")  # bytes are counted from the first time on
        for _ in range(4):
            with b.connect() as client:
                client.sendall(b"12345")
                assert receive(client, 7) == b"a:12345"
        b.heart.say(b"rubbish")

        def value(name: str, **labels: str) -> float:
            status, raw = admin.ask("/metrics", token=False)
            assert status == 200
            return read_metrics(raw.decode()).get((name, frozenset(labels.items())), 0.0)

        until(
            lambda: value("holdfast_balancer_connections_ended_total", end="finished") == 4,
            "all connections are over",
        )
        assert value("holdfast_balancer_bytes_total", **{"from": "clients"}) == 20
        assert value("holdfast_balancer_bytes_total", **{"from": "nodes"}) == 28
        assert value("holdfast_balancer_connections_accepted_total", listener="t") == 4
        assert value("holdfast_balancer_connects_failed_total") >= 1
        assert value("holdfast_balancer_connect_seconds_count") == 4
        until(
            lambda: value("holdfast_balancer_beats_rejected_total", reason="foreign") == 1,
            "the rubbish was heard",
        )
        until(lambda: value("holdfast_balancer_loop_lag_seconds_count") > 1, "lag is measured")
        assert value("process_resident_memory_bytes") > 1e6
        assert dead.endpoint


def test_the_port_is_open_on_loopback_only(tmp_path: Path) -> None:
    with administered(tmp_path, more='[fleet]\nhost = "0.0.0.0"\n') as admin:
        assert admin.balancing.address("t")[0] == "0.0.0.0"
        assert admin.balancing.address("admin")[0] == "127.0.0.1"


def test_a_taken_admin_port_is_a_mistake(tmp_path: Path) -> None:
    before = open_descriptors()
    (tmp_path / "fleet.key").write_bytes(SECRET)
    with socket.create_server(("127.0.0.1", 0)) as other:
        values = {
            "balancer.heartbeat_port": 0,
            "balancer.admin_port": other.getsockname()[1],
            "fleet.data": tmp_path,
        }
        effective = Effective.load(SECTIONS).with_values(values)
        with pytest.raises(Mistake, match=r"\(admin\) is taken"):
            run_balancer(
                effective.section(FleetSettings),
                effective.section(BalancerSettings),
                [TCP],
                KEYS,
                ready=lambda _: None,
                stop_fds=[],
                effective=effective,
            )
    assert open_descriptors() == before


def test_the_process_knows_itself() -> None:
    facts = process_facts(5.0)
    assert facts.started_at == 5.0
    assert facts.cpu_s > 0
    assert facts.resident_bytes > 1e6
    assert facts.open_files > 2

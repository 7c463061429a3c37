"""The whole balancer in one process: opening, hostile heartbeats, draining, limits."""

import json
import resource
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.balancer import server as module
from holdfast.platform.balancer.policy import Weighted
from holdfast.platform.balancer.proxy_protocol import trace_of
from holdfast.platform.balancer.server import Balancer, run_balancer
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.balancer.two_choices import PeakEwma
from holdfast.platform.membership.wire import Keyring
from tests.support.balancing import (
    FLEET,
    KEYS,
    SETTINGS,
    TCP,
    UDP,
    Heart,
    TcpMember,
    UdpMember,
    ask,
    balancing,
    echo,
    open_descriptors,
    receive,
    receive_all,
    udp_client,
)
from tests.support.processes import until


def test_a_taken_port_is_a_mistake_and_nothing_stays_open() -> None:
    before = open_descriptors()
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = replace(TCP, name="seed", port=other.getsockname()[1])
        with pytest.raises(Mistake, match=f"TCP port {taken.port} .*seed.* is taken"):
            run_balancer(
                FLEET, SETTINGS, [UDP, TCP, taken], KEYS, ready=lambda _: None, stop_fds=[]
            )
    assert open_descriptors() == before


def test_a_taken_heartbeat_port_is_a_mistake_too() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        settings = replace(SETTINGS, heartbeat_port=other.getsockname()[1])
        with pytest.raises(Mistake, match=r"heartbeats.* is taken"):
            run_balancer(FLEET, settings, [TCP], KEYS, ready=lambda _: None, stop_fds=[])


def test_two_balancers_that_share_a_port_both_serve_its_clients() -> None:
    """The system deals clients out by their ports, so some go to each."""
    settings = replace(SETTINGS, copies=2)
    with ExitStack() as stack:
        one = stack.enter_context(balancing(TCP, settings=settings))
        same = replace(TCP, port=one.address("t")[1])
        other = stack.enter_context(balancing(same, settings=replace(settings, copy=2)))
        member = stack.enter_context(TcpMember(echo("a")))
        for each in (one, other):
            each.add("a", tcp_service=member.endpoint)
        for _ in range(64):
            client = stack.enter_context(one.connect())
            client.sendall(b"hello")
            assert client.recv(100)
        shares = [each.balancer._tcp.clients for each in (one, other)]
    assert sum(shares) == 64
    assert min(shares) > 0


def test_the_port_offset_is_added_to_every_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as tcp:
        port = tcp.getsockname()[1]
    fleet = replace(FLEET, port_offset=1)
    listeners = [replace(TCP, port=port - 1), replace(UDP, port=port - 1)]
    with balancing(*listeners, fleet=fleet) as b:
        assert b.address("t") == b.address("u") == ("127.0.0.1", port)


def test_it_tells_its_addresses_when_all_is_open_and_returns_when_told_to() -> None:
    ours, theirs = socket.socketpair()
    told: list[Mapping[str, str]] = []

    def ready(addresses: Mapping[str, str]) -> None:
        told.append(addresses)
        for name in ("t", "heartbeats"):
            assert int(addresses[name].rpartition(":")[2]) > 0
        ours.send(b"x")

    with ours, theirs:
        run_balancer(FLEET, SETTINGS, [TCP], KEYS, ready=ready, stop_fds=[theirs.fileno()])
    assert list(told[0]) == ["t", "heartbeats"]


def test_listeners_of_one_service_must_be_of_one_kind() -> None:
    before = open_descriptors()
    with pytest.raises(ValueError, match="differ"):
        module.Balancer(FLEET, SETTINGS, [TCP, replace(TCP, name="x", proxied=False)], KEYS)
    assert open_descriptors() == before


def test_hostile_heartbeats_change_nothing_and_stop_nothing() -> None:
    with TcpMember(echo("a")) as a, TcpMember(echo("rogue")) as rogue, balancing() as b:
        b.add("a", tcp_service=a.endpoint)
        stranger = Heart(b.heart._to, Keyring.of([b"not the fleet's key, but long enough"]))
        stranger.beat("rogue", {"tcp-service": rogue.endpoint})
        for number in range(2000):
            b.heart.say(bytes([number % 256]) * (number % 900))
        until(lambda: b.balancer._ear.rejected["unknown-key"] > 0, "the rogue was heard")
        stranger.stop()
        assert b.balancer.census()["tcp-service"] == (1, 1)
        for _ in range(4):
            with b.connect() as client:
                assert receive(client, 2) == b"a:"


def test_while_it_drains_clients_stay_and_new_ones_are_refused_by_the_system() -> None:
    with TcpMember(echo("a")) as a, balancing() as b:
        b.add("a", tcp_service=a.endpoint)
        with b.connect() as client:
            assert receive(client, 2) == b"a:"
            waiting_for = b.address("t")
            b.stop()

            def is_closed() -> bool:
                try:
                    socket.create_connection(waiting_for, timeout=5.0).close()
                except ConnectionRefusedError:
                    return True
                except ConnectionResetError:
                    return False
                return False

            until(is_closed, "the door is closed")
            client.sendall(b"still served")
            assert receive(client, 12) == b"still served"
            assert b.thread.is_alive()
        b.thread.join(10.0)
        assert not b.thread.is_alive()


def test_a_second_wish_to_stop_does_not_wait_for_anybody() -> None:
    with TcpMember(echo("a")) as a, balancing() as b:
        b.add("a", tcp_service=a.endpoint)
        with b.connect() as client:
            assert receive(client, 2) == b"a:"
            b.stop()
            b.stop()
            b.thread.join(10.0)
            assert not b.thread.is_alive()
            assert receive_all(client) == b""


def test_draining_ends_when_its_time_is_up() -> None:
    with (
        TcpMember(echo("a")) as a,
        balancing(fleet=replace(FLEET, drain_s=0.1)) as b,
        b.connect() as client,
    ):
        b.add("a", tcp_service=a.endpoint)
        assert receive(client, 2) == b"a:"
        b.stop()
        b.thread.join(10.0)
        assert not b.thread.is_alive()


def test_waiting_clients_are_told_when_it_stops() -> None:
    patient = replace(SETTINGS, wait_for_member_s=30.0)
    with balancing(settings=patient) as b, b.connect() as client:
        until(lambda: b.balancer._tcp.clients == 1, "it waits")
        b.stop()
        assert receive_all(client) == TCP.refusal


def test_the_end_of_a_stop_descriptor_is_a_wish_to_stop() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        run_balancer(
            FLEET,
            SETTINGS,
            [TCP],
            KEYS,
            ready=lambda _: ours.close(),
            stop_fds=[theirs.fileno()],
        )


def test_no_more_connections_are_promised_than_there_are_descriptors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limits = [(64, 100)]

    def set_limit(_which: int, fresh: tuple[int, int]) -> None:
        limits.append(fresh)

    monkeypatch.setattr(resource, "getrlimit", lambda _: limits[-1])
    monkeypatch.setattr(resource, "setrlimit", set_limit)
    assert module._fit_to_descriptors(BalancerSettings(connections=1000)).connections == 37
    assert limits[-1] == (100, 100), "the process first takes what it may have"
    assert module._fit_to_descriptors(BalancerSettings(connections=10)).connections == 10
    limits.append((resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert module._fit_to_descriptors(BalancerSettings(connections=1000)).connections == 1000


def test_the_state_line_tells_who_is_there(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="holdfast")
    often = replace(SETTINGS, state_every_s=0.1)
    with TcpMember(echo("a")) as a, balancing(settings=often) as b:
        b.add("a", tcp_service=a.endpoint)
        b.heart.drain("a")
        b.heart.beat("a", {"tcp-service": a.endpoint}, incarnation=2)
        b.heart.beat("a", {"tcp-service": ("127.0.0.1", 9)}, incarnation=2)
        b.heart.leave("a")

        def events() -> set[str]:
            return {record.msg for record in caplog.records}

        until(lambda: {"state", "member_gone"} <= events(), "it was told")
        assert {"member_joined", "member_draining", "member_restarted", "member_moved"} <= events()


def test_each_connection_and_flow_that_is_over_has_a_line_with_its_nodes_trace_id(
    tmp_path: Path,
) -> None:
    file = tmp_path / "access.log"
    settings = replace(SETTINGS, access_log=str(file), udp_flows=1)
    json_lines = replace(FLEET, log_format="json")
    with ExitStack() as stack:
        tcp, udp = stack.enter_context(TcpMember(echo("a"))), stack.enter_context(UdpMember("a"))
        b = stack.enter_context(balancing(settings=settings, fleet=json_lines))
        b.add("a", tcp_service=tcp.endpoint, udp_service=udp.endpoint)
        with b.connect() as client:
            own = "{}:{}".format(*client.getsockname())
            client.sendall(b"hello")
            assert receive(client, 7) == b"a:hello"
        for _ in range(2):  # the second flow pushes the first one out
            with udp_client() as datagrams:
                ask(datagrams, b.address("u"), b"x")

        def lines() -> dict[str, dict[str, object]]:
            found = [json.loads(line) for line in file.read_text().splitlines()]
            return {line["event"]: line for line in found}

        until(lambda: set(lines()) == {"connection", "flow"}, "both are told")
        connection, flow = lines()["connection"], lines()["flow"]
        assert (connection["client"], connection["node"], connection["end"]) == (
            own,
            "a",
            "finished",
        )
        assert (connection["client_bytes"], connection["node_bytes"]) == (5, 7)
        assert connection["trace"] == trace_of(tcp.served[0].tlvs)
        assert (flow["listener"], flow["node"], flow["end"]) == ("u", "a", "evicted")
        assert flow["trace"] == trace_of(udp.got[0][0].tlvs)


def test_a_refused_client_has_a_line_without_a_node(tmp_path: Path) -> None:
    file = tmp_path / "access.log"
    settings = replace(SETTINGS, access_log=str(file), wait_for_member_s=0.0)
    with balancing(settings=settings) as b, b.connect() as client:
        assert receive_all(client) == TCP.refusal
    assert "node=none end=nobody" in file.read_text()


def test_a_log_that_cannot_be_made_is_a_mistake_and_nothing_stays_open(tmp_path: Path) -> None:
    before = open_descriptors()
    settings = replace(SETTINGS, access_log=str(tmp_path / "nowhere" / "log"))
    with pytest.raises(Mistake, match=r"balancer\.access_log"):
        module.Balancer(FLEET, settings, [TCP], KEYS)
    assert open_descriptors() == before


def test_a_service_gets_the_policy_it_wishes_for_unless_the_operator_knows_better() -> None:
    wishing = [replace(TCP, policy="affinity"), replace(UDP, policy="weighted")]
    settings = replace(SETTINGS, policy="", policies=("tcp-service=peak-ewma",))
    with balancing(*wishing, settings=settings) as b:
        services = b.balancer._pool._services
        assert isinstance(services["tcp-service"].policy, PeakEwma)
        assert isinstance(services["udp-service"].policy, Weighted)


def test_an_unknown_policy_is_a_mistake_before_anything_is_opened() -> None:
    before = open_descriptors()
    with pytest.raises(Mistake, match="least-connections"):
        Balancer(FLEET, replace(SETTINGS, policies=("tcp-service=best",)), [TCP], KEYS)
    assert open_descriptors() == before

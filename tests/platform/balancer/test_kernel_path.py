"""docs/reference/kernel-path.md: what the kernel carries, what it does not, and what happens then.

What both data paths promise alike is in test_data_paths.py.
"""

import logging
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from holdfast.platform.balancer import kernel_path, kernel_rules
from holdfast.platform.balancer.kernel_path import State
from holdfast.platform.membership.keys import load_keyring
from holdfast.platform.runtime.app import Listener
from tests.support.balancing import (
    FLEET,
    SETTINGS,
    TCP,
    Balancing,
    Heart,
    Serve,
    TcpMember,
    balancing,
    deaf_endpoint,
    echo,
    receive,
    receive_all,
)
from tests.support.namespaces import inside, ip, join, namespace
from tests.support.processes import until
from tests.support.restarting import restartable

pytestmark = pytest.mark.processes

PLAIN = replace(TCP, proxied=False)
KERNEL = replace(SETTINGS, data_path="kernel")


@pytest.fixture
def space() -> Iterator[str]:
    with namespace("nft", "conntrack") as name, inside(name):
        yield name


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, logger="holdfast")
    return caplog


def why(told: pytest.LogCaptureFixture, event: str) -> list[str]:
    """The log's lines of one kind, whole."""
    return [str(record.__dict__) for record in told.records if record.msg == event]


def leads_to(b: Balancing, *members: TcpMember, listener: str = "t") -> None:
    """Wait until the kernel brings a listener's clients to exactly these members."""
    wanted = {member.endpoint for member in members}
    until(lambda: set(b.balancer.kernel.shares().get(listener, {})) == wanted, "the kernel's table")


def ruleset() -> str:
    return subprocess.run(
        ["nft", "list", "ruleset"], capture_output=True, text=True, check=True
    ).stdout


def test_by_default_nothing_is_programmed(space: str) -> None:
    with TcpMember(echo("a"), proxied=False) as a, balancing(PLAIN) as b:
        b.add("a", tcp_service=a.endpoint)
        with b.connect() as client:
            assert receive(client, 2) == b"a:"
        assert b.balancer.kernel.told() == {}
        assert ruleset() == ""


def test_the_table_is_there_while_the_balancer_is_and_gone_with_it(space: str) -> None:
    with TcpMember(echo("a"), proxied=False) as a, balancing(PLAIN, settings=KERNEL) as b:
        b.add("a", tcp_service=a.endpoint)
        leads_to(b, a)
        port = b.balancer.addresses["heartbeats"].rpartition(":")[2]
        assert f"table inet holdfast_{port} " in ruleset()
        state = b.balancer.kernel.told()
        assert (state["kernel"], state["kernel_listeners"]) == ("kernel", "t")
    assert ruleset() == ""


def test_listeners_that_need_the_bytes_stay_on_the_relay(
    space: str, told: pytest.LogCaptureFixture
) -> None:
    header, udp = replace(TCP, name="h", service="other"), Listener("u", "udp", 0, "udp-service")
    with (
        TcpMember(echo("a"), proxied=False) as a,
        TcpMember(echo("h")) as h,
        balancing(PLAIN, header, udp, settings=KERNEL) as b,
    ):
        b.add("a", tcp_service=a.endpoint)
        b.add("h", other=h.endpoint)
        leads_to(b, a)
        with b.connect("h") as client:
            assert receive(client, 2) == b"h:"
        assert b.balancer._counters.accepted == 1
        assert set(b.balancer.kernel.stays) == {"h", "u"}
        assert b.balancer.kernel.carried == ["t"]


def test_what_the_relay_keeps_the_bytes_for_stays_even_when_it_is_named() -> None:
    named = replace(KERNEL, kernel_services=("tcp-service",))
    assert kernel_path._obstacle(replace(PLAIN, replayable=False), named) is None
    assert "keeps the bytes" in str(kernel_path._obstacle(replace(PLAIN, replayable=True), named))
    believed = replace(named, trusted_upstreams=("10.0.0.0/8",))
    assert "only the relay reads" in str(kernel_path._obstacle(PLAIN, believed))


def test_with_no_listener_that_qualifies_it_says_so_and_relays(
    space: str, told: pytest.LogCaptureFixture
) -> None:
    with TcpMember(echo("a")) as a, balancing(TCP, settings=KERNEL) as b:
        b.add("a", tcp_service=a.endpoint)
        with b.connect() as client:
            assert receive(client, 2) == b"a:"
        assert ruleset() == ""
    (line,) = why(told, "kernel_path_unused")
    assert "no listener qualifies: t: its members expect a PROXY header" in line


def test_a_service_without_headers_may_be_named(space: str) -> None:
    named = replace(KERNEL, kernel_services=("tcp-service",))
    with TcpMember(echo("a"), proxied=False) as a, balancing(TCP, settings=named) as b:
        b.add("a", tcp_service=a.endpoint)
        leads_to(b, a)
        with b.connect() as client:
            assert receive(client, 2) == b"a:"


def test_without_the_programs_it_says_what_to_install_and_relays(
    told: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel_path, "found", lambda _: None)
    with TcpMember(echo("a"), proxied=False) as a, balancing(PLAIN, settings=KERNEL) as b:
        b.add("a", tcp_service=a.endpoint)
        with b.connect() as client:
            assert receive(client, 2) == b"a:"
    (line,) = why(told, "kernel_path_unused")
    assert "apt install nftables conntrack" in line


@pytest.mark.parametrize(("wish", "level"), [("kernel", "WARNING"), ("auto", "INFO")])
def test_without_the_rights_it_says_how_to_get_them_and_relays(
    tmp_path: Path,
    told: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    wish: str,
    level: str,
) -> None:
    program = tmp_path / "nft"
    program.write_text("#!/bin/sh\necho 'Error: Operation not permitted' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setattr(kernel_path, "found", lambda _: str(program))
    settings = replace(KERNEL, data_path=wish)
    with TcpMember(echo("a"), proxied=False) as a, balancing(PLAIN, settings=settings) as b:
        b.add("a", tcp_service=a.endpoint)
        until(lambda: b.balancer.kernel.state is State.FAILED, "it was refused")
        with b.connect() as client:
            assert receive(client, 2) == b"a:"
    (line,) = why(told, "kernel_path_unused")
    assert "CAP_NET_ADMIN" in line
    assert level in line


def test_a_table_that_vanishes_costs_no_client_and_is_made_again(
    space: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel_path, "RETRY_AFTER_S", 0.3)
    with (
        TcpMember(echo("a"), proxied=False) as a,
        TcpMember(echo("b"), proxied=False) as second,
        balancing(PLAIN, settings=KERNEL) as b,
    ):
        b.add("a", tcp_service=a.endpoint)
        leads_to(b, a)
        subprocess.run(["nft", "flush", "ruleset"], check=True)
        with b.connect() as client:
            assert receive(client, 2) == b"a:"
        assert b.balancer._counters.accepted == 1, "the relay was under it"
        b.add("b", tcp_service=second.endpoint)
        until(lambda: b.balancer.kernel.state is State.FAILED, "the change could not be written")
        leads_to(b, a, second)


def test_a_balancer_that_stops_after_a_change_failed_waits_for_its_clients(
    space: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TcpMember(echo("a"), proxied=False) as a, balancing(PLAIN, settings=KERNEL) as b:
        b.add("a", tcp_service=a.endpoint)
        leads_to(b, a)
        with b.connect() as client:
            assert receive(client, 2) == b"a:"
            with monkeypatch.context() as patch:
                patch.setattr(kernel_rules, "update", lambda *_: "no such command")
                b.balancer.kernel.reconfigure(KERNEL)
                until(lambda: b.balancer.kernel.state is State.FAILED, "the change failed")
            b.stop()
            until(lambda: b.balancer.kernel.holds_clients, "it waits")
            client.sendall(b"still here")
            assert receive(client, 10) == b"still here"
        until(lambda: not b.thread.is_alive(), "it stops when they have gone")


def test_rules_of_a_balancer_that_is_no_more_fall_through_to_whoever_listens(
    space: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel_rules, "LEASE_S", 2)
    with (
        TcpMember(echo("a"), proxied=False) as a,
        TcpMember(echo("listener"), proxied=False) as listener,
    ):
        place = kernel_rules.Place(4, kernel_rules.Side.LOOPBACK)
        port = listener.endpoint[1]
        door = kernel_rules.Door(port, "127.0.0.1", place, kernel_rules.Spread.TURNS, (a.endpoint,))
        table = kernel_rules.Table("holdfast_1", token=1, idle_s=60, per_client=9)
        for text in (
            kernel_rules.begin(table, [door.gate]),
            kernel_rules.update(table, [door], [door.gate]),
        ):
            subprocess.run(["nft", "-f", "-"], input=text.encode(), check=True)
        seen = []

        def falls_through() -> bool:
            with socket.create_connection(listener.endpoint, timeout=5.0) as client:
                seen.append(client.recv(1))
            return seen[-1] == b"l"

        until(falls_through, "the lease is over")
        assert seen[0] == b"a"


def test_a_successor_takes_the_table_over_and_clients_inside_do_not_notice(space: str) -> None:
    with (
        TcpMember(echo("a"), proxied=False) as a,
        TcpMember(echo("b"), proxied=False) as second,
        balancing(PLAIN, settings=KERNEL) as b,
    ):
        b.add("a", tcp_service=a.endpoint)
        leads_to(b, a)
        kernel, port = b.balancer.kernel, b.address("t")[1]
        with b.connect() as client:
            assert receive(client, 2) == b"a:"
            successor = replace(kernel._table, token=kernel._table.token % 1_000 + 1)
            text = kernel_rules.begin(successor, [("tcp", port)])
            subprocess.run(["nft", "-f", "-"], input=text.encode(), check=True)
            b.add("b", tcp_service=second.endpoint)
            until(lambda: kernel.state is State.FAILED, "it notices at its next change")
            client.sendall(b"still here")
            assert receive(client, 10) == b"still here"
            kernel.retire()
        b.stop()
        b.thread.join(10.0)
        assert f"elements = {{ {successor.token:#010x} }}" in ruleset(), "it is not removed"


def test_clients_inside_outlive_a_hot_restart_and_a_crash(space: str, tmp_path: Path) -> None:
    wish = {"DATA_PATH": "kernel", "KERNEL_SERVICES": "tcp-service", "KERNEL_PROGRAMS": ""}
    environment = {f"HOLDFAST_BALANCER_{key}": value for key, value in wish.items()}
    with ExitStack() as stack:
        a = stack.enter_context(TcpMember(echo("a"), proxied=False))
        running = stack.enter_context(restartable(tmp_path, **environment))
        heart = Heart(running.addresses["heartbeats"], load_keyring(tmp_path / "fleet.key"))
        stack.callback(heart.stop)
        heart.beat("a", {"tcp-service": a.endpoint})
        until(lambda: "dnat ip to" in ruleset(), "the kernel carries")

        def connect() -> socket.socket:
            client = socket.create_connection(running.addresses["t"], timeout=10.0)
            return stack.enter_context(client)

        def is_served(client: socket.socket) -> None:
            client.sendall(b"still here")
            assert receive(client, 10) == b"still here"

        first = connect()
        assert receive(first, 2) == b"a:"
        owner = token()
        running.child.signal(signal.SIGUSR2)
        until(lambda: token() != owner and "dnat ip to" in ruleset(), "a successor carries")
        is_served(first)
        second = connect()
        assert receive(second, 2) == b"a:"
        os.killpg(running.child.process.pid, signal.SIGKILL)
        running.child.process.wait(10.0)
        is_served(first)
        is_served(second)
        assert receive(connect(), 2) == b"a:", "its rules last for a while"


def token() -> str:
    """Whose the table is."""
    return ruleset().partition("type mark")[2].partition("}")[0]


def test_a_member_that_is_removed_loses_its_clients_and_they_are_told(space: str) -> None:
    with TcpMember(echo("a"), proxied=False) as a, balancing(PLAIN, settings=KERNEL) as b:
        b.add("a", tcp_service=a.endpoint)
        leads_to(b, a)
        with b.connect() as client:
            assert receive(client, 2) == b"a:"
            b.heart.leave("a")

            def cut() -> bool:
                try:
                    client.sendall(b"x")
                    return not client.recv(1)
                except ConnectionError:
                    return True

            until(cut, "the flow is cut")


def test_a_machine_that_is_silent_keeps_no_client_waiting_for_long(space: str) -> None:
    """A first packet that nobody answers is sent again by the client's own system, and by then the
    kernel has forgotten where the first one went."""
    hasty = replace(KERNEL, connect_timeout_s=0.5)
    with (
        TcpMember(echo("b"), proxied=False) as live,
        deaf_endpoint() as silent,
        balancing(PLAIN, settings=hasty) as b,
        ExitStack() as stack,
    ):
        b.add("a", tcp_service=silent)
        b.add("b", tcp_service=live.endpoint)
        both = {live.endpoint, silent}
        until(lambda: set(b.balancer.kernel.shares().get("t", {})) == both, "it leads to both")
        clients = [stack.enter_context(b.connect()) for _ in range(2)]
        assert {receive(client, 2) for client in clients} == {b"b:"}
        assert b.balancer._counters.accepted == 0


def test_a_client_with_too_many_connections_is_the_relays_and_then_refused(space: str) -> None:
    few = replace(KERNEL, connections_per_client=2)
    with (
        TcpMember(echo("a"), proxied=False) as a,
        balancing(PLAIN, settings=few) as b,
        ExitStack() as stack,
    ):
        b.add("a", tcp_service=a.endpoint)
        leads_to(b, a)
        clients = [stack.enter_context(b.connect()) for _ in range(5)]
        answers = [receive(client, 2) for client in clients]
        assert answers[:4] == [b"a:"] * 4
        assert answers[4] + receive_all(clients[4]) == PLAIN.busy
        assert b.balancer._counters.accepted == 2


def test_a_client_that_comes_too_often_is_the_relays_and_then_refused(space: str) -> None:
    slow = replace(KERNEL, connection_rate_per_client=0.2, rate_burst_s=10.0, rate_exempt=())
    with TcpMember(echo("a"), proxied=False) as a, balancing(PLAIN, settings=slow) as b:
        b.add("a", tcp_service=a.endpoint)
        leads_to(b, a)
        answers = []
        for _ in range(5):
            with b.connect() as client:
                answers.append(receive(client, 2))
        assert answers[:4] == [b"a:"] * 4
        assert answers[4] == PLAIN.busy[:2]
        b.balancer.kernel.reconfigure(replace(slow, connection_rate_per_client=0.0))
        until(lambda: "add @pace4" not in ruleset(), "other limits hold")


def test_clients_let_in_are_counted(space: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernel_path, "COUNT_EVERY_S", 0.1)
    with TcpMember(echo("a"), proxied=False) as a, balancing(PLAIN, settings=KERNEL) as b:
        b.add("a", tcp_service=a.endpoint)
        leads_to(b, a)
        for _ in range(3):
            with b.connect() as client:
                receive(client, 2)
        until(lambda: b.balancer.kernel.accepted == {"t": 3}, "they are counted")
        assert b.balancer.kernel.told()["kernel_accepted"] == 3


def test_ipv6_loopback_is_carried_too(space: str) -> None:
    fleet = replace(FLEET, host="::1")
    with (
        TcpMember(echo("a"), proxied=False, host="::1") as a,
        balancing(PLAIN, settings=KERNEL, fleet=fleet) as b,
    ):
        b.add("a", tcp_service=a.endpoint)
        leads_to(b, a)
        with b.connect() as client:
            assert receive(client, 2) == b"a:"
        assert b.balancer._counters.accepted == 0


@dataclass
class Lan:
    """Three machines in a row: clients (10.1.0.2), the balancer (10.1.0.1, 10.2.0.1), nodes
    (10.2.0.2 and 10.2.0.3), as namespaces."""

    clients: str
    balancer: str
    nodes: str

    def connect(self, b: Balancing) -> socket.socket:
        """A client of the other machine."""
        with inside(self.clients):
            return socket.create_connection(("10.1.0.1", b.address("t")[1]), timeout=10.0)

    @contextmanager
    def member(self, name: str, host: str) -> Iterator[TcpMember]:
        """A member on the nodes' machine; it tells where it sees its client come from."""
        with ExitStack() as stack:
            with inside(self.nodes):
                member = TcpMember(seen_from(name), proxied=False, host=host)
                stack.enter_context(member)
            yield member


def seen_from(name: str) -> Serve:
    def serve(client: socket.socket, _header: object) -> None:
        client.sendall(f"{name} {client.getpeername()[0]}\n".encode())
        while data := client.recv(65536):
            client.sendall(data)

    return serve


@pytest.fixture
def lan() -> Iterator[Lan]:
    with ExitStack() as stack:
        names = [stack.enter_context(namespace("nft", "conntrack")) for _ in range(3)]
        clients, middle, nodes = names
        join(clients, middle, ("10.1.0.2/24", "10.1.0.1/24"))
        join(middle, nodes, ("10.2.0.1/24", "10.2.0.2/24"))
        ip("-n", nodes, "addr", "add", "10.2.0.3/32", "dev", "lo")
        ip("-n", middle, "route", "add", "10.2.0.3/32", "via", "10.2.0.2")
        yield Lan(clients, middle, nodes)


def forward(space: str) -> None:
    """Let a machine forward packets."""
    with inside(space):
        Path("/proc/sys/net/ipv4/ip_forward").write_text("1")


WIDE = replace(FLEET, host="0.0.0.0")


def test_members_on_other_machines_are_reached_and_see_the_balancers_address(lan: Lan) -> None:
    forward(lan.balancer)
    with (
        lan.member("a", "10.2.0.2") as a,
        lan.member("b", "10.2.0.3") as other,
        inside(lan.balancer),
        balancing(PLAIN, settings=KERNEL, fleet=WIDE) as b,
    ):
        b.add("a", tcp_service=a.endpoint)
        b.add("b", tcp_service=other.endpoint)
        leads_to(b, a, other)
        seen = []
        for _ in range(4):
            with lan.connect(b) as client:
                seen.append(client.recv(100))
        assert sorted(seen) == [b"a 10.2.0.1\n"] * 2 + [b"b 10.2.0.1\n"] * 2
        other.die()
        for _ in range(3):
            with lan.connect(b) as client:
                assert client.recv(100) == b"a 10.2.0.1\n"
        assert b.balancer._counters.accepted == 0


def test_where_the_balancer_is_the_gateway_members_see_the_clients_address(lan: Lan) -> None:
    forward(lan.balancer)
    ip("-n", lan.nodes, "route", "add", "default", "via", "10.2.0.1")
    gateway = replace(KERNEL, kernel_gateway=True)
    with (
        lan.member("a", "10.2.0.2") as a,
        inside(lan.balancer),
        balancing(PLAIN, settings=gateway, fleet=WIDE) as b,
    ):
        b.add("a", tcp_service=a.endpoint)
        leads_to(b, a)
        with lan.connect(b) as client:
            assert client.recv(100) == b"a 10.1.0.2\n"


def test_a_machine_that_forwards_nothing_relays_and_says_what_to_change(
    lan: Lan, told: pytest.LogCaptureFixture
) -> None:
    with (
        lan.member("a", "10.2.0.2") as a,
        inside(lan.balancer),
        balancing(PLAIN, settings=KERNEL, fleet=WIDE) as b,
    ):
        b.add("a", tcp_service=a.endpoint)
        until(lambda: "t" in b.balancer.kernel.stays, "it was decided")
        with lan.connect(b) as client:
            assert client.recv(100) == b"a 10.2.0.1\n"
        assert b.balancer._counters.accepted == 1
        until(
            lambda: any("ip_forward=1" in line for line in why(told, "relay_carries")),
            "it was told",
        )

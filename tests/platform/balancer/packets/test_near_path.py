"""docs/reference/kernel-path.md: members on this machine are reached by a packet program. What all
data paths promise alike is in test_data_paths.py; here is what this one does by itself."""

import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from holdfast.platform.balancer import kernel_path, kernel_probes
from holdfast.platform.balancer.kernel_choice import Place, Side
from holdfast.platform.balancer.kernel_rules import Door
from holdfast.platform.balancer.kernel_shares import Spread
from holdfast.platform.balancer.packets import calls, near_path
from holdfast.platform.balancer.packets import steering as steering_module
from holdfast.platform.balancer.packets.steering import SOURCES, Steering
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.membership.keys import load_keyring
from holdfast.platform.runtime.app import Listener
from tests.support.balancing import (
    SETTINGS,
    TCP,
    Balancing,
    Heart,
    TcpMember,
    balancing,
    deaf_endpoint,
    echo,
    receive,
    receive_all,
)
from tests.support.fast_path import Storm, reset, serve
from tests.support.namespaces import inside, namespace
from tests.support.packets import packet_programs
from tests.support.processes import until
from tests.support.restarting import restartable

pytestmark = pytest.mark.processes

PLAIN = replace(TCP, proxied=False)


@pytest.fixture
def folder() -> Iterator[Path]:
    with namespace("mount") as space, inside(space), packet_programs() as place:
        yield place


@pytest.fixture
def near(folder: Path) -> BalancerSettings:
    return replace(SETTINGS, data_path="kernel", kernel_programs=str(folder))


def leads_to(b: Balancing, *members: TcpMember) -> None:
    wanted = {member.endpoint for member in members}
    until(lambda: set(b.balancer.kernel.shares().get("t", {})) == wanted, "it leads there")


def steering(b: Balancing) -> Steering:
    found = b.balancer.kernel._near._steering
    assert found is not None
    return found


def ours(folder: Path) -> list[Path]:
    """What balancers have named there."""
    return list(folder.glob("holdfast_*"))


def test_without_any_table_of_nftables_a_client_reaches_its_member_and_nothing_stays(
    near: BalancerSettings, folder: Path
) -> None:
    with TcpMember(echo("a"), proxied=False) as a, balancing(PLAIN, settings=near) as b:
        b.add("a", tcp_service=a.endpoint)
        leads_to(b, a)
        with b.connect() as client:
            assert receive(client, 2) == b"a:"
            assert client.getpeername() == b.address("t")
            assert not steering(b).is_empty
        assert b.balancer._counters.accepted == 0
        until(lambda: steering(b).is_empty, "the client is gone")
        assert ours(folder) != []
        assert b.balancer.kernel.told()["kernel"] == "kernel"
    assert ours(folder) == []


def test_where_the_folder_is_no_place_for_programs_nftables_does_it(
    near: BalancerSettings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", logger="holdfast")
    elsewhere = replace(near, kernel_programs=str(tmp_path))
    with TcpMember(echo("a"), proxied=False) as a, balancing(PLAIN, settings=elsewhere) as b:
        b.add("a", tcp_service=a.endpoint)
        leads_to(b, a)
        with b.connect() as client:
            assert receive(client, 2) == b"a:"
        assert b.balancer._counters.accepted == 0
    (line,) = [
        record.__dict__ for record in caplog.records if record.msg == "packet_program_unused"
    ]
    assert f"mount -t bpf -o mode=700 bpf {tmp_path}" in str(line)


@pytest.mark.parametrize(
    "told",
    [
        {"policy": "affinity"},
        {"connection_rate_per_client": 5.0, "rate_exempt": ()},
    ],
    ids=["affinity", "rates"],
)
def test_what_the_program_does_not_do_is_left_to_nftables(
    near: BalancerSettings, told: dict[str, object]
) -> None:
    settings = replace(near, **told)  # type: ignore[arg-type]
    with TcpMember(echo("a"), proxied=False) as a, balancing(PLAIN, settings=settings) as b:
        b.add("a", tcp_service=a.endpoint)
        leads_to(b, a)
        with b.connect() as client:
            assert receive(client, 2) == b"a:"
        assert b.balancer._counters.accepted == 0
        assert b.balancer.kernel._near.doors == {}


def test_one_listener_by_the_program_and_one_by_nftables(near: BalancerSettings) -> None:
    six = Listener("s", "tcp", 0, "six", proxied=False)
    with (
        TcpMember(echo("a"), proxied=False) as a,
        TcpMember(echo("b"), proxied=False) as b1,
        balancing(PLAIN, six, settings=replace(near, policies=("six=affinity",))) as b,
    ):
        b.add("a", tcp_service=a.endpoint)
        b.add("b", six=b1.endpoint)
        until(lambda: set(b.balancer.kernel.carried) == {"t", "s"}, "both are carried")
        for name, answer in (("t", b"a:"), ("s", b"b:")):
            with b.connect(name) as client:
                assert receive(client, 2) == answer
        assert b.balancer._counters.accepted == 0


def test_when_nftables_fails_the_program_goes_on_and_its_clients_are_waited_for(
    near: BalancerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel_path, "found", lambda _: "/bin/false")
    monkeypatch.setattr(kernel_path, "RETRY_AFTER_S", 0.2)
    six = Listener("s", "tcp", 0, "six", proxied=False)
    settings = replace(near, policies=("six=affinity",))
    with TcpMember(echo("a"), proxied=False) as a, balancing(PLAIN, six, settings=settings) as b:
        b.add("a", tcp_service=a.endpoint)
        leads_to(b, a)
        b.add("b", six=a.endpoint)
        until(lambda: "s" in b.balancer.kernel.stays, "nftables has failed")
        with b.connect() as client, b.connect("s") as other:
            assert (receive(client, 2), receive(other, 2)) == (b"a:", b"a:")
            assert b.balancer._counters.accepted == 1, "of the other listener"
            other.close()
            time.sleep(0.5)  # it is tried again, twice or so
            until(lambda: b.balancer.kernel.carried == ["t"], "the program goes on")
            b.stop()
            until(lambda: b.balancer.kernel.holds_clients, "it waits")
            client.sendall(b"still here")
            assert receive(client, 10) == b"still here"


def test_a_client_with_too_many_connections_is_the_relays_and_then_refused(
    near: BalancerSettings,
) -> None:
    few = replace(near, connections_per_client=2)
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
        clients[0].close()
        reset(clients[1])
        until(lambda: len(list(steering(b).flows())) == 0, "ends and resets are counted")
        with b.connect() as client:
            assert receive(client, 2) == b"a:"
        assert b.balancer._counters.accepted == 2


def test_a_refusal_is_kept_from_the_client_which_then_reaches_another(
    near: BalancerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel_probes, "PROBE_EVERY_S", 60.0)  # nobody else finds it out
    with TcpMember(echo("b"), proxied=False) as live, balancing(PLAIN, settings=near) as b:
        dead = b.add_dead("dead")
        b.add("b", tcp_service=live.endpoint)
        both = {live.endpoint, dead.endpoint}
        until(lambda: set(b.balancer.kernel.shares().get("t", {})) == both, "it leads to both")
        for _ in range(3):
            with b.connect() as client:
                assert receive(client, 2) == b"b:"
        assert b.balancer._counters.accepted == 0


def test_a_machine_that_is_silent_keeps_no_client_waiting_for_long(near: BalancerSettings) -> None:
    hasty = replace(near, connect_timeout_s=0.5)
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


def test_a_member_that_is_removed_loses_its_clients_and_they_are_told(
    near: BalancerSettings,
) -> None:
    with TcpMember(echo("a"), proxied=False) as a, balancing(PLAIN, settings=near) as b:
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
            assert steering(b).is_empty


def test_a_client_that_speaks_with_a_member_itself_is_left_alone(near: BalancerSettings) -> None:
    with TcpMember(echo("a"), proxied=False) as a, balancing(PLAIN, settings=near) as b:
        b.add("a", tcp_service=a.endpoint)
        leads_to(b, a)
        with (
            socket.create_connection(a.endpoint, 5.0) as direct,
            b.connect() as led,
        ):
            assert receive(direct, 2) == b"a:"
            assert direct.getpeername() == a.endpoint
            assert receive(led, 2) == b"a:"
            direct.sendall(b"one")
            led.sendall(b"two")
            assert receive(direct, 3) == b"one"
            assert receive(led, 3) == b"two"


def test_from_one_port_a_client_speaks_with_a_door_and_with_its_member(
    near: BalancerSettings,
) -> None:
    """All of this machine have one address: a led client must not look like a direct one."""
    with TcpMember(echo("a"), proxied=False) as a, balancing(PLAIN, settings=near) as b:
        b.add("a", tcp_service=a.endpoint)
        leads_to(b, a)
        with socket.socket() as led, socket.socket() as direct:
            for sock in (led, direct):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                sock.settimeout(5.0)
            led.bind(("127.0.0.1", 0))
            led.connect(b.address("t"))
            direct.bind(led.getsockname())
            direct.connect(a.endpoint)
            for client in (led, direct):
                assert receive(client, 2) == b"a:"
                client.sendall(b"hello")
                assert receive(client, 5) == b"hello"
        assert b.balancer._counters.accepted == 0


def test_in_a_storm_no_byte_is_lost_and_nobody_is_left_behind(near: BalancerSettings) -> None:
    with (
        TcpMember(serve, proxied=False) as a,
        TcpMember(serve, proxied=False) as b1,
        balancing(PLAIN, settings=near) as b,
    ):
        b.add("a", tcp_service=a.endpoint)
        b.add("b", tcp_service=b1.endpoint)
        leads_to(b, a, b1)
        storm = Storm(b.address("t"), refusal=b"", seed=5)
        storm.run(150)
        assert storm.problems == []
        until(lambda: steering(b).is_empty, "nobody is inside")
        assert counted(b) == 0
        assert b.balancer._counters.accepted == 0


def counted(b: Balancing) -> int:
    """Connections of all clients, as the program counts them."""
    maps = steering(b)._maps
    return sum(int.from_bytes(n, sys.byteorder) for _, n in calls.entries(maps["clients"], 8, 8))


def test_two_clients_that_would_look_alike_are_both_served(near: BalancerSettings) -> None:
    with TcpMember(echo("a"), proxied=False) as a, balancing(PLAIN, settings=near) as b:
        b.add("a", tcp_service=a.endpoint)
        leads_to(b, a)
        with b.connect() as one, socket.socket() as two:
            assert receive(one, 2) == b"a:"
            two.bind(("127.0.0.7", one.getsockname()[1]))
            two.settimeout(5.0)
            two.connect(b.address("t"))
            assert receive(two, 2) == b"a:"
            for client in (one, two):
                client.sendall(b"hello")
                assert receive(client, 5) == b"hello"
        assert b.balancer._counters.accepted == 1, "the second one by the relay"


def test_members_see_the_doors_own_address(near: BalancerSettings) -> None:
    with TcpMember(echo("a"), proxied=False) as a, balancing(PLAIN, settings=near) as b:
        b.add("a", tcp_service=a.endpoint)
        leads_to(b, a)
        with b.connect() as client:
            assert receive(client, 2) == b"a:"
            port = int(b.balancer.addresses["heartbeats"].rpartition(":")[2])
            own = socket.inet_ntoa((SOURCES | port << 6).to_bytes(4))
            assert a.clients[-1].getpeername() == (own, client.getsockname()[1])


def test_a_member_at_another_address_of_loopback_is_reached(near: BalancerSettings) -> None:
    member = TcpMember(echo("a"), proxied=False, host="127.0.0.2")
    with member as a, balancing(PLAIN, settings=near) as b:
        b.add("a", tcp_service=a.endpoint)
        leads_to(b, a)
        with b.connect() as client:
            data = bytes(range(256)) * 2_000
            client.sendall(data)
            assert receive(client, 2 + len(data)) == b"a:" + data
            assert client.getpeername() == b.address("t")
        assert b.balancer._counters.accepted == 0


def test_clients_let_in_are_counted(
    near: BalancerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel_path, "COUNT_EVERY_S", 0.1)
    with TcpMember(echo("a"), proxied=False) as a, balancing(PLAIN, settings=near) as b:
        b.add("a", tcp_service=a.endpoint)
        leads_to(b, a)
        for _ in range(3):
            with b.connect() as client:
                receive(client, 2)
        until(lambda: b.balancer.kernel.accepted == {"t": 3}, "they are counted")


def test_a_silent_client_is_forgotten_after_the_idle_time_out_and_others_stay(
    near: BalancerSettings,
) -> None:
    brief = replace(near, idle_timeout_s=2.5)
    with TcpMember(echo("a"), proxied=False) as a, balancing(PLAIN, settings=brief) as b:
        b.add("a", tcp_service=a.endpoint)
        leads_to(b, a)
        with b.connect() as silent, b.connect() as busy:
            assert (receive(silent, 2), receive(busy, 2)) == (b"a:", b"a:")

            def one_left() -> bool:
                busy.sendall(b"x")
                assert receive(busy, 1) == b"x"
                time.sleep(0.1)
                return len(list(steering(b).flows())) == 1

            until(one_left, "the silent one is forgotten")
            counted = b.balancer.kernel._near
            assert counted.doors
            busy.sendall(b"still here")
            assert receive(busy, 10) == b"still here"


def test_a_wrong_count_is_set_right(near: BalancerSettings) -> None:
    with TcpMember(echo("a"), proxied=False) as a, balancing(PLAIN, settings=near) as b:
        b.add("a", tcp_service=a.endpoint)
        leads_to(b, a)
        with b.connect() as client:
            assert receive(client, 2) == b"a:"
            (flow,) = steering(b).flows()
            calls.update(steering(b)._maps["clients"], flow.count, (7).to_bytes(8, sys.byteorder))
            assert list(steering(b).sweep(60.0)) == []
            assert steering(b).count_of(flow.count) == 1


def test_a_count_is_left_alone_while_clients_come(
    near: BalancerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steering_module, "STEP", 1)
    with TcpMember(echo("a"), proxied=False) as a, balancing(PLAIN, settings=near) as b:
        b.add("a", tcp_service=a.endpoint)
        leads_to(b, a)
        with b.connect() as one:
            assert receive(one, 2) == b"a:"
            (flow,) = steering(b).flows()
            sweep = steering(b).sweep(60.0)
            next(sweep)
            with b.connect() as two:
                assert receive(two, 2) == b"a:"
                for _ in sweep:
                    pass
                assert steering(b).count_of(flow.count) == 2


def test_a_lease_that_is_over_leaves_new_clients_to_the_relay(
    near: BalancerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with TcpMember(echo("a"), proxied=False) as a, balancing(PLAIN, settings=near) as b:
        b.add("a", tcp_service=a.endpoint)
        leads_to(b, a)
        with b.connect() as inside_before:
            assert receive(inside_before, 2) == b"a:"
            monkeypatch.setattr(near_path.NearPath, "carry", lambda *_: None)
            steering(b).carry([], 10)
            with b.connect() as client:
                assert receive(client, 2) == b"a:"
            assert b.balancer._counters.accepted == 1
            inside_before.sendall(b"still here")
            assert receive(inside_before, 10) == b"still here"


@pytest.mark.parametrize("told", [{"data_path": "relay"}, {"kernel_programs": ""}], ids=str)
def test_what_was_left_lets_nobody_in_where_it_is_not_used_and_goes_with_the_last_client(
    near: BalancerSettings, folder: Path, monkeypatch: pytest.MonkeyPatch, told: dict[str, str]
) -> None:
    monkeypatch.setattr(near_path, "USUAL_PLACE", str(folder))
    monkeypatch.setattr(near_path, "LEASE_S", 0.2)
    at = ("127.0.0.1", 5_000)
    with TcpMember(echo("a"), proxied=False) as a:
        before = Steering(7_001, folder)
        assert before.open() is None
        before.carry([Door(at[1], at[0], Place(4, Side.LOOPBACK), Spread.TURNS, (a.endpoint,))], 9)
        before.leave()
        settings = replace(near, heartbeat_port=7_001, **told)  # type: ignore[arg-type]
        with (
            socket.create_connection(at, 5.0) as client,
            balancing(PLAIN, settings=settings) as b,
        ):
            until(lambda: is_refused(at), "its door is shut")
            b.stop()
            until(lambda: b.balancer.kernel.holds_clients, "it waits")
            client.sendall(b"still here")
            assert receive(client, 12) == b"a:still here"
            client.close()
            until(lambda: ours(folder) == [], "it is removed")


def is_refused(at: tuple[str, int]) -> bool:
    try:
        socket.create_connection(at, 5.0).close()
    except ConnectionRefusedError:
        return True
    return False


def test_clients_inside_outlive_a_hot_restart_and_a_crash(folder: Path, tmp_path: Path) -> None:
    wish = {
        "DATA_PATH": "kernel",
        "KERNEL_SERVICES": "tcp-service",
        "KERNEL_PROGRAMS": str(folder),
    }
    environment = {f"HOLDFAST_BALANCER_{key}": value for key, value in wish.items()}
    with ExitStack() as stack:
        a = stack.enter_context(TcpMember(echo("a"), proxied=False))
        running = stack.enter_context(restartable(tmp_path, **environment))
        heart = Heart(running.addresses["heartbeats"], load_keyring(tmp_path / "fleet.key"))
        stack.callback(heart.stop)
        heart.beat("a", {"tcp-service": a.endpoint})

        def connect() -> socket.socket:
            client = socket.create_connection(running.addresses["t"], timeout=10.0)
            return stack.enter_context(client)

        def is_served(client: socket.socket) -> None:
            client.sendall(b"still here")
            assert receive(client, 10) == b"still here"

        def is_led() -> bool:
            before = len(a.clients)
            with socket.create_connection(running.addresses["t"], timeout=10.0) as probe:
                assert receive(probe, 2) == b"a:"
                until(lambda: len(a.clients) > before, "the member has it")
                return a.clients[-1].getpeername()[1] == probe.getsockname()[1]

        until(is_led, "the program leads")
        first = connect()
        assert receive(first, 2) == b"a:"
        link = (ours(folder)[0] / "link").stat().st_ino
        running.child.signal(signal.SIGUSR2)
        until(lambda: (ours(folder)[0] / "link").stat().st_ino != link, "a successor has it")
        is_served(first)
        until(is_led, "the successor leads")
        second = connect()
        assert receive(second, 2) == b"a:"
        os.killpg(running.child.process.pid, signal.SIGKILL)
        running.child.process.wait(10.0)
        is_served(first)
        is_served(second)
        assert receive(connect(), 2) == b"a:", "its lease lasts for a while"

"""docs/reference/kernel-path.md on UDP: what only the kernel's path has to keep.

What both data paths promise alike is in test_data_paths.py.
"""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from holdfast.platform.balancer import kernel_path, kernel_rules
from tests.support.balancing import (
    CLIENT_S,
    FLEET,
    SETTINGS,
    TCP,
    UDP,
    Balancing,
    PlainUdpMember,
    TcpMember,
    ask,
    balancing,
    echo,
    receive,
    udp_client,
)
from tests.support.namespaces import inside, ip, join, namespace
from tests.support.processes import until

pytestmark = pytest.mark.processes

PLAIN = replace(UDP, proxied=False)
KERNEL = replace(SETTINGS, data_path="kernel")


@pytest.fixture
def space() -> Iterator[str]:
    with namespace("nft", "conntrack") as name, inside(name):
        yield name


def leads_to(b: Balancing, *members: PlainUdpMember) -> None:
    """Wait until the kernel brings clients to exactly these members."""
    wanted = {member.endpoint for member in members}
    until(lambda: set(b.balancer.kernel.shares().get("u", {})) == wanted, "the kernel's table")


def carried_flows() -> int:
    """How many UDP flows the kernel leads to members here."""
    asked = ["conntrack", "-L", "-p", "udp", "--dst-nat"]
    listed = subprocess.run(asked, capture_output=True, text=True, check=True)
    return len(listed.stdout.splitlines())


def relayed(b: Balancing) -> int:
    """Datagrams that came to the relay."""
    return b.balancer._counters.datagrams_in


def test_listeners_of_both_transports_are_carried_and_counted(
    space: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel_path, "COUNT_EVERY_S", 0.1)
    with (
        PlainUdpMember("a") as a,
        TcpMember(echo("t"), proxied=False) as t,
        balancing(replace(TCP, proxied=False), PLAIN, settings=KERNEL) as b,
    ):
        b.add("a", udp_service=a.endpoint, tcp_service=t.endpoint)
        leads_to(b, a)
        until(lambda: set(b.balancer.kernel.carried) == {"t", "u"}, "both are carried")
        for _ in range(3):
            with udp_client() as client:
                assert ask(client, b.address("u"), b"1") == b"a:1"
        with b.connect() as client:
            assert receive(client, 2) == b"t:"
        until(lambda: b.balancer.kernel.accepted == {"t": 1, "u": 3}, "they are counted")
        assert (relayed(b), b.balancer._counters.accepted) == (0, 0)


def test_a_flow_is_forgotten_when_the_relay_would_forget_it(space: str) -> None:
    brief = replace(KERNEL, udp_idle_s=1.0)
    with PlainUdpMember("a") as a, balancing(PLAIN, settings=brief) as b, udp_client() as client:
        b.add("a", udp_service=a.endpoint)
        leads_to(b, a)
        ask(client, b.address("u"), b"1")
        until(lambda: carried_flows() == 0, "it is forgotten")
        assert ask(client, b.address("u"), b"2") == b"a:2"


def test_a_client_with_too_many_flows_is_the_relays(space: str) -> None:
    few = replace(KERNEL, udp_flows_per_client=3)
    with PlainUdpMember("a") as a, balancing(PLAIN, settings=few) as b, ExitStack() as stack:
        b.add("a", udp_service=a.endpoint)
        leads_to(b, a)
        for _ in range(5):
            client = stack.enter_context(udp_client())
            assert ask(client, b.address("u"), b"1") == b"a:1"
        assert carried_flows() == 3
        assert relayed(b) == 2


def test_a_client_that_begins_flows_too_often_is_the_relays_and_then_refused(space: str) -> None:
    slow = replace(KERNEL, udp_flow_rate_per_client=0.2, rate_burst_s=10.0, rate_exempt=())
    hasty = replace(PLAIN, busy=b"slow")
    with PlainUdpMember("a") as a, balancing(hasty, settings=slow) as b:
        b.add("a", udp_service=a.endpoint)
        leads_to(b, a)
        answers = []
        for _ in range(5):
            with udp_client() as client:
                answers.append(ask(client, b.address("u"), b"1234"))
        assert answers == [b"a:1234"] * 4 + [b"slow"]


def test_a_flood_of_sources_finds_a_bounded_number_of_places(space: str) -> None:
    small = replace(KERNEL, udp_flows=20)
    with PlainUdpMember("a") as a, balancing(PLAIN, settings=small) as b, udp_client() as client:
        b.add("a", udp_service=a.endpoint)
        leads_to(b, a)
        assert ask(client, b.address("u"), b"1") == b"a:1"
        for _ in range(60):
            with udp_client() as once:
                ask(once, b.address("u"), b"flood")
        assert carried_flows() == 20
        assert b.balancer._udp.flows <= 20
        assert ask(client, b.address("u"), b"2") == b"a:2"
        assert a.sources[0] == a.sources[-1], "a conversation stays where it is"


def test_a_successor_takes_the_table_over_and_flows_stay(space: str) -> None:
    with (
        PlainUdpMember("a") as a,
        PlainUdpMember("b"),
        balancing(PLAIN, settings=KERNEL) as b,
        udp_client() as client,
    ):
        b.add("a", udp_service=a.endpoint)
        leads_to(b, a)
        assert ask(client, b.address("u"), b"1") == b"a:1"
        kernel = b.balancer.kernel
        successor = replace(kernel._table, token=kernel._table.token % 1_000 + 1)
        text = kernel_rules.begin(successor, [("udp", b.address("u")[1])])
        subprocess.run(["nft", "-f", "-"], input=text.encode(), check=True)
        assert ask(client, b.address("u"), b"2") == b"a:2"
        assert a.sources[0] == a.sources[1]
        assert relayed(b) == 0
        kernel.retire()


def test_flows_that_a_crash_left_at_a_member_that_is_no_more_are_placed_anew(
    space: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernel_path, "LEARN_AFTER_S", 0.2)
    with (
        PlainUdpMember("old") as old,
        PlainUdpMember("a") as a,
        balancing(PLAIN, settings=KERNEL) as b,
        udp_client() as client,
    ):
        port = b.address("u")[1]
        # What a balancer before this one would have left, of a member that nobody introduces.
        ours, its = str(client.getsockname()[1]), str(old.endpoint[1])
        local = ("127.0.0.1", "127.0.0.1")
        entry = ("-I", "-p", "udp", "-s", local[0], "-d", local[1], "--sport", ours)
        entry += ("--dport", str(port), "--timeout", "60", "--reply-src", local[0])
        entry += ("--reply-dst", local[1], "--reply-port-src", its, "--reply-port-dst", ours)
        subprocess.run(["conntrack", *entry, "--dst-nat", f"127.0.0.1:{its}"], check=True)
        b.add("a", udp_service=a.endpoint)
        leads_to(b, a)
        client.settimeout(0.1)

        def placed() -> bool:
            with suppress(TimeoutError):
                return ask(client, b.address("u"), b"1") == b"a:1"
            return False

        until(placed, "it is placed anew")


@pytest.mark.parametrize(
    ("near", "far", "length", "host"),
    [("10.1.0.", "10.2.0.", "24", "0.0.0.0"), ("fd00:1::", "fd00:2::", "64", "fd00:1::1")],
    ids=["ipv4", "ipv6"],
)
def test_a_dead_member_on_another_machine_is_noticed_by_its_refusals(
    near: str, far: str, length: str, host: str
) -> None:
    with ExitStack() as stack:
        clients, middle, nodes = (
            stack.enter_context(namespace("nft", "conntrack")) for _ in range(3)
        )
        join(clients, middle, (f"{near}2/{length}", f"{near}1/{length}"))
        join(middle, nodes, (f"{far}1/{length}", f"{far}2/{length}"))
        ip("-n", nodes, "addr", "add", f"{far}3", "dev", "lo")
        ip("-n", middle, "route", "add", f"{far}3", "via", f"{far}2")
        with inside(nodes):
            a = stack.enter_context(PlainUdpMember("a", host=f"{far}2"))
            other = stack.enter_context(PlainUdpMember("b", host=f"{far}3"))
        with inside(clients):
            pair = [stack.enter_context(udp_client(f"{near}2")) for _ in range(2)]
        stack.enter_context(inside(middle))
        Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
        Path("/proc/sys/net/ipv6/conf/all/forwarding").write_text("1")
        wide = replace(FLEET, host=host)
        b = stack.enter_context(balancing(PLAIN, settings=KERNEL, fleet=wide))
        b.add("a", udp_service=a.endpoint)
        b.add("b", udp_service=other.endpoint)
        leads_to(b, a, other)
        door = (f"{near}1", b.address("u")[1])
        assert {ask(client, door, b"1") for client in pair} == {b"a:1", b"b:1"}
        assert {host for host, _ in a.sources + other.sources} == {f"{far}1"}, "full NAT"
        a.die()
        for client in pair:
            client.settimeout(0.1)

            def served(client: socket.socket = client) -> bool:
                with suppress(TimeoutError):
                    return ask(client, door, b"2") == b"b:2"
                return False

            until(served, "the other one serves")
            client.settimeout(CLIENT_S)
        assert relayed(b) == 0

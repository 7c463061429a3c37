"""The ruleset: what nft is told, that it takes it, and whose table it is."""

import json
import subprocess
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast.platform.balancer.kernel_choice import Place, Side
from holdfast.platform.balancer.kernel_rules import (
    Door,
    Table,
    begin,
    counted,
    end,
    flows_at,
    forget,
    members_in,
    still_open,
    update,
)
from holdfast.platform.balancer.kernel_shares import Spread
from holdfast.platform.balancer.rates import RateLimit
from holdfast.platform.membership.wire import Endpoint
from tests.support.namespaces import inside, namespace

TABLE = Table("holdfast_8081", token=77, idle_s=3600, per_client=9)
HERE = Place(4, Side.LOOPBACK)
GATES = [("tcp", 8080)]
DOOR = Door(8080, "127.0.0.1", HERE, Spread.TURNS, (("127.0.0.1", 1), ("127.0.0.1", 2)))
UDP_GATES = [("udp", 8080)]
UDP_DOOR = replace(DOOR, transport="udp")


def nft(text: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["nft", "-f", "-"], input=text, capture_output=True, text=True, check=False
    )


def listed() -> str:
    return subprocess.run(
        ["nft", "list", "ruleset"], capture_output=True, text=True, check=True
    ).stdout


def test_each_slot_leads_to_its_member() -> None:
    text = update(TABLE, [DOOR], GATES)
    assert "numgen inc mod 2 map { 0 : 127.0.0.1 . 1, 1 : 127.0.0.1 . 2 }" in text
    assert "add element inet holdfast_8081 doors { 8080 timeout 15s : jump p8080 }" in text


def test_affinity_is_by_the_clients_address_and_a_seed_all_balancers_share() -> None:
    text = update(TABLE, [replace(DOOR, spread=Spread.HASH)], GATES)
    assert "dnat ip to jhash ip saddr mod 2 seed 8045 map" in text


def test_every_change_proves_first_whose_table_it_is() -> None:
    claim = "delete element inet holdfast_8081 owner { 77 }"
    for text in (update(TABLE, [DOOR], GATES), update(TABLE, [], []), end(TABLE)):
        assert text.startswith(claim)


def test_a_listener_that_is_not_named_any_more_falls_through_to_the_relay() -> None:
    text = update(TABLE, [], [])
    assert "flush map inet holdfast_8081 doors" in text
    assert "add element inet holdfast_8081 doors" not in text


def test_a_udp_flow_has_a_place_among_newcomers_or_is_the_relays() -> None:
    few = replace(TABLE, flows=20, flow_idle_s=30, flows_per_client=5)
    assert "newcomers4_8080_udp { type ipv4_addr . inet_service; size 20;" in begin(few, UDP_GATES)
    assert "size 65536;" in begin(replace(TABLE, flows=1 << 20), UDP_GATES)
    *_, limit, last = update(few, [UDP_DOOR], []).strip().splitlines()
    assert limit.endswith("add @clients4_8080_udp { ip saddr ct count over 5 } return")
    place = last.index("add @newcomers4_8080_udp { ip saddr . udp sport }")
    assert place < last.index('ct timeout set "flow_patience"') < last.index("dnat ip to")


def test_udp_flows_live_as_long_as_the_relays() -> None:
    policies = [line for line in begin(TABLE, UDP_GATES).splitlines() if "protocol udp" in line]
    assert "policy = { unreplied: 60, replied: 300 }" in policies[0]
    assert "policy = { unreplied: 10, replied: 300 }" in policies[1], "what the relay carries"
    brief = begin(replace(TABLE, flow_idle_s=30), UDP_GATES)
    assert "policy = { unreplied: 30, replied: 30 }" in brief


def test_udp_flows_have_a_rate_of_their_own() -> None:
    paced = replace(TABLE, client_rate=RateLimit(9.0, 9.0), flow_rate=RateLimit(0.5, 5.0))
    text = update(replace(paced, port_rate=RateLimit(9.0, 9.0)), [UDP_DOOR], UDP_GATES)
    (only,) = (line for line in text.splitlines() if "limit rate" in line)
    assert "add @pace4_8080_udp { ip saddr limit rate over 30/" in only


def test_a_port_of_tcp_and_one_of_udp_may_have_one_number() -> None:
    text = update(TABLE, [DOOR, UDP_DOOR], [*GATES, *UDP_GATES])
    assert "doors { 8080 timeout 15s : jump p8080 }" in text
    assert "udp_doors { 8080 timeout 15s : jump p8080_udp }" in text


def test_what_a_flood_makes_the_kernel_track_for_the_relay_is_bounded() -> None:
    text = begin(TABLE, UDP_GATES)
    assert "udp dport 8080 ct status and (confirmed | dnat) == 0 limit rate over 5000/" in text


def test_flows_that_are_listed_tell_their_members() -> None:
    line = (
        b"udp      17 59 src=10.0.0.9 dst=10.0.0.1 sport=41542 dport=80 %s"
        b"src=10.2.0.2 dst=10.2.0.1 sport=9181 dport=41542 %smark=0 use=1\n"
    )
    listing = line % (b"[UNREPLIED] ", b"") + b"nonsense\n" + line % (b"", b"[ASSURED] ")
    assert members_in(listing) == {("10.2.0.2", 9181)}
    assert members_in(b"") == set()
    assert [question[-1] for question in flows_at(80)] == ["ipv4", "ipv6"]


def test_clients_are_hidden_from_members_unless_this_machine_is_their_gateway() -> None:
    assert "masquerade" in begin(TABLE, GATES)
    assert "masquerade" not in begin(replace(TABLE, gateway=True), GATES)


def test_a_bound_address_is_the_only_one_that_is_answered() -> None:
    one = update(TABLE, [replace(DOOR, host="10.0.0.9", place=Place(4, Side.NETWORK))], [])
    assert "ip daddr 10.0.0.9" in one
    assert "fib" not in one
    every = update(TABLE, [replace(DOOR, host="0.0.0.0", place=Place(4, Side.NETWORK))], [])
    assert "ip daddr != 127.0.0.0/8 fib daddr type local" in every


def test_rates_are_of_a_client_and_of_a_port_and_spare_whom_they_shall() -> None:
    paced = replace(
        TABLE,
        client_rate=RateLimit(0.5, 5.0),
        port_rate=RateLimit(10.0, 100.0),
        spared=("127.0.0.0/8", "127.0.0.1", "::1"),
    )
    text = update(paced, [DOOR], GATES)
    of_client, of_port = (line for line in text.splitlines() if "limit rate" in line)
    assert "ip saddr != { 127.0.0.0/8 } add @pace4_8080 { ip saddr limit rate over 30/" in of_client
    assert "ip saddr != { 127.0.0.0/8 } limit rate over 600/minute burst 100 packets" in of_port
    assert of_client.endswith(" return")
    assert "limit rate" not in update(TABLE, [DOOR], GATES)


def test_what_conntrack_forgets_is_one_members_at_one_port() -> None:
    everything = forget(("tcp", 8080), ("10.0.0.1", 4444), unanswered=False)
    assert "SYN_SENT" not in everything
    assert everything[-6:] == (
        *("--orig-port-dst", "8080"),
        *("--reply-src", "10.0.0.1", "--reply-port-src", "4444"),
    )
    assert "SYN_SENT" in forget(("tcp", 8080), ("fd00::1", 4444), unanswered=True)
    assert "ipv6" in forget(("tcp", 8080), ("fd00::1", 4444), unanswered=True)
    assert all("--dst-nat" in question for question in still_open(8080))


def test_counters_are_read_by_port_and_nonsense_is_nothing() -> None:
    answer = {"nftables": [{"metainfo": {}}, {"counter": {"name": "c8080", "packets": 5}}]}
    answer["nftables"].append({"counter": {"name": "c8080_udp", "packets": 7}})
    assert counted(json.dumps(answer).encode()) == {("tcp", 8080): 5, ("udp", 8080): 7}
    for nonsense in (b"", b"{}", b"[]", b'{"nftables": [{"counter": {"name": "x"}}]}'):
        assert counted(nonsense) == {}


@pytest.fixture(scope="module")
def space() -> "st.Iterator[str]":
    with namespace("nft") as name:
        yield name


HOSTS = {
    Place(4, Side.LOOPBACK): (st.ip_addresses(network="127.0.0.0/8"), ("127.0.0.1", "0.0.0.0")),
    Place(4, Side.NETWORK): (st.ip_addresses(network="10.0.0.0/8"), ("10.0.0.1", "0.0.0.0")),
    Place(6, Side.LOOPBACK): (st.just("::1"), ("::1", "::")),
    Place(6, Side.NETWORK): (st.ip_addresses(network="fd00::/8"), ("fd00::1", "::")),
}


@st.composite
def doors(draw: st.DrawFn) -> Door:
    place = draw(st.sampled_from(list(HOSTS)))
    hosts, bound = HOSTS[place]
    endpoint: st.SearchStrategy[Endpoint] = st.tuples(hosts.map(str), st.integers(1, 65535))
    return Door(
        port=draw(st.sampled_from([80, 8080, 65535])),
        host=draw(st.sampled_from(bound)),
        place=place,
        spread=draw(st.sampled_from(Spread)),
        slots=tuple(draw(st.lists(endpoint, min_size=1, max_size=9))),
        transport=draw(st.sampled_from(["tcp", "udp"])),
    )


@st.composite
def tables(draw: st.DrawFn) -> Table:
    rates = st.builds(RateLimit, st.sampled_from([0.0, 0.001, 500.0, 1e6]), st.floats(0, 1e9))
    networks = st.sampled_from(["10.0.0.0/8", "10.1.0.0/16", "192.0.2.1", "::1", "fd00::/8"])
    return replace(
        TABLE,
        client_rate=draw(rates),
        port_rate=draw(rates),
        spared=tuple(draw(st.lists(networks, max_size=4))),
        gateway=draw(st.booleans()),
        flow_rate=draw(rates),
        flow_idle_s=draw(st.integers(1, 3600)),
        flows=draw(st.integers(1, 1 << 20)),
    )


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(doors(), max_size=3, unique_by=lambda door: door.gate), tables())
def test_nft_takes_every_ruleset(space: str, carried: list[Door], table: Table) -> None:
    gates = [door.gate for door in carried]
    with inside(space):
        for text in (begin(table, gates), update(table, carried, gates), end(table)):
            ran = nft(text)
            assert ran.returncode == 0, ran.stderr
        assert listed() == ""


def test_a_table_left_by_a_crash_is_swept_and_a_successors_is_left_alone(space: str) -> None:
    successor = replace(TABLE, token=78)
    with inside(space):
        assert nft(begin(TABLE, GATES) + update(TABLE, [DOOR], GATES)).returncode == 0
        assert nft(begin(successor, GATES)).returncode == 0
        assert "dnat ip to" not in listed(), "nothing of the old rules is left"
        for text in (update(TABLE, [DOOR], GATES), end(TABLE)):
            assert nft(text).returncode != 0, "its time is over"
        assert "dnat ip to" not in listed()
        assert nft(end(successor)).returncode == 0


def test_two_balancers_of_one_machine_have_tables_of_their_own(space: str) -> None:
    other = replace(TABLE, name="holdfast_9081")
    with inside(space):
        assert nft(begin(TABLE, GATES)).returncode == 0
        assert nft(begin(other, [("tcp", 9080)])).returncode == 0
        assert nft(end(TABLE)).returncode == 0
        assert "holdfast_9081" in listed()
        assert nft(end(other)).returncode == 0

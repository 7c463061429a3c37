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
    forget,
    still_open,
    update,
)
from holdfast.platform.balancer.kernel_shares import Spread
from holdfast.platform.balancer.rates import RateLimit
from holdfast.platform.membership.wire import Endpoint
from tests.support.namespaces import inside, namespace

TABLE = Table("holdfast_8081", token=77, idle_s=3600, per_client=9)
HERE = Place(4, Side.LOOPBACK)
DOOR = Door(8080, "127.0.0.1", HERE, Spread.TURNS, (("127.0.0.1", 1), ("127.0.0.1", 2)))


def nft(text: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["nft", "-f", "-"], input=text, capture_output=True, text=True, check=False
    )


def listed() -> str:
    return subprocess.run(
        ["nft", "list", "ruleset"], capture_output=True, text=True, check=True
    ).stdout


def test_each_slot_leads_to_its_member() -> None:
    text = update(TABLE, [DOOR], [8080])
    assert "numgen inc mod 2 map { 0 : 127.0.0.1 . 1, 1 : 127.0.0.1 . 2 }" in text
    assert "add element inet holdfast_8081 doors { 8080 timeout 15s : jump p8080 }" in text


def test_affinity_is_by_the_clients_address_and_a_seed_all_balancers_share() -> None:
    text = update(TABLE, [replace(DOOR, spread=Spread.HASH)], [8080])
    assert "dnat ip to jhash ip saddr mod 2 seed 8045 map" in text


def test_every_change_proves_first_whose_table_it_is() -> None:
    claim = "delete element inet holdfast_8081 owner { 77 }"
    for text in (update(TABLE, [DOOR], [8080]), update(TABLE, [], []), end(TABLE)):
        assert text.startswith(claim)


def test_a_listener_that_is_not_named_any_more_falls_through_to_the_relay() -> None:
    text = update(TABLE, [], [])
    assert "flush map inet holdfast_8081 doors" in text
    assert "add element inet holdfast_8081 doors" not in text


def test_clients_are_hidden_from_members_unless_this_machine_is_their_gateway() -> None:
    assert "masquerade" in begin(TABLE, [8080])
    assert "masquerade" not in begin(replace(TABLE, gateway=True), [8080])


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
    text = update(paced, [DOOR], [8080])
    of_client, of_port = (line for line in text.splitlines() if "limit rate" in line)
    assert "ip saddr != { 127.0.0.0/8 } add @pace4_8080 { ip saddr limit rate over 30/" in of_client
    assert "ip saddr != { 127.0.0.0/8 } limit rate over 600/minute burst 100 packets" in of_port
    assert of_client.endswith(" return")
    assert "limit rate" not in update(TABLE, [DOOR], [8080])


def test_what_conntrack_forgets_is_one_members_at_one_port() -> None:
    everything = forget(8080, ("10.0.0.1", 4444), unanswered=False)
    assert "SYN_SENT" not in everything
    assert everything[-6:] == (
        *("--orig-port-dst", "8080"),
        *("--reply-src", "10.0.0.1", "--reply-port-src", "4444"),
    )
    assert "SYN_SENT" in forget(8080, ("fd00::1", 4444), unanswered=True)
    assert "ipv6" in forget(8080, ("fd00::1", 4444), unanswered=True)
    assert all("--dst-nat" in question for question in still_open(8080))


def test_counters_are_read_by_port_and_nonsense_is_nothing() -> None:
    answer = {"nftables": [{"metainfo": {}}, {"counter": {"name": "c8080", "packets": 5}}]}
    assert counted(json.dumps(answer).encode()) == {8080: 5}
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
    )


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(doors(), max_size=3, unique_by=lambda door: door.port), tables())
def test_nft_takes_every_ruleset(space: str, carried: list[Door], table: Table) -> None:
    ports = [door.port for door in carried]
    with inside(space):
        for text in (begin(table, ports), update(table, carried, ports), end(table)):
            ran = nft(text)
            assert ran.returncode == 0, ran.stderr
        assert listed() == ""


def test_a_table_left_by_a_crash_is_swept_and_a_successors_is_left_alone(space: str) -> None:
    successor = replace(TABLE, token=78)
    with inside(space):
        assert nft(begin(TABLE, [8080]) + update(TABLE, [DOOR], [8080])).returncode == 0
        assert nft(begin(successor, [8080])).returncode == 0
        assert "dnat ip to" not in listed(), "nothing of the old rules is left"
        for text in (update(TABLE, [DOOR], [8080]), end(TABLE)):
            assert nft(text).returncode != 0, "its time is over"
        assert "dnat ip to" not in listed()
        assert nft(end(successor)).returncode == 0


def test_two_balancers_of_one_machine_have_tables_of_their_own(space: str) -> None:
    other = replace(TABLE, name="holdfast_9081")
    with inside(space):
        assert nft(begin(TABLE, [8080])).returncode == 0
        assert nft(begin(other, [9080])).returncode == 0
        assert nft(end(TABLE)).returncode == 0
        assert "holdfast_9081" in listed()
        assert nft(end(other)).returncode == 0

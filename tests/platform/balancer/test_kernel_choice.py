"""Which listeners leave the relay, and the sentences for those that do not."""

from dataclasses import replace

import pytest

from holdfast.platform.balancer.kernel_choice import (
    Machine,
    Place,
    Side,
    blocked,
    obstacle,
    place_of,
    told,
)
from holdfast.platform.runtime.app import Listener

PLAIN = Listener("t", "tcp", 1, "s", proxied=False)
ROUTER = Machine(forwards_4=True, forwards_6=True)
HOST = Machine(forwards_4=False, forwards_6=False)
HERE, HERE_6 = Place(4, Side.LOOPBACK), Place(6, Side.LOOPBACK)
THERE, THERE_6 = Place(4, Side.NETWORK), Place(6, Side.NETWORK)


def test_a_plain_tcp_listener_may_leave() -> None:
    assert obstacle(PLAIN, ()) is None


def test_what_needs_the_bytes_stays() -> None:
    assert "PROXY header" in (obstacle(replace(PLAIN, proxied=True), ("other",)) or "")
    assert "an answer finds" in (obstacle(Listener("u", "udp", 1, "s"), ("s",)) or "")


def test_a_udp_listener_without_headers_may_leave_and_introduces_nobody() -> None:
    plain = Listener("u", "udp", 1, "s", proxied=False)
    assert obstacle(plain, (), introduces=True) is None


def test_what_begins_with_an_introduction_stays_even_when_it_is_named() -> None:
    assert "TLS" in (obstacle(PLAIN, ("s",), introduces=True) or "")


def test_a_service_that_does_without_the_header_may_leave() -> None:
    assert obstacle(replace(PLAIN, proxied=True), ("s",)) is None


@pytest.mark.parametrize(
    ("hosts", "found"),
    [
        (["127.0.0.1", "127.9.9.9"], HERE),
        (["::1"], HERE_6),
        (["10.0.0.1", "192.0.2.1"], THERE),
        (["fd00::1"], THERE_6),
    ],
)
def test_members_have_one_place(hosts: list[str], found: Place) -> None:
    assert place_of([(host, 1) for host in hosts]) == found


@pytest.mark.parametrize(
    ("hosts", "why"),
    [
        ([], "no member"),
        (["10.0.0.1", "fd00::1"], "IPv4 addresses and some IPv6"),
        (["10.0.0.1", "127.0.0.1"], "loopback and some are not"),
    ],
)
def test_members_in_several_places_are_the_relays(hosts: list[str], why: str) -> None:
    assert why in str(place_of([(host, 1) for host in hosts]))


@pytest.mark.parametrize(
    ("place", "machine", "bound"),
    [
        (HERE, HOST, "127.0.0.1"),
        (HERE, HOST, "0.0.0.0"),
        (HERE_6, HOST, "::"),
        (THERE, ROUTER, "0.0.0.0"),
        (THERE, ROUTER, "10.0.0.9"),
        (THERE, ROUTER, "::"),
        (THERE_6, ROUTER, "fd00::9"),
    ],
)
def test_members_within_reach_are_reached(place: Place, machine: Machine, bound: str) -> None:
    assert blocked(place, machine, bound) is None


@pytest.mark.parametrize(
    ("place", "machine", "bound", "why"),
    [
        (THERE, ROUTER, "127.0.0.1", "listens on 127.0.0.1"),
        (HERE, HOST, "10.0.0.9", "listens on 10.0.0.9"),
        (THERE_6, ROUTER, "0.0.0.0", "listens on IPv4"),
        (THERE, ROUTER, "fd00::9", "listens on IPv6"),
        (THERE, HOST, "0.0.0.0", "sysctl -w net.ipv4.ip_forward=1"),
        (THERE_6, HOST, "::", "sysctl -w net.ipv6.conf.all.forwarding=1"),
    ],
)
def test_members_out_of_reach_are_the_relays(
    place: Place, machine: Machine, bound: str, why: str
) -> None:
    assert why in (blocked(place, machine, bound) or "")


def test_reasons_fit_on_a_line() -> None:
    assert told([("a", "x"), ("b", "y")]) == "a: x; b: y"
    assert told([]) == "none"

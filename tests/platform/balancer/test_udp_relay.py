"""UDP through real sockets: flows stay with their member, and nobody else may answer."""

import socket
from contextlib import ExitStack
from dataclasses import replace

import pytest

from holdfast.platform.balancer.proxy_protocol import Header, encode, trace_of
from tests.support.balancing import (
    FLEET,
    SETTINGS,
    UDP,
    Balancing,
    UdpMember,
    ask,
    balancing,
    names_of,
    udp_client,
)
from tests.support.processes import until


def dropped(b: Balancing, why: str) -> int:
    return b.balancer._counters.dropped[why]


def nothing_comes(client: socket.socket, b: Balancing) -> None:
    """After what was sent before, nothing has come to the client: the next answer is the next."""
    assert ask(client, b.address("u"), b"marker").endswith(b":marker")


def test_a_datagram_goes_there_and_back_and_the_member_knows_the_client() -> None:
    with UdpMember("a") as a, balancing() as b, udp_client() as client:
        b.add("a", udp_service=a.endpoint)
        assert ask(client, b.address("u"), b"hello") == b"a:hello"
        header, payload = a.got[0]
        own = client.getsockname()
        assert header == Header(own, b.address("u"), "udp", 47, header.tlvs)
        assert payload == b"hello"


def test_empty_and_large_datagrams_pass() -> None:
    with UdpMember("a") as a, balancing() as b, udp_client() as client:
        b.add("a", udp_service=a.endpoint)
        assert ask(client, b.address("u"), b"") == b"a:"
        assert ask(client, b.address("u"), b"x" * 60_000) == b"a:" + b"x" * 60_000


def test_a_datagram_too_long_with_its_header_is_lost_and_nothing_else() -> None:
    with UdpMember("a") as a, balancing() as b, udp_client() as client:
        b.add("a", udp_service=a.endpoint)
        client.sendto(b"x" * 65_500, b.address("u"))
        nothing_comes(client, b)
        assert dropped(b, "too long with its header") == 1


def test_flows_are_spread_and_each_stays_while_others_come_and_go() -> None:
    with ExitStack() as stack:
        members = [stack.enter_context(UdpMember(name)) for name in "abcd"]
        b = stack.enter_context(balancing())
        clients = [stack.enter_context(udp_client()) for _ in range(9)]
        for member in members[:3]:
            b.add(member.name, udp_service=member.endpoint)
        first = [ask(client, b.address("u"), b"1") for client in clients]
        assert sorted(first) == [b"a:1"] * 3 + [b"b:1"] * 3 + [b"c:1"] * 3
        b.add("d", udp_service=members[3].endpoint)
        assert [ask(client, b.address("u"), b"1") for client in clients] == first
        b.heart.leave("c")
        until(lambda: b.fit("udp-service") == 3, "one has left")
        second = [ask(client, b.address("u"), b"1") for client in clients]
        for before, now in zip(first, second, strict=True):
            assert before in {now, b"c:1"}
        assert b"c" not in names_of(second)
        assert [ask(client, b.address("u"), b"1") for client in clients] == second


def test_a_silent_members_flows_move() -> None:
    with UdpMember("a") as a, UdpMember("b") as b1, balancing() as b, udp_client() as client:
        b.add("a", udp_service=a.endpoint)
        assert ask(client, b.address("u"), b"1") == b"a:1"
        b.add("b", udp_service=b1.endpoint)
        b.heart.silence("a")
        until(lambda: b.fit("udp-service") == 1, "the silent one is removed")
        assert ask(client, b.address("u"), b"2") == b"b:2"


def test_a_draining_member_keeps_its_flows() -> None:
    with UdpMember("a") as a, UdpMember("b") as b1, balancing() as b, udp_client() as client:
        b.add("a", udp_service=a.endpoint)
        assert ask(client, b.address("u"), b"1") == b"a:1"
        b.add("b", udp_service=b1.endpoint)
        b.heart.drain("a")
        until(lambda: b.fit("udp-service") == 1, "one drains")
        assert ask(client, b.address("u"), b"2") == b"a:2"
        with udp_client() as other:
            assert ask(other, b.address("u"), b"3") == b"b:3"


def test_a_datagram_refused_by_a_dead_member_reaches_another_one() -> None:
    with UdpMember("a") as a, balancing() as b:
        b.add_dead("dead")
        b.add("a", udp_service=a.endpoint)
        for _ in range(4):
            with udp_client() as client:
                assert ask(client, b.address("u"), b"1") == b"a:1"


def test_a_flow_of_a_member_that_was_killed_goes_on_elsewhere() -> None:
    with UdpMember("a") as a, UdpMember("b") as b1, balancing() as b, udp_client() as client:
        b.add("a", udp_service=a.endpoint)
        assert ask(client, b.address("u"), b"1") == b"a:1"
        b.add("b", udp_service=b1.endpoint)
        a.die()
        assert ask(client, b.address("u"), b"2") == b"b:2"


def test_a_long_refused_datagram_is_lost_but_the_next_one_is_not() -> None:
    with UdpMember("a") as a, balancing() as b, udp_client() as client:
        b.add_dead("dead")
        client.sendto(b"x" * 1000, b.address("u"))
        assert client.recv(100) == UDP.refusal
        b.add("a", udp_service=a.endpoint)
        assert ask(client, b.address("u"), b"1") == b"a:1"
        assert len(a.got) == 1, "half a datagram is worse than none"


def test_a_members_port_that_is_open_again_is_used_again() -> None:
    with balancing() as b, udp_client() as client:
        dead = b.add_dead("a")
        assert ask(client, b.address("u"), b"is anybody there?") == UDP.refusal
        dead.udp.close()
        with UdpMember("a", port=dead.endpoint[1]):
            until(lambda: ask(client, b.address("u"), b"hello?") == b"a:hello?", "it is back")


def test_members_of_both_families_serve_the_same_clients() -> None:
    with (
        UdpMember("a") as a,
        UdpMember("b", host="::1") as b1,
        balancing() as b,
        udp_client() as one,
        udp_client() as two,
    ):
        b.add("a", udp_service=a.endpoint)
        b.add("b", udp_service=b1.endpoint)
        answers = {ask(client, b.address("u"), b"1") for client in (one, two)}
        assert answers == {b"a:1", b"b:1"}


def test_a_stranger_cannot_answer_a_client() -> None:
    with UdpMember("a") as a, balancing() as b, udp_client() as client, udp_client() as rogue:
        b.add("a", udp_service=a.endpoint)
        ask(client, b.address("u"), b"1")
        header = a.raw_header(a.got[0][0])
        rogue.sendto(header + b"forged", a.sources[-1])
        until(lambda: dropped(b, "foreign answer") == 1, "it was dropped")
        nothing_comes(client, b)


def test_another_member_cannot_answer_a_client() -> None:
    with UdpMember("a") as a, UdpMember("b") as b1, balancing() as b, udp_client() as client:
        b.add("a", udp_service=a.endpoint)
        ask(client, b.address("u"), b"1")
        b.add("b", udp_service=b1.endpoint)
        header = a.raw_header(a.got[0][0])
        b1.sock.sendto(header + b"forged", a.sources[-1])
        until(lambda: dropped(b, "answer of another member") == 1, "it was dropped")
        nothing_comes(client, b)


def test_a_former_member_cannot_answer_a_client() -> None:
    with UdpMember("a") as a, balancing() as b, udp_client() as client:
        b.add("a", udp_service=a.endpoint)
        ask(client, b.address("u"), b"1")
        b.heart.leave("a")
        until(lambda: b.fit("udp-service") == 0, "it has left")
        a.answer(a.got[0][0], b"late")
        until(lambda: dropped(b, "answer of a former member") == 1, "it was dropped")


@pytest.mark.parametrize(
    ("datagram", "why"),
    [
        (b"", "answer without header"),
        (b"no header at all, but long enough", "answer without header"),
        (b"\r\n\r\n\0\r\nQUIT\n\x21\x12\xff\xff", "answer without header"),
        (encode("udp", ("127.0.0.1", 9), ("127.0.0.1", 9)) + b"x", "answer to no flow"),
    ],
)
def test_an_answer_that_belongs_to_no_flow_is_dropped(datagram: bytes, why: str) -> None:
    with UdpMember("a") as a, balancing() as b, udp_client() as client:
        b.add("a", udp_service=a.endpoint)
        ask(client, b.address("u"), b"1")
        a.sock.sendto(datagram, a.sources[-1])
        until(lambda: dropped(b, why) == 1, "it was dropped")
        nothing_comes(client, b)


def test_without_members_a_client_is_told_so_but_nobody_is_amplified() -> None:
    with balancing() as b, udp_client() as client:
        assert ask(client, b.address("u"), b"??") == UDP.refusal
        client.sendto(b"?", b.address("u"))
        until(lambda: dropped(b, "no member can be reached") == 2, "it was dropped")
        client.settimeout(0.05)
        with pytest.raises(TimeoutError):
            client.recv(100)


def test_a_flood_of_sources_is_bounded_and_does_not_take_a_conversation_away() -> None:
    small = replace(SETTINGS, udp_flows=20, udp_flows_per_client=20)
    with ExitStack() as stack:
        a, b1 = (stack.enter_context(UdpMember(name)) for name in "ab")
        b = stack.enter_context(balancing(settings=small))
        client = stack.enter_context(udp_client())
        b.add("a", udp_service=a.endpoint)
        for _ in range(2):
            assert ask(client, b.address("u"), b"1") == b"a:1"
        b.add("b", udp_service=b1.endpoint)
        for _ in range(100):
            with udp_client() as once:
                ask(once, b.address("u"), b"flood")
        assert b.balancer._udp.flows <= 20
        assert b.balancer._udp.evicted >= 80
        assert ask(client, b.address("u"), b"2") == b"a:2"


def test_an_idle_flow_is_forgotten() -> None:
    brief = replace(SETTINGS, udp_idle_s=1.0)
    with UdpMember("a") as a, balancing(settings=brief) as b, udp_client() as client:
        b.add("a", udp_service=a.endpoint)
        ask(client, b.address("u"), b"1")
        until(lambda: b.balancer._udp.flows == 0, "it is forgotten")
        assert ask(client, b.address("u"), b"2") == b"a:2"


def test_a_member_may_speak_first_in_a_flow_that_exists() -> None:
    with UdpMember("a", answering=False) as a, balancing() as b, udp_client() as client:
        b.add("a", udp_service=a.endpoint)
        client.sendto(b"trigger", b.address("u"))
        until(lambda: bool(a.got), "the member has it")
        for number in range(3):
            a.answer(a.got[0][0], b"prompt %d" % number)
            assert client.recv(100) == b"prompt %d" % number


def test_behind_a_wildcard_answers_come_from_the_address_that_was_asked() -> None:
    everywhere = replace(FLEET, host="0.0.0.0")
    with UdpMember("a") as a, balancing(fleet=everywhere) as b, udp_client() as client:
        b.add("a", udp_service=a.endpoint)
        port = b.address("u")[1]
        for host in ("127.0.0.1", "127.0.0.2", "127.0.0.3"):
            assert ask(client, (host, port), b"1") == b"a:1"
        assert [header.destination[0] for header, _ in a.got] == [
            "127.0.0.1",
            "127.0.0.2",
            "127.0.0.3",
        ]


@pytest.mark.parametrize("host", ["::1", "::"])
def test_ipv6_clients_are_served_and_named(host: str) -> None:
    with (
        UdpMember("a") as a,
        balancing(fleet=replace(FLEET, host=host)) as b,
        udp_client("::1") as client,
    ):
        b.add("a", udp_service=a.endpoint)
        assert ask(client, ("::1", b.address("u")[1]), b"1") == b"a:1"
        assert a.got[0][0].source[0] == "::1"


def test_an_ipv4_client_of_an_ipv6_wildcard_is_an_ipv4_client() -> None:
    everywhere = replace(FLEET, host="::")
    with UdpMember("a") as a, balancing(fleet=everywhere) as b, udp_client() as client:
        b.add("a", udp_service=a.endpoint)
        assert ask(client, ("127.0.0.2", b.address("u")[1]), b"1") == b"a:1"
        assert a.got[0][0].source == client.getsockname()
        assert a.got[0][0].destination[0] == "127.0.0.2"


def test_all_datagrams_of_a_flow_carry_one_trace_id_and_two_flows_two() -> None:
    with UdpMember("a") as a, balancing() as b, udp_client() as one, udp_client() as two:
        b.add("a", udp_service=a.endpoint)
        for client in (one, two, one):
            ask(client, b.address("u"), b"1")
        first, second, third = (trace_of(header.tlvs) for header, _ in a.got)
        assert len(first) == 32
        assert first == third != second


def test_without_trace_ids_headers_are_plain() -> None:
    plain = replace(SETTINGS, trace_ids=False)
    with UdpMember("a") as a, balancing(settings=plain) as b, udp_client() as client:
        b.add("a", udp_service=a.endpoint)
        ask(client, b.address("u"), b"1")
        assert a.got[0][0].tlvs == ()


def test_flows_count_as_clients_of_their_members_until_they_are_forgotten() -> None:
    brief = replace(SETTINGS, udp_idle_s=1.0, policy="least-connections")
    with UdpMember("a") as a, UdpMember("b") as b1, balancing(settings=brief) as b:
        b.add("a", udp_service=a.endpoint)
        with udp_client() as first, udp_client() as second, udp_client() as third:
            for client in (first, second):
                ask(client, b.address("u"), b"x")
            b.add("b", udp_service=b1.endpoint)
            assert ask(third, b.address("u"), b"x") == b"b:x", "two are on the other one"
            crowds = {s.node: s.in_flight for s in b.balancer._pool.states(0.0) if s.in_flight}
            assert crowds == {"a": 2, "b": 1}
            assert all(s.latency_s is not None for s in b.balancer._pool.states(0.0) if s.in_flight)
        until(
            lambda: not any(s.in_flight for s in b.balancer._pool.states(0.0)), "all is forgotten"
        )

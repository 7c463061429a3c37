"""Members without PROXY headers: a socket for each flow, moved, refused, and never too many."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from holdfast.platform.balancer.udp_lines import MAX_LINES, lines_within
from tests.support.balancing import (
    SETTINGS,
    UDP,
    Balancing,
    DeadEndpoint,
    PlainUdpMember,
    ask,
    balancing,
    open_descriptors,
    udp_client,
)
from tests.support.processes import until

PLAIN = replace(UDP, proxied=False)


@contextmanager
def plainly(*names: str) -> Iterator[tuple[Balancing, dict[str, PlainUdpMember]]]:
    with ExitStack() as stack:
        members = {name: stack.enter_context(PlainUdpMember(name)) for name in names}
        b = stack.enter_context(balancing(PLAIN))
        for name, member in members.items():
            b.add(name, udp_service=member.endpoint)
        yield b, members


def test_each_client_has_an_address_of_its_own_for_the_member() -> None:
    with plainly("a") as (b, members), udp_client() as one, udp_client() as two:
        for client in (one, two, one, two):
            assert ask(client, b.address("u"), b"1") == b"a:1"
        first, second, third, fourth = members["a"].sources
        assert (first, second) == (third, fourth)
        assert first != second


def test_a_refused_datagram_reaches_another_member() -> None:
    with plainly("a") as (b, _):
        b.add_dead("dead")
        for _ in range(4):
            with udp_client() as client:
                assert ask(client, b.address("u"), b"1") == b"a:1"


def test_a_stranger_and_a_former_member_cannot_answer() -> None:
    with plainly("a") as (b, members), udp_client() as client, udp_client() as rogue:
        ask(client, b.address("u"), b"1")
        rogue.sendto(b"forged", members["a"].sources[-1])
        members["a"].say(b"genuine")
        assert client.recv(100) == b"genuine"
        b.heart.leave("a")
        until(lambda: b.fit("udp-service") == 0, "it has left")
        members["a"].say(b"late")
        dropped = b.balancer._counters.dropped
        until(lambda: dropped["answer of a former member"] == 1, "it was dropped")


def test_with_nobody_left_the_client_is_told() -> None:
    with balancing(PLAIN) as b, udp_client() as client, DeadEndpoint() as dead:
        assert ask(client, b.address("u"), b"hello?") == UDP.refusal
        b.add("dead", udp_service=dead.endpoint)
        assert ask(client, b.address("u"), b"hello?") == UDP.refusal


def test_invented_sources_push_each_other_out_and_no_conversation() -> None:
    with plainly("a") as (b, members), udp_client() as client:
        b.balancer._udp.lines.most = 5
        for _ in range(2):
            ask(client, b.address("u"), b"1")
        for _ in range(20):
            with udp_client() as once:
                ask(once, b.address("u"), b"flood")
        assert len(b.balancer._udp.lines) == 5
        ask(client, b.address("u"), b"2")
        assert members["a"].sources[0] == members["a"].sources[-1]


def test_a_flow_that_lost_its_line_gets_another() -> None:
    with plainly("a") as (b, _), udp_client() as one, udp_client() as two:
        b.balancer._udp.lines.most = 1
        for client in (one, two, one, two):
            assert ask(client, b.address("u"), b"1") == b"a:1"


def test_a_forgotten_flow_gives_its_descriptor_back() -> None:
    brief = replace(SETTINGS, udp_idle_s=1.0)
    with PlainUdpMember("a") as a, balancing(PLAIN, settings=brief) as b, udp_client() as client:
        b.add("a", udp_service=a.endpoint)
        before = open_descriptors()
        ask(client, b.address("u"), b"1")
        assert open_descriptors() == before + 1
        until(lambda: open_descriptors() == before, "it is forgotten")


def test_lines_take_a_quarter_of_the_descriptors_at_most() -> None:
    assert lines_within(100) == 25
    assert lines_within(1) == 1
    assert lines_within(1 << 20) == MAX_LINES

"""Placement: the next member is tried, our own shortages are not blamed on members."""

import errno
from dataclasses import replace

import pytest

from holdfast.platform.balancer import sockets
from holdfast.platform.balancer.proxy_protocol import Local
from tests.support.balancing import (
    SETTINGS,
    TCP,
    TcpMember,
    balancing,
    deaf_endpoint,
    echo,
    receive,
    receive_all,
)
from tests.support.fast_path import way
from tests.support.processes import until


def test_our_own_shortage_takes_no_member_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_ports_left(*_: object) -> None:
        raise OSError(errno.EADDRNOTAVAIL, "no ports left")

    with way("python"), TcpMember(echo("a")) as a, balancing() as b:
        b.add("a", tcp_service=a.endpoint)
        with monkeypatch.context() as patch:
            patch.setattr(sockets, "dial", no_ports_left)
            with b.connect() as client:
                assert receive_all(client) == TCP.busy
        assert b.fit("tcp-service") == 1
        with b.connect() as client:
            assert receive(client, 2) == b"a:"


def test_all_members_are_tried_before_a_client_is_refused() -> None:
    with TcpMember(echo("a")) as a, balancing() as b:
        for number in range(5):
            b.add_dead(f"dead{number}")
        b.add("a", tcp_service=a.endpoint)
        with b.connect() as client:
            assert receive(client, 2) == b"a:"
        assert b.balancer._counters.connects_failed <= 5


def test_waiting_clients_are_refused_when_their_time_is_up_one_by_one() -> None:
    with balancing() as b:
        clients = [b.connect() for _ in range(3)]
        assert [receive_all(client) for client in clients] == [TCP.refusal] * 3
        for client in clients:
            client.close()


def test_a_member_that_does_not_answer_probes_stays_out_without_costing_clients() -> None:
    quick = replace(SETTINGS, connect_timeout_s=0.1)
    with deaf_endpoint() as deaf, TcpMember(echo("a")) as a, balancing(settings=quick) as b:
        b.add("deaf", tcp_service=deaf)
        b.add("a", tcp_service=a.endpoint)
        for _ in range(2):
            with b.connect() as client:
                assert receive(client, 2) == b"a:"
        assert b.fit("tcp-service") == 1
        tries = b.balancer._counters.connects_failed
        for _ in range(20):
            with b.connect() as client:
                assert receive(client, 2) == b"a:"
        assert b.balancer._counters.connects_failed == tries


def test_probes_of_unproxied_services_are_plain_connects() -> None:
    plain = replace(TCP, proxied=False)
    with balancing(plain) as b:
        dead = b.add_dead("a")
        with b.connect() as client:
            assert receive_all(client) == TCP.refusal
        dead.tcp.listen()
        dead.tcp.settimeout(10.0)
        probe, _ = dead.tcp.accept()
        with probe:
            assert receive_all(probe) == b""
        until(lambda: b.fit("tcp-service") == 1, "the member is back")


def test_probes_of_proxied_services_say_that_there_is_no_client() -> None:
    with TcpMember(echo("a")) as a, balancing() as b:
        b.add("a", tcp_service=a.endpoint)
        target = b.balancer._pool.pick("tcp-service", 0.0)
        assert target is not None
        b.balancer._pool.failed(target, 0.0)
        until(lambda: b.fit("tcp-service") == 1, "the member is back")
        until(lambda: bool(a.headers), "the probe has arrived")
        assert isinstance(a.headers[0], Local)

"""The page docs/reference/hot-restart.md, held against real processes under load."""

import asyncio
import os
import signal
import socket
from pathlib import Path

import pytest

from holdfast.platform.balancer.admin_access import token_of
from holdfast.platform.balancer.fleet_client import AdminClient
from holdfast.platform.balancer.restart.command import NotRestarted, restart
from holdfast.platform.runtime.supervisor import ChildSpec, Supervisor, holdfast_argv
from tests.support.balancing import CLIENT_S, ask, receive, receive_all, udp_client
from tests.support.echo_member import echo_member
from tests.support.fleet import environment, free_offset, holdfast
from tests.support.namespaces import inside, namespace
from tests.support.processes import is_alive, until
from tests.support.restarting import Restartable, load, restartable

pytestmark = pytest.mark.processes

DIES_IN_THE_PAUSE = """
from holdfast.platform.balancer.restart.taking import Legacy
Legacy.take = lambda self: os.kill(os.getpid(), 9)
"""


def serving(balancer: Restartable) -> list[int]:
    """The successors' process ids, the oldest first."""
    first = balancer.child.process.pid
    listed = Path(f"/proc/{first}/task/{first}/children").read_text()
    return sorted(int(word) for word in listed.split())


def test_three_restarts_under_load_fail_no_connection_and_no_flow(tmp_path: Path) -> None:
    with restartable(tmp_path, "abc") as balancer, load(balancer) as clients:
        for generation in (2, 3, 4):
            clients.more(10)
            assert restart(tmp_path) == generation
        clients.more(10)
        balancer.child.signal(signal.SIGUSR2)
        until(lambda: restart(tmp_path) >= 5, "a signal does the same")
        clients.more(10)


@pytest.mark.parametrize("trouble", ["os._exit(3)", DIES_IN_THE_PAUSE])
def test_a_new_process_that_fails_changes_nothing_for_anybody(tmp_path: Path, trouble: str) -> None:
    with restartable(tmp_path, "ab", TROUBLE=trouble) as balancer, load(balancer) as clients:
        clients.more(10)
        with pytest.raises(NotRestarted, match="ended before it was ready"):
            restart(tmp_path)
        clients.more(10)


def test_wrong_settings_are_told_and_right_ones_are_used(tmp_path: Path) -> None:
    with restartable(tmp_path, "a") as balancer:
        balancer.settings.write_text("[balancer]\nheartbeat_port = -1\n")
        with pytest.raises(NotRestarted):
            restart(tmp_path)
        assert balancer.ask() == b"a:hello"
        balancer.settings.write_text("[balancer]\nconnections_per_client = 1\n")
        assert restart(tmp_path) == 2
        with socket.create_connection(balancer.addresses["t"], CLIENT_S) as first:
            first.sendall(b"hello")
            assert receive(first, 7) == b"a:hello"
            assert balancer.ask(b"") == b"busy"


def test_the_admin_port_goes_along_and_the_first_process_passes_the_wish_to_reread_on(
    tmp_path: Path,
) -> None:
    with restartable(tmp_path, "a") as balancer:
        asked = AdminClient(balancer.addresses["admin"], token_of(tmp_path))
        asked.order("/nodes/a/drain")
        first = asked.fleet().balancer.pid
        assert first == balancer.child.process.pid
        assert restart(tmp_path) == 2
        state = asked.fleet()
        assert state.balancer.pid == serving(balancer)[-1] != first
        assert state.nodes[0].standing == "draining", "the order still stands"
        log = tmp_path / "access.log"
        fresh = tmp_path / "fresh.toml"
        fresh.write_text(f'[balancer]\naccess_log = "{log}"\n')
        fresh.replace(balancer.settings)
        balancer.child.signal(signal.SIGHUP)
        until(log.exists, "the one that serves has read its settings again")


def test_connections_of_the_old_process_end_when_its_time_is_up(tmp_path: Path) -> None:
    settings = {"HOLDFAST_BALANCER_DRAIN_AFTER_RESTART_S": "0.2"}
    with restartable(tmp_path, "a", **settings) as balancer:
        with socket.create_connection(balancer.addresses["t"], CLIENT_S) as old:
            old.sendall(b"hello")
            assert receive(old, 7) == b"a:hello"
            restart(tmp_path)
            assert receive_all(old) == b""
        assert balancer.ask() == b"a:hello"
        assert is_alive(balancer.child.process.pid), "it stays for its successor"


def test_a_process_of_two_restarts_ago_still_learns_who_is_there(tmp_path: Path) -> None:
    with restartable(tmp_path, "a") as balancer:
        with socket.create_connection(balancer.addresses["t"], CLIENT_S) as old:
            old.sendall(b"hello")
            assert receive(old, 7) == b"a:hello"
            restart(tmp_path)
            restart(tmp_path)
            with echo_member("b", balancer.addresses["heartbeats"], tmp_path / "fleet.key"):
                until(lambda: balancer.ask().startswith(b"b"), "the serving process knows it")
        balancer.child.signal(signal.SIGTERM)
        _, words = balancer.child.end()
    # the first process, its successor's successor; the one between had no clients and has ended
    assert words.count("member_joined node=b") == 2


def test_a_flow_of_a_member_without_headers_keeps_its_member_and_not_its_port(
    tmp_path: Path,
) -> None:
    with restartable(tmp_path, "ab", PLAIN="1") as balancer, udp_client() as client:
        before = ask(client, balancer.addresses["u"], b"hello").split(b":")
        assert ask(client, balancer.addresses["u"], b"hello").split(b":") == before
        restart(tmp_path)
        after = ask(client, balancer.addresses["u"], b"hello").split(b":")
        assert after[0] == before[0]
        assert after[1] != before[1]


def test_a_flow_in_the_kernels_path_goes_on_as_if_nothing_had_happened(tmp_path: Path) -> None:
    with namespace("nft", "conntrack") as space, inside(space):
        settings = {"PLAIN": "1", "HOLDFAST_BALANCER_DATA_PATH": "kernel"}
        with restartable(tmp_path, "ab", **settings) as balancer, udp_client() as client:
            door = balancer.addresses["u"]

            def is_carried() -> bool:
                """Only the kernel leaves a client its port; flows stay where they began."""
                with udp_client() as newcomer:
                    port = ask(newcomer, door, b"hello").split(b":")[1]
                    return int(port) == newcomer.getsockname()[1]

            until(is_carried, "the kernel carries new flows")
            before = ask(client, door, b"hello")
            assert int(before.split(b":")[1]) == client.getsockname()[1]
            assert restart(tmp_path) == 2
            for _ in range(20):
                assert ask(client, door, b"hello") == before
            until(is_carried, "the successor has the kernel carry new flows")
            assert ask(client, door, b"hello") == before


def test_a_successor_that_is_killed_is_replaced(tmp_path: Path) -> None:
    with restartable(tmp_path, "a") as balancer:
        restart(tmp_path)
        [killed] = serving(balancer)
        os.kill(killed, signal.SIGKILL)
        until(lambda: serving(balancer) not in ([], [killed]), "another one is started")
        assert restart(tmp_path) >= 3


@pytest.mark.parametrize("way", ["signal", "parent"])
def test_stopping_the_first_process_stops_the_whole_row(tmp_path: Path, way: str) -> None:
    with restartable(tmp_path, "a") as balancer:
        with socket.create_connection(balancer.addresses["t"], CLIENT_S) as client:
            client.sendall(b"hello")
            assert receive(client, 7) == b"a:hello"
            restart(tmp_path)
            restart(tmp_path)
            row = serving(balancer)
            assert row
            if way == "signal":
                balancer.child.signal(signal.SIGTERM)
            else:
                balancer.child.hang_up()
            client.sendall(b"still served")
            assert receive(client, 14) == b"a:still served"
        code, words = balancer.child.end()
        assert code == 0
        assert "Traceback" not in words
        until(lambda: not any(map(is_alive, row)), "all have ended")


def test_after_the_first_process_was_killed_the_next_one_goes_on(tmp_path: Path) -> None:
    with restartable(tmp_path, "a") as balancer, udp_client() as udp:
        client = socket.create_connection(balancer.addresses["t"], CLIENT_S)
        with client:
            client.sendall(b"hello")
            assert receive(client, 7) == b"a:hello"
            restart(tmp_path)
            with socket.create_connection(balancer.addresses["t"], CLIENT_S) as held:
                held.sendall(b"hello")
                assert receive(held, 7) == b"a:hello"
                balancer.child.signal(signal.SIGKILL)
                balancer.child.process.wait(CLIENT_S)
                with restartable(tmp_path) as next_one:
                    # port 0 was asked for: only a hand-over gives the same one
                    assert next_one.addresses["u"] == balancer.addresses["u"]
                    assert ask(udp, next_one.addresses["u"], b"x") == b"a:x"


async def test_the_command_restarts_and_a_supervisor_sees_one_process_all_the_time(
    tmp_path: Path,
) -> None:
    settings = ("--data", str(tmp_path), "--port-offset", str(free_offset()))
    spec = ChildSpec("balancer", holdfast_argv("run", "balancer", *settings), environment())
    async with Supervisor() as children:
        children.start(spec)
        await children.ready()
        before = children.pids()
        done = await asyncio.to_thread(holdfast, "balancer", "restart", *settings, folder=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "generation 2 serves" in done.stdout
        assert children.pids() == before
        assert is_alive(before["balancer"])
        with socket.create_connection(("127.0.0.1", 4444 + int(settings[3])), CLIENT_S):
            pass
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", 4444 + int(settings[3])), CLIENT_S)

"""Who listens where: found in /proc, with a name where one can be had."""

import os
import socket
import subprocess
import sys
from pathlib import Path

from holdfast.platform.doctor.ports import SOMEBODY, Wanted, look_at_ports

LISTEN = """
import socket, sys
with socket.create_server(("127.0.0.1", 0)) as sock:
    print(sock.getsockname()[1], flush=True)
    sys.stdin.read()
"""


def tcp(number: int) -> Wanted:
    return Wanted("results", "tcp", "127.0.0.1", number)


def test_a_port_that_another_program_took_is_told_with_its_process() -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", LISTEN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    try:
        number = int(other.stdout.readline())
        (port,) = look_at_ports([tcp(number)])
    finally:
        other.communicate()
    assert f"process {other.pid}" in port.holder
    assert not port.is_ours


def test_a_free_port_has_no_holder_and_no_refusal() -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        number = sock.getsockname()[1]
    (port,) = look_at_ports([tcp(number)])
    assert (port.holder, port.refused) == ("", "")


def test_a_udp_port_is_seen_too() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        (port,) = look_at_ports([Wanted("beats", "udp", "127.0.0.1", sock.getsockname()[1])])
    assert str(os.getpid()) in port.holder


def test_an_address_that_is_not_of_this_machine_is_refused() -> None:
    (port,) = look_at_ports([Wanted("results", "tcp", "192.0.2.1", 4_000)])
    assert port.refused


def a_listener(proc: Path, command: bytes) -> None:
    """A /proc with one process that listens at port 80."""
    (proc / "net").mkdir()
    row = "0: 0100007F:0050 00000000:0000 0A 0:0 00:0 0 0 0 777 1"
    (proc / "net" / "tcp").write_text(f"head\n{row}\n")
    fds = proc / "42" / "fd"
    fds.mkdir(parents=True)
    (fds / "3").symlink_to("socket:[777]")
    (proc / "42" / "cmdline").write_bytes(command)


def test_a_holdfast_of_ours_is_known_by_its_command_line(tmp_path: Path) -> None:
    a_listener(tmp_path, b"/usr/bin/python\0-m\0holdfast\0run\0balancer\0")
    (port,) = look_at_ports([tcp(80)], tmp_path)
    assert port.is_ours


def test_a_program_that_only_mentions_it_is_not_ours(tmp_path: Path) -> None:
    a_listener(tmp_path, b"nginx\0-c\0/etc/holdfast-like\0\x1b[31m")
    (port,) = look_at_ports([tcp(80)], tmp_path)
    assert not port.is_ours
    assert "\x1b" not in port.holder


def test_a_listener_whose_process_may_not_be_looked_into_is_somebody(tmp_path: Path) -> None:
    a_listener(tmp_path, b"x")
    (tmp_path / "42" / "fd" / "3").unlink()
    (port,) = look_at_ports([tcp(80)], tmp_path)
    assert port.holder == SOMEBODY

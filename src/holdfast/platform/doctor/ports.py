"""The law of ports: who listens where, read from /proc; nobody is connected to or disturbed.

Without /proc, or as a user who may not look into others' processes, a listener has no name. A port
where nobody listens is bound for a moment, to see whether it can be had.
"""

import os
import socket
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from holdfast.platform.doctor.facts import Port

PROC = Path("/proc")
LISTEN, UNCONNECTED = "0A", "07"
SOMEBODY = "another program"
_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Wanted:
    """A port that Holdfast wants to listen at."""

    name: str
    transport: str
    host: str
    number: int


def look_at_ports(wanted: Iterable[Wanted], proc: Path = PROC) -> list[Port]:
    """Who is at each of them."""
    inodes = {
        "tcp": _listening(proc, ("tcp", "tcp6"), LISTEN),
        "udp": _listening(proc, ("udp", "udp6"), UNCONNECTED),
    }
    ports = list(wanted)
    taken = {n for one in ports for n in inodes[one.transport].get(one.number, ())}
    holders = _holders(proc, taken) if taken else {}
    return [_port(one, inodes[one.transport].get(one.number, ()), holders) for one in ports]


def _port(one: Wanted, inodes: Iterable[str], holders: Mapping[str, tuple[str, bool]]) -> Port:
    at = list(inodes)
    if at:
        known = [holders[inode] for inode in at if inode in holders]
        holder, is_ours = known[0] if known else (SOMEBODY, False)
        return Port(one.name, one.transport, one.number, holder, is_ours)
    return Port(one.name, one.transport, one.number, refused=_refusal(one))


def _refusal(one: Wanted) -> str:
    """Why it cannot be had; empty when it can."""
    if not one.number:
        return ""
    family = socket.AF_INET6 if ":" in one.host else socket.AF_INET
    kind = socket.SOCK_STREAM if one.transport == "tcp" else socket.SOCK_DGRAM
    with socket.socket(family, kind) as probe:
        if one.transport == "tcp":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((one.host, one.number))
        except OSError as error:
            return (error.strerror or str(error)).lower()
    return ""


def _listening(proc: Path, tables: Iterable[str], state: str) -> dict[int, list[str]]:
    """Inodes of sockets by port."""
    found: dict[int, list[str]] = {}
    for table in tables:
        for fields in _rows(proc / "net" / table):
            if len(fields) > 9 and fields[3] == state:
                port = int(fields[1].rpartition(":")[2], 16)
                found.setdefault(port, []).append(fields[9])
    return found


def _rows(table: Path) -> list[list[str]]:
    try:
        lines = table.read_text(encoding="ascii").splitlines()
    except OSError:
        return []
    return [line.split() for line in lines[1:]]


def _holders(proc: Path, inodes: set[str]) -> dict[str, tuple[str, bool]]:
    """Who has these sockets open, and whether it is Holdfast."""
    found: dict[str, tuple[str, bool]] = {}
    for folder in proc.glob("[0-9]*"):
        with suppress(OSError):
            mine = {_socket_of(entry) for entry in os.scandir(folder / "fd")} & inodes
            found |= {inode: _named(folder) for inode in mine}
    return found


def _socket_of(entry: "os.DirEntry[str]") -> str:
    try:
        target = str(Path(entry.path).readlink())
    except OSError:
        return ""
    return target[8:-1] if target.startswith("socket:[") else ""


def _named(folder: Path) -> tuple[str, bool]:
    words = (folder / "cmdline").read_bytes().split(b"\0")
    line = " ".join(word.decode("utf-8", "replace") for word in words if word)
    is_ours = any(
        word == b"holdfast" or word.endswith(b"/holdfast") or word.startswith(b"holdfast.")
        for word in words
    )
    shown = "".join(c if c.isprintable() else "?" for c in line)[:_SHOWN]
    return f"process {folder.name} ({shown})", is_ours

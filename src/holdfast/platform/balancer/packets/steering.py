"""One balancer's packet program on loopback, its maps, and what is read and written in them.

All of it has names in the kernel's own file system, so it outlives this process: clients inside go
on after a crash, and a successor takes over what is there. New clients are let in only until the
lease that each door was last given is over.
"""

import contextlib
import errno
import os
import socket
import stat
import struct
import time
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from holdfast.platform.balancer.kernel_choice import Place, Side
from holdfast.platform.balancer.kernel_rules import ANSWER_S, LEASE_S, Door, Gate
from holdfast.platform.balancer.kernel_shares import Spread
from holdfast.platform.balancer.packets import calls, program
from holdfast.platform.balancer.packets.calls import Hook, Kind
from holdfast.platform.membership.wire import Endpoint

INTERFACE = "lo"
LAYOUT = 1
"""Grows with every change of the maps: what another version left is not taken over."""
MOST_DOORS = 64
MOST_FLOWS = 65_536
"""Clients on this path at once; the next ones are the relay's. About 24 MB for these and as many
that have ended."""
MOST_CLIENTS = 65_536
MOST_PER_CLIENT = 2**32 - 1
HOST = "127.0.0.1"
"""Whose clients are led where a listener is bound to all addresses."""
SOURCES = 0x7F40_0000
"""Members see all clients of a door as one address of 127.64.0.0/10, which nobody else of this
machine has: 16 bits of it are the balancer's heartbeat port, 6 the door's number."""
STEP = 4_096
"""Flows looked at in one go: some milliseconds."""
_WILDCARDS = ("0.0.0.0", "::")  # noqa: S104  recognised, not bound
_NS = 1_000_000_000
_LINK = "link"
_KEY, _FLOW = struct.Struct("=4s2s2s4sI"), struct.Struct("=4s2sBBQI4sII")
_DOOR, _DOOR_KEY, _SLOT = (
    struct.Struct("=QIIII4sI"),
    struct.Struct("=4s2sH"),
    struct.Struct("=4s2sH"),
)
_CLIENT, _COUNT, _COUNTERS = struct.Struct("=4sI"), struct.Struct("=Q"), struct.Struct("=QQ")
_INDEX = struct.Struct("=I")


@dataclass(frozen=True, slots=True)
class Flow:
    """A client's connection: both keys, its member, whether that has answered, when (monotonic
    seconds, about) the client last sent something, and whom it counts for (client and door)."""

    keys: tuple[bytes, bytes]
    member: Endpoint
    answered: bool
    seen_at: float
    count: bytes


def is_near(door: Door) -> bool:
    """Whether this path can carry a listener: TCP, members on IPv4's loopback, by turns."""
    return (
        door.transport == "tcp"
        and door.place == Place(4, Side.LOOPBACK)
        and door.spread is not Spread.HASH
        and len(door.slots) <= program.MOST_SLOTS
    )


def kinds() -> dict[str, tuple[Kind, int, int, int]]:
    """The maps by name: kind, bytes of a key and of a value, entries at most."""
    return {
        "doors": (Kind.HASH, program.DOOR_KEY_BYTES, program.DOOR_BYTES, 2 * MOST_DOORS),
        "slots": (Kind.ARRAY, 4, program.SLOT_BYTES, MOST_DOORS * program.MOST_SLOTS),
        "flows": (Kind.HASH, program.KEY_BYTES, program.FLOW_BYTES, 2 * MOST_FLOWS),
        "closing": (Kind.LEAST_RECENT, program.KEY_BYTES, program.FLOW_BYTES, 2 * MOST_FLOWS),
        "clients": (Kind.HASH, program.CLIENT_KEY_BYTES, program.COUNT_BYTES, MOST_CLIENTS),
        "counters": (Kind.ARRAY, 4, program.COUNTERS_BYTES, MOST_DOORS),
    }


class Steering:
    """The program of one balancer, which has its name by the port of its heartbeats."""

    def __init__(self, port: int, folder: Path) -> None:
        """`folder`: where the kernel's own file system for programs (bpffs) is mounted."""
        self._port = port
        self._folder = folder / f"holdfast_{port}_{LAYOUT}"
        self._maps: dict[str, int] = {}
        self._fds: list[int] = []
        self._numbers: dict[Gate, int] = {}
        self._keys: dict[Gate, bytes] = {}

    @property
    def is_there(self) -> bool:
        """Whether a process has it, or left it."""
        # `Path.exists` raises where the mount is root's alone.
        return os.path.exists(self._folder / _LINK)  # noqa: PTH110

    def open(self) -> str | None:
        """Have the program see loopback's packets; why not, if so."""
        if not os.path.ismount(self._folder.parent):
            place = self._folder.parent
            return f"{place} is not mounted: mount -t bpf -o mode=700 bpf {place}"
        is_taken_over = self.is_there
        try:
            self._open()
        except (OSError, calls.Refused) as error:
            if is_taken_over:
                self._let_go()
            else:  # nobody else has an end of what was made
                self.close()
            return f"the kernel does not take the packet program: {error}"
        return None

    def carry(self, doors: Sequence[Door], per_client: int) -> set[Gate]:
        """Let clients in at these doors, and no others, for the next `LEASE_S`; at which there is
        room for."""
        until = time.monotonic_ns() + LEASE_S * _NS
        most = min(per_client, MOST_PER_CLIENT)
        wanted = {door.gate: door for door in doors[:MOST_DOORS]}
        self._make_room(wanted)
        for gate in [gate for gate in self._numbers if gate not in wanted]:
            # Without slots: those inside are still led.
            record = _DOOR.pack(0, self._numbers[gate], 0, 0, 0, bytes(4), 0)
            calls.update(self._maps["doors"], self._keys[gate], record)
        for gate, door in wanted.items():
            number = self._number(gate)
            host = HOST if door.host in _WILDCARDS else door.host
            self._keys[gate] = _DOOR_KEY.pack(*_packed((host, door.port)), 0)
            first = number * program.MOST_SLOTS
            for index, endpoint in enumerate(door.slots):
                slot = _SLOT.pack(*_packed(endpoint), 0)
                calls.update(self._maps["slots"], _INDEX.pack(first + index), slot)
            source = (SOURCES | self._port << 6 | number).to_bytes(4)
            record = _DOOR.pack(until, number, first, len(door.slots), most, source, 0)
            calls.update(self._maps["doors"], self._keys[gate], record)
        return set(wanted)

    def accepted(self) -> dict[Gate, int]:
        """Clients let in since the program was first there, by door."""
        found = {}
        for gate, number in self._numbers.items():
            told = calls.lookup(self._maps["counters"], _INDEX.pack(number), _COUNTERS.size)
            if told is not None:
                found[gate] = int(_COUNTERS.unpack(told)[1])
        return found

    def flows(self) -> Iterator[Flow]:
        """Everybody who is inside."""
        for key, value in calls.entries(self._maps["flows"], _KEY.size, _FLOW.size):
            client, client_port, *_ = _KEY.unpack(key)
            address, port, state, bits, seen, door, source, _, _ = _FLOW.unpack(value)
            if bits & program.REPLY:
                continue
            other = _KEY.pack(source, client_port, port, address, 0)
            member = (socket.inet_ntoa(address), int.from_bytes(port))
            answered, count = state == program.ANSWERED, _CLIENT.pack(client, door)
            yield Flow((key, other), member, answered, seen / _NS, count)

    def forget(self, gate: Gate, endpoint: Endpoint, *, unanswered: bool) -> Iterator[None]:
        """Cut what leads to a member, what it never answered or all; a step at a time."""
        number = self._numbers.get(gate)
        for step, flow in enumerate(self.flows(), 1):
            _, door = _CLIENT.unpack(flow.count)
            if door == number and flow.member == endpoint and not (unanswered and flow.answered):
                self._cut(flow)
            if not step % STEP:
                yield

    def sweep(self, idle_s: float) -> Iterator[None]:
        """Forget flows that were silent for so long, those never answered after `ANSWER_S`; a step
        at a time. What is cut stays counted, for the program may count at the same moment; counts
        are set right when nobody was let in meanwhile, and none of the client's has ended."""
        before = dict(calls.entries(self._maps["clients"], _CLIENT.size, _COUNT.size))
        accepted = self.accepted()
        counts: Counter[bytes] = Counter()
        for step, flow in enumerate(self.flows(), 1):
            patience_s = idle_s if flow.answered else min(ANSWER_S, idle_s)
            if time.monotonic() - flow.seen_at > patience_s and self._is_silent(flow, patience_s):
                self._cut(flow)
            else:
                counts[flow.count] += 1
            if not step % STEP:
                yield
        for step, (client, value) in enumerate(before.items(), 1):
            if not counts[client] or _COUNT.unpack(value)[0] != counts[client]:
                self._set_right(client, value, counts[client], accepted)
            if not step % STEP:
                yield

    def _set_right(self, client: bytes, was: bytes, count: int, accepted: dict[Gate, int]) -> None:
        """Unless the count has moved, or anybody has come, up to this very moment."""
        told = calls.lookup(self._maps["clients"], client, _COUNT.size)
        if told != was or self.accepted() != accepted:
            return
        if count:
            calls.update(self._maps["clients"], client, _COUNT.pack(count))
        else:
            calls.delete(self._maps["clients"], client)

    def _is_silent(self, flow: Flow, patience_s: float) -> bool:
        """Whether its member's side has not been heard either."""
        told = calls.lookup(self._maps["flows"], flow.keys[1], _FLOW.size)
        return told is None or time.monotonic() - _FLOW.unpack(told)[4] / _NS > patience_s

    def count_of(self, count: bytes) -> int:
        """How many connections whoever counts there has, as the program counts them."""
        told = calls.lookup(self._maps["clients"], count, _COUNT.size)
        return 0 if told is None else int(_COUNT.unpack(told)[0])

    @property
    def is_empty(self) -> bool:
        """Whether nobody is inside."""
        return next(self.flows(), None) is None

    def leave(self) -> None:
        """A successor has it, or will: everything stays as it is."""
        self._let_go()

    def close(self) -> None:
        """Remove it, and with it the flows of those who are still inside."""
        self._let_go()
        with contextlib.suppress(OSError):
            self._make_sure()
            for entry in self._folder.iterdir():
                entry.unlink()
            self._folder.rmdir()

    def _open(self) -> None:
        with contextlib.suppress(FileExistsError):
            self._folder.mkdir(mode=0o700)
        self._make_sure()
        for name, (kind, key_bytes, value_bytes, most) in kinds().items():
            path = self._folder / name
            if path.exists():
                fd = calls.pinned(str(path))
            else:
                fd = calls.create(kind, key_bytes, value_bytes, most)
                calls.pin(fd, str(path))
            self._fds.append(fd)
            self._maps[name] = fd
        for key, value in list(
            calls.entries(self._maps["doors"], _DOOR_KEY.size, program.DOOR_BYTES)
        ):
            _, port, _ = _DOOR_KEY.unpack(key)
            gate: Gate = ("tcp", int.from_bytes(port))
            self._numbers[gate], self._keys[gate] = _DOOR.unpack(value)[1], key
        loaded = calls.load(
            program.steering(program.Maps(**self._maps)), Hook.INGRESS, "holdfast_steer"
        )
        self._fds.append(loaded)
        link = calls.attach(loaded, socket.if_nametoindex(INTERFACE), Hook.INGRESS)
        self._fds.append(link)
        # In this order a kill at any moment leaves at least one program that leads who is inside.
        fresh = self._folder / f"{_LINK}-new"
        fresh.unlink(missing_ok=True)
        calls.pin(link, str(fresh))
        fresh.replace(self._folder / _LINK)

    def _make_sure(self) -> None:
        """A bpffs may let everybody make folders: use only one that nobody else can write to.
        `PermissionError` if it is none of ours."""
        about = self._folder.lstat()
        is_ours = stat.S_ISDIR(about.st_mode) and about.st_uid == os.geteuid()
        if not is_ours or about.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise PermissionError(errno.EPERM, f"{self._folder} is somebody else's")

    def _make_room(self, wanted: Collection[Gate]) -> None:
        """Forget doors that are no more, when there are too many: clients still inside are cut."""
        shut = [gate for gate in self._numbers if gate not in wanted]
        news = sum(gate not in self._numbers for gate in wanted)
        for gate in shut[: max(0, len(self._numbers) + news - MOST_DOORS)]:
            calls.delete(self._maps["doors"], self._keys.pop(gate))
            del self._numbers[gate]

    def _number(self, gate: Gate) -> int:
        number = self._numbers.get(gate)
        if number is None:
            taken = set(self._numbers.values())
            number = next(each for each in range(MOST_DOORS) if each not in taken)
            self._numbers[gate] = number
        return number

    def _cut(self, flow: Flow) -> None:
        if calls.delete(self._maps["flows"], flow.keys[0]):
            calls.delete(self._maps["flows"], flow.keys[1])

    def _let_go(self) -> None:
        for fd in self._fds:
            os.close(fd)
        self._fds.clear()
        self._maps.clear()


def _packed(endpoint: Endpoint) -> tuple[bytes, bytes]:
    host, port = endpoint
    return socket.inet_aton(host), port.to_bytes(2)

"""The two ways of the relay, and storms of clients and members that behave in every way there is.

`python -m tests.support.fast_path SHARED_OBJECT SEED` runs a storm over a fast path that was
compiled elsewhere, for instance with a sanitizer, and ends with 0 when all was well.
"""

import contextlib
import importlib.util
import random
import socket
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.machinery import ExtensionFileLoader
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from holdfast.platform.balancer._fast_path import PairPoller

NAME = "holdfast.platform.balancer._fast_path"
PLAN = struct.Struct("!BII")
PATIENCE_S = 20.0
KINDS = (
    "echo",
    "slow-reader",
    "slow-member",
    "client-resets",
    "member-resets",
    "no-answer",
    "client-ends-first",
    "leaves-at-once",
)
LARGEST = 3_000_000
AT_ONCE = 12


def compiled_or_skip() -> None:
    """Skip the test where the fast path was not compiled."""
    from holdfast.platform.balancer import fast_path

    if not fast_path.is_compiled:
        pytest.skip(
            "the fast path is not compiled: no C compiler or Python headers at `make setup`"
        )


def compiled_poller() -> "PairPoller":
    """A poller that carries pairs."""
    from holdfast.platform.balancer import fast_path

    compiled_or_skip()
    made = fast_path.pair_poller()
    assert made is not None
    return made


@contextlib.contextmanager
def way(name: str) -> Iterator[None]:
    """Relay by `python`, or by what was `compiled`."""
    from holdfast.platform.balancer import server

    if name == "compiled":
        compiled_or_skip()
        yield
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(server, "pair_poller", lambda: None)
        yield


def bytes_of(seed: int, size: int) -> bytes:
    """Bytes that both ends know."""
    return random.Random(seed).randbytes(size)


def reset(sock: socket.socket) -> None:
    """Hang up as a process that dies does."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def take(sock: socket.socket, *, pause_s: float = 0.0) -> bytes:
    """Everything until the end, with pauses."""
    pieces = []
    while piece := sock.recv(100_000):
        pieces.append(piece)
        time.sleep(pause_s)
    return b"".join(pieces)


def serve(client: socket.socket, _header: object) -> None:
    """A member that does what the client's first bytes ask for."""
    plan = b""
    while len(plan) < PLAN.size:
        piece = client.recv(PLAN.size - len(plan))
        if not piece:
            return
        plan += piece
    number, seed, size = PLAN.unpack(plan)
    match KINDS[number]:
        case "echo" | "client-resets" | "client-ends-first" | "slow-member":
            slow = KINDS[number] == "slow-member"
            while piece := client.recv(4_096 if slow else 65_536):
                client.sendall(piece)
        case "slow-reader":
            client.sendall(bytes_of(seed, size))
        case "member-resets":
            client.sendall(bytes_of(seed, size)[: size // 2])
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class Storm:
    """So many clients of one seed; `problems` says what went wrong."""

    def __init__(self, address: tuple[str, int], refusal: bytes, seed: int) -> None:
        self._address, self._refusal, self._seed = address, refusal, seed
        self.problems: list[str] = []
        self.done: Counter[str] = Counter()

    def run(self, clients: int) -> None:
        """Have them all, some at once."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(self._one, range(clients)))

    def _one(self, number: int) -> None:
        dice = random.Random(self._seed * 100_003 + number)
        kind = dice.randrange(len(KINDS))
        try:
            with socket.create_connection(self._address, timeout=PATIENCE_S) as sock:
                found = self._talk(sock, KINDS[kind], dice)
        except TimeoutError:
            found = "hung"
        except OSError as error:
            found = "" if KINDS[kind] == "member-resets" else f"failed: {error}"
        if found:
            self.problems.append(f"{self._seed}/{number} {KINDS[kind]}: {found}")
        self.done[KINDS[kind]] += 1

    def _talk(self, sock: socket.socket, kind: str, dice: random.Random) -> str:
        seed, size = dice.randrange(1 << 30), int(dice.random() ** 4 * LARGEST)
        data = bytes_of(seed, size)
        if kind != "leaves-at-once":
            sock.sendall(PLAN.pack(KINDS.index(kind), seed, size))
        match kind:
            case "echo" | "slow-member":
                return "" if self._exchange(sock, data, dice) == data else "another echo"
            case "slow-reader":
                got = take(sock, pause_s=dice.choice([0.0, 0.001, 0.02]))
                return "" if got == (data or self._refusal) else f"{len(got)} of {size} bytes"
            case "member-resets":
                got = take(sock)
                expected = data[: size // 2]
                fits = expected.startswith(got) or (not expected and got == self._refusal)
                return "" if fits else "bytes that nobody sent"
            case "no-answer":
                got = take(sock)
                return "" if got == self._refusal else f"{got[:40]!r} for an answer"
            case "client-resets":
                with contextlib.suppress(OSError):
                    sock.sendall(data[:100_000])
                    if data and dice.random() < 0.5:
                        sock.recv(100)
                reset(sock)
            case "client-ends-first":
                sock.sendall(data[:20_000])
                sock.shutdown(socket.SHUT_WR)
                return "" if take(sock) == data[:20_000] else "another echo"
        return ""

    @staticmethod
    def _exchange(sock: socket.socket, data: bytes, dice: random.Random) -> bytes:
        step = dice.choice([1_000, 70_000, 400_000])

        def write() -> None:
            with contextlib.suppress(OSError):
                for at in range(0, len(data), step):
                    sock.sendall(data[at : at + step])
                sock.shutdown(socket.SHUT_WR)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            return take(sock)
        finally:
            writer.join()


def rage(seed: int, clients: int) -> list[str]:
    """A storm over a balancer with two good members and a dead one: what went wrong, and what was
    left behind."""
    from holdfast.platform.balancer.proxy_protocol import Header, Local
    from tests.support.balancing import SETTINGS, TCP, TcpMember, balancing
    from tests.support.processes import until

    def act(client: socket.socket, header: Header | Local | None) -> None:
        serve(client, header)

    settings = replace(SETTINGS, wait_for_member_s=5.0)
    with TcpMember(act) as a, TcpMember(act) as b, balancing(settings=settings) as run:
        run.add("a", tcp_service=a.endpoint)
        run.add("b", tcp_service=b.endpoint)
        run.add_dead("dead")
        storm = Storm(run.address("t"), TCP.refusal, seed)
        storm.run(clients)
        relay = run.balancer._tcp
        until(lambda: relay.clients == 0, "nobody is inside")
        assert relay._admission.total == 0
        assert all(state.in_flight == 0 for state in relay.pool.states(0.0))
        assert sum(storm.done.values()) == clients
        return storm.problems


def _load(shared_object: str) -> None:
    """Have the package find this one in place of its own."""
    loader = ExtensionFileLoader(NAME, shared_object)
    spec = importlib.util.spec_from_file_location(NAME, shared_object, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    sys.modules[NAME] = module


if __name__ == "__main__":
    _load(sys.argv[1])
    from holdfast.platform.balancer import fast_path as _used

    assert sys.argv[1] in str(_used._fast_path.__file__), "the other one was loaded"
    wrong = rage(int(sys.argv[2]), int(sys.argv[3]))
    print("\n".join(wrong) or "all was well")
    sys.exit(bool(wrong))

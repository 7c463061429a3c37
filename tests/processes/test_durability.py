"""What was announced is never lost, whichever process is killed in the middle of 200 attempts.

See docs/reference/durability.md. Real processes, `kill -9`, attempts of four kinds on raw sockets.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

from holdfast.grading.wire.course import Chat, ErrorReply
from holdfast.grading.wire.message import Message
from tests.support.course_client import (
    RENEWS_LEASE,
    SPECIAL,
    SPECIAL_MARK,
    TIMESTAMP,
    TOO_LONG,
    TcpStudent,
    UdpStudent,
    is_registered,
    passes,
    registers,
    says,
    seed_attempt,
)
from tests.support.fleet import Fleet, eventually, free_offset, start

pytestmark = [pytest.mark.processes, pytest.mark.long]

RUNNING = 200
AT_ONCE = 12
"""Threads of the test: clients that wait for their server at the same time."""
SILENCE_S = 2.5
"""So long after a node's last beat its attempts are closed (5 s by default)."""


@dataclass
class Attempt:
    """One client in the middle of a test. `finish` answers right; true when a pass is announced."""

    uid: int
    test: str
    student: TcpStudent | UdpStudent
    finish: Callable[[], bool]


@dataclass
class Installation:
    """A data folder, whatever runs on it now, and everything that was announced so far."""

    folder: Path
    fleet: Fleet
    announced: set[tuple[int, str]] = field(default_factory=set)
    uids: Iterator[int] = field(default_factory=lambda: count(1000))

    def start_again(self) -> None:
        self.fleet = _up(self.folder, self.fleet.offset)

    def uid(self) -> int:
        return next(self.uids)

    def passes(self) -> None:
        """A new client passes the seed's test, and that was announced."""
        uid = self.uid()
        passes(self.fleet, uid)
        self.announced.add((uid, "seed-user-id"))

    def finish(self, attempts: Iterable[Attempt]) -> None:
        """Answer right in all of them, side by side."""

        def finish(attempt: Attempt) -> None:
            if attempt.finish():
                self.announced.add((attempt.uid, attempt.test))

        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(finish, attempts))

    def lost(self) -> set[tuple[int, str]]:
        """What was announced and is not on record as passed."""
        cells = self.fleet.cells()
        passed = {key for key, cell in cells.items() if cell["standing"] == "passed"}
        return self.announced - passed

    def running(self) -> int:
        return sum(int(cell["running"]) for cell in self.fleet.cells().values())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("durability")
    roster = folder / "roster.csv"
    roster.write_text("".join(f"{uid},Student {uid}\n" for uid in range(1000, 10_000)))
    installation = Installation(folder, _up(folder, free_offset()))
    try:
        yield installation
    finally:
        installation.fleet.stop()


def _up(folder: Path, offset: int) -> Fleet:
    settings = {
        "course.answer_s": 100,  # they run until they are answered
        "course.silence_s": 0.2,
        "results.silence_s": SILENCE_S,
        "results.reap_every_s": 0.2,
        "fleet.drain_s": 3,
    }
    words = [f"--set={key}={value}" for key, value in settings.items()]
    arguments = [
        "--apps",
        "grading",
        "--data",
        str(folder / "data"),
        "--port-offset",
        str(offset),
        *words,
    ]
    return start([*arguments, "--roster", str(folder / "roster.csv")], folder / "data", offset)


Begin = Callable[[int], list[Attempt]]


@pytest.fixture
def begin(home: Installation) -> Iterator[Begin]:
    """Begins so many attempts, a mixture of tests, all running and recorded as such."""
    begun: list[Attempt] = []

    def begin(wanted: int) -> list[Attempt]:
        before = home.running()
        kinds = (_special, _timestamp, _excess, _renewal)
        for number in range(wanted):
            begun.append(kinds[number % len(kinds)](home.fleet, home.uid()))
        eventually(lambda: home.running() == before + wanted, 20, f"{wanted} running attempts")
        return list(begun)

    yield begin
    for attempt in begun:
        attempt.student.sock.close()


def _special(fleet: Fleet, uid: int) -> Attempt:
    student = TcpStudent(fleet, 4447).send(Chat(uid, SPECIAL))

    def finish() -> bool:
        student.send(student.until(says(SPECIAL_MARK)))
        return _is_announced(student.until(says("TEST 4_2")))

    return Attempt(uid, "2025-4_2", student, finish)


def _timestamp(fleet: Fleet, uid: int) -> Attempt:
    student = UdpStudent(fleet, 5252).send(Chat(uid, TIMESTAMP))

    def finish() -> bool:
        student.send(student.until(says("Timestamp: ")))
        return _is_announced(student.until(says("TEST 3_2")))

    return Attempt(uid, "2025-3_2", student, finish)


def _excess(fleet: Fleet, uid: int) -> Attempt:
    student = TcpStudent(fleet, 4444).send(Chat(uid, TOO_LONG))

    def finish() -> bool:
        chat = student.read()
        assert isinstance(chat, Chat)
        student.send(Chat(uid, str(2 * len(chat.text) - 4000)))
        return False  # 2024 assignment 1 announces nothing

    return Attempt(uid, "2024-a1-t3", student, finish)


def _renewal(fleet: Fleet, uid: int) -> Attempt:
    student = TcpStudent(fleet, 4447).send(registers(uid))
    student.until(is_registered)
    student.send(Chat(uid, RENEWS_LEASE))
    return Attempt(uid, "2025-4_1", student, lambda: False)  # it lasts 20 minutes


def _is_announced(message: Message) -> bool:
    return isinstance(message, Chat) and "SUCCESSFULLY PASSED" in message.text


def records_of(home: Installation, attempts: Iterable[Attempt]) -> list[dict[str, str | None]]:
    """The recorded attempts of these clients: each one's only one."""

    def record_of(attempt: Attempt) -> dict[str, str | None]:
        [found] = home.fleet.attempts(attempt.uid)
        assert found["test"] == attempt.test
        return dict(found)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(record_of, attempts))


def verdicts_of(home: Installation, attempts: Iterable[Attempt]) -> set[str | None]:
    return {record["verdict"] for record in records_of(home, attempts)}


def eventually_all(home: Installation, attempts: Iterable[Attempt], verdict: str) -> None:
    """All of these attempts are closed with this verdict in the end, and with no other."""
    found: list[dict[str, str | None]] = []

    def are_closed() -> bool:
        found[:] = records_of(home, attempts)
        return all(record["verdict"] is not None for record in found)

    eventually(are_closed, 30, "the end of these attempts")
    assert {record["verdict"] for record in found} == {verdict}


def test_kill_9_of_a_node_loses_nothing_and_interrupts_nobody(
    home: Installation, begin: Begin, record_property: Callable[[str, object], None]
) -> None:
    attempts = begin(RUNNING)
    home.finish(attempts[:40])
    victim, pid = sorted(home.fleet.nodes().items())[0]
    nodes = [record["node"] for record in records_of(home, attempts)]
    placed = list(zip(attempts, nodes, strict=True))[40:]
    on_victim = [attempt for attempt, node in placed if node == victim]
    elsewhere = [attempt for attempt, node in placed if node != victim]
    assert len(on_victim) >= 30
    assert len(elsewhere) >= 60

    home.fleet.kill_pid(pid)
    died = time.monotonic()
    for _ in range(6):  # round robin: each node would have had its turn twice
        home.passes()
    record_property("six_new_clients_served_s", time.monotonic() - died)

    home.finish(attempts[40:])
    lasting = [each for each in attempts[40:] if each.test == "2025-4_1"]
    eventually_all(home, [each for each in attempts[40:] if each not in lasting], "pass")
    assert verdicts_of(home, lasting) == {None}
    assert not home.lost()
    eventually(lambda: victim in home.fleet.nodes(), 10, "the node's return")


def test_kill_9_of_the_results_api_loses_nothing_and_interrupts_nobody(
    home: Installation, begin: Begin, record_property: Callable[[str, object], None]
) -> None:
    attempts = begin(RUNNING)
    home.finish(attempts[:40])
    with ThreadPoolExecutor(1) as pool:
        known = len(home.announced)
        finishing = pool.submit(home.finish, attempts[40:])
        eventually(lambda: len(home.announced) >= known + 20, what="some announcements")
        home.fleet.kill("results-api")
        died = time.monotonic()
        with TcpStudent(home.fleet, 8080) as student:  # answered by a node alone
            assert student.send(Chat(1000, "hello")).read() == Chat(1000, "ACK: hello")
        record_property("answered_by_a_node_s", time.monotonic() - died)
        # one process: until it has started again clients are answered, but what needs it waits
        _until_somebody_passes(home)
        record_property("passed_again_s", time.monotonic() - died)
        finishing.result()

    lasting = [each for each in attempts if each.test == "2025-4_1"]
    eventually_all(home, [each for each in attempts if each not in lasting], "pass")
    assert verdicts_of(home, lasting) == {None}
    assert len({uid for uid, test in home.announced if test in ("2025-4_2", "2025-3_2")}) >= 100
    assert not home.lost()


def _until_somebody_passes(home: Installation) -> None:
    """A client that is told to try again does so."""

    def is_passed() -> bool:
        uid = home.uid()
        answer = seed_attempt(home.fleet, uid)
        if isinstance(answer, ErrorReply):
            assert "try again" in answer.text
            return False
        home.announced.add((uid, "seed-user-id"))
        return answer == Chat(uid, "TEST 1 USER ID CORRECTNESS PASSED")

    eventually(is_passed, 20, "a pass after the kill")


def test_kill_9_of_the_database_server_loses_nothing(home: Installation, begin: Begin) -> None:
    attempts = begin(40)
    home.finish(attempts[:10])
    server = home.fleet.postgres()
    with ThreadPoolExecutor(1) as pool:
        finishing = pool.submit(home.finish, attempts[10:])
        home.fleet.kill_pid(server)
        finishing.result()
    eventually_all(home, [each for each in attempts if each.test != "2025-4_1"], "pass")
    assert home.fleet.postgres() != server
    assert not home.lost()
    _until_somebody_passes(home)


def test_kill_9_of_the_supervisor_and_a_new_start_keep_all_that_was_announced(
    home: Installation, begin: Begin
) -> None:
    attempts = begin(RUNNING)
    home.finish(attempts[:100])
    finished = [each for each in attempts[:100] if each.test != "2025-4_1"]
    eventually_all(home, finished, "pass")
    cells = home.fleet.cells()
    tokens = {name: home.fleet.token(name) for name in ("viewer", "admin", "service")}
    home.fleet.crash()

    home.start_again()
    assert not home.lost()
    assert {name: home.fleet.token(name) for name in tokens} == tokens
    eventually_all(home, [each for each in attempts if each not in finished], "infrastructure")
    eventually(lambda: home.running() == 0, 20, "the end of all interrupted attempts")
    assert home.fleet.cells().keys() >= cells.keys()
    _is_a_whole_record(home, finished[0])
    _still_holds_a_lease(home, next(each for each in attempts if each.test == "2025-4_1"))
    home.passes()


def test_kill_9_of_all_processes_at_once_keeps_all_that_was_announced(home: Installation) -> None:
    is_over = threading.Event()

    def hammer() -> None:
        # Whatever a client has read before the end is a promise; the last ones are the test.
        with suppress(OSError, AssertionError):
            while not is_over.is_set():
                home.passes()

    known = len(home.announced)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        clients = [pool.submit(hammer) for _ in range(AT_ONCE)]
        eventually(lambda: len(home.announced) >= known + 100, 20, "a hundred announcements")
        home.fleet.crash(everything=True)
        is_over.set()
        for client in clients:
            client.result()

    home.start_again()
    assert not home.lost()
    eventually(lambda: home.running() == 0, 20, "the end of all interrupted attempts")
    home.passes()


def _is_a_whole_record(home: Installation, attempt: Attempt) -> None:
    [summary] = home.fleet.attempts(attempt.uid)
    record = home.fleet.get(f"/api/grading/attempts/{summary['id']}")
    assert record["verdict"] == "pass"
    assert record["seed"]
    assert record["transcript"]["version"] == 1


def _still_holds_a_lease(home: Installation, attempt: Attempt) -> None:
    """Leases are state, too: whoever had just registered is still told that it is too soon."""
    with TcpStudent(home.fleet, 4447) as student:
        answer = student.send(registers(attempt.uid)).read()
        assert isinstance(answer, ErrorReply)
        assert "Lease renewal triggered too soon" in answer.text


def test_a_stop_ends_running_attempts_with_a_reason_and_a_start_keeps_everything(
    home: Installation,
    begin: Begin,
) -> None:
    attempts = begin(40)
    home.finish(attempts[:20])
    finished = [each for each in attempts[:20] if each.test != "2025-4_1"]
    assert home.fleet.stop() == 0
    assert "stopped; everything acknowledged is in the data folder" in home.fleet.lines[-1]

    home.start_again()
    assert not home.lost()
    eventually_all(home, finished, "pass")
    interrupted = [each for each in attempts if each not in finished]
    eventually_all(home, interrupted, "infrastructure")
    [reason] = {record["reason"] for record in records_of(home, interrupted)}
    assert "was stopped" in str(reason), "a node that is stopped records what it interrupts"

"""Bad input on every port: answered where the protocol has an answer, recorded, never contagious.

See docs/reference/bad-input.md. Beside each kind of it a well-behaved client goes on passing.
"""

import os
import random
import resource
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from holdfast.cli import run
from holdfast.grading.domain.roster import MAX_USER_ID
from holdfast.grading.wire.course import COURSE, Chat, ErrorReply, Register, Registered
from holdfast.grading.wire.message import Message
from holdfast.grading.wiring.listeners import COURSE_TCP_PORTS, COURSE_UDP_PORTS, SEED_PORT
from tests.support.course_client import (
    HOLDS_LEASE,
    KNOWN_ID,
    TIMESTAMP,
    Silence,
    TcpStudent,
    UdpStudent,
    is_registered,
    passes,
    registers,
    says,
)
from tests.support.fleet import Fleet, eventually, fleet, free_offset, holdfast
from tests.support.process_facts import descriptors, memory_mb

pytestmark = [pytest.mark.processes, pytest.mark.long]

TCP_PORTS = (SEED_PORT, *COURSE_TCP_PORTS)
WELL_BEHAVED, CROWD = "127.0.0.9", "127.0.0.5"
UNFINISHED_S = 1.0
CROWD_LIMIT = 1500
"""Connections that the balancer of this test takes from one address."""
CROWD_SIZE = 2000
MEMORY_MB = 60.0
"""How much a node or the balancer may grow by all of this together; far more is poured in."""
MB = 1 << 20
POURED = 64 * MB
"""What one never-ending client sends before it gives up."""
FLOOD = 20_000
MANY_SOURCES = 1500
STRANGE_IDS = (-1, 10_000, 2**31 - 1, -(2**31), 9997)
SLOW_HEAD_S = 60.0
"""A head of HTTP that comes byte by byte is given up on then; the server gives it 10."""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("bad-input")
    roster = folder / "roster.csv"
    roster.write_text("".join(f"{uid},Student {uid}\n" for uid in range(1000, 1100)))
    settings = {
        "grading.unfinished_s": UNFINISHED_S,
        "balancer.connections_per_client": CROWD_LIMIT,
        "fleet.drain_s": 1,
    }
    words = [f"--set={key}={value}" for key, value in settings.items()]
    with fleet(
        folder / "data", "--apps", "grading", "--roster", str(roster), *words, nodes=2
    ) as running:
        for _ in range(10):
            passes(running, 1000)
        yield running


@pytest.fixture(scope="module")
def memory_before(course: Fleet) -> dict[int, float]:
    return {pid: memory_mb(pid) for pid in _pids(course)}


@pytest.fixture(autouse=True)
def _nobody_else_is_disturbed(request: pytest.FixtureRequest) -> Iterator[None]:
    """In tests with a fleet: all processes stay, and a well-behaved client passes meanwhile."""
    if "course" not in request.fixturenames:
        yield
        return
    course: Fleet = request.getfixturevalue("course")
    before: dict[int, float] = request.getfixturevalue("memory_before")
    request.getfixturevalue("slow_head")  # it takes its time beside the others
    with well_behaved(course):
        yield
    assert set(_pids(course)) == set(before), "a process has died of it"
    for pid, memory in before.items():
        assert memory_mb(pid) < memory + MEMORY_MB
    assert not course.said("session_failed")
    assert not course.said("Traceback")


def _pids(course: Fleet) -> list[int]:
    return [*course.pids("balancer"), *course.pids("node"), *course.pids("results-api")]


@contextmanager
def well_behaved(course: Fleet) -> Iterator[None]:
    """A student far from the noise passes again and again, at least once while it lasts."""
    over, troubles = threading.Event(), []
    rounds = 0

    def go_on() -> None:
        nonlocal rounds
        try:
            while not over.wait(0.02) or not rounds:
                passes(course, 1000, source=WELL_BEHAVED)
                rounds += 1
        except Exception as trouble:
            troubles.append(trouble)

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(30)
    assert not troubles
    assert rounds


@pytest.fixture(scope="module")
def slow_head(course: Fleet) -> Iterator[Callable[[], bool]]:
    """A request to the results API that comes byte by byte; call it for whether it was cut off."""
    over = threading.Event()

    def trickle() -> None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", course.port(8000))) as sock:
            sock.settimeout(0.2)
            head = b"GET / HTTP/1.1\r\nx: "
            while not over.is_set():
                sock.send(head[:1] or b"x")
                head = head[1:]
                with suppress(TimeoutError):
                    if not sock.recv(1000):
                        break

    thread = threading.Thread(target=trickle)
    thread.start()

    def was_cut_off() -> bool:
        thread.join(SLOW_HEAD_S)
        return not thread.is_alive()

    yield was_cut_off
    over.set()
    thread.join(5)


def recorded(course: Fleet, address: str, kind: str = "garbled") -> dict[str, object]:
    """The incident of this kind and client, once it is written down."""

    def found() -> dict[str, object] | None:
        mine = (one for one in course.incidents() if one["source"] == address)
        return next((one for one in mine if one["kind"] == kind), None)

    incident: dict[str, object] = eventually(found, 10, f"an incident of {address}")
    return incident


# Malformed, unframed, truncated.

GARBAGE = {
    "a type that was never assigned": bytes.fromhex("00000003 000004d2 0001 78"),
    "a type far away": b"\xde\xad\xbe\xef" * 4,
    "little-endian numbers": bytes.fromhex("01000000 d2040000 0900") + b"localhost",
    "a request of a web browser": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a greeting of TLS": bytes.fromhex("160301 0200 010001fc 0303") + bytes(range(64)),
    "a line of text": b"TEST 1 USER ID CORRECTNESS\n",
    "a text that is no UTF-8": bytes.fromhex("00000004 000003e8 0003 ff fe fd"),
}


def test_what_is_no_frame_gets_an_error_and_is_recorded_on_every_tcp_port(course: Fleet) -> None:
    with ExitStack() as stack:
        cases = [
            (kind, port, raw, stack.enter_context(TcpStudent(course, port)))
            for kind, raw in GARBAGE.items()
            for port in TCP_PORTS
        ]
        for _, _, raw, student in cases:
            student.send(raw)
        for kind, port, _, student in cases:
            said = student.rest()
            assert len(said) == 1, (kind, port, said)
            assert isinstance(said[0], ErrorReply), (kind, port, said)
            if port == SEED_PORT:
                assert said[0].text == "Unknown message type"
            else:
                assert said[0].text.startswith("These bytes are no message. ")
        for kind, port, raw, student in cases:
            incident = recorded(course, student.address)
            assert incident["listener_port"] == port, kind
            evidence = bytes.fromhex(str(incident["raw"]))
            assert evidence
            assert raw.startswith(evidence)
            assert len(str(incident["detail"])) > 30


def test_a_frame_that_ends_too_early_is_explained_and_recorded(course: Fleet) -> None:
    frame = COURSE.encode(Chat(1001, KNOWN_ID))
    with ExitStack() as stack:
        students = [stack.enter_context(TcpStudent(course, 4444)) for _ in frame[1:]]
        for cut, student in enumerate(students, start=1):
            student.send(frame[:cut])
            student.sock.shutdown(socket.SHUT_WR)
        for student in students:
            [error] = student.rest()
            assert isinstance(error, ErrorReply)
        assert recorded(course, students[-1].address)


def test_garbage_behind_good_frames_takes_nothing_from_them(course: Fleet) -> None:
    with TcpStudent(course, 4446) as student:
        student.send(registers(1002), Chat(1002, HOLDS_LEASE), b"\xff" * 100)
        said = student.rest()
    assert Registered() in said
    assert Chat(1002, "TEST 3_1 SUCCESSFULLY PASSED") in said
    assert [one for one in said if isinstance(one, ErrorReply)] != []


@pytest.mark.parametrize("port", COURSE_UDP_PORTS)
def test_a_garbled_datagram_is_harmless_and_answered_once(course: Fleet, port: int) -> None:
    with UdpStudent(course, port) as student:
        for raw in (*GARBAGE.values(), b"", b"\0", b"\xff" * 9000):
            student.send(raw)
        student.send(Chat(10_000, "TEST 5_1 LOST MESSAGE HANDLING"))
        student.send(Chat(10_000, TIMESTAMP))
        errors = [student.read(), student.read()]
        assert all(isinstance(error, ErrorReply) for error in errors)
        assert says("no message")(errors[0])
        assert not says("no message")(errors[1])
        assert recorded(course, student.address)


# Unknown users, ids that cannot be, texts of the greatest length.


@pytest.mark.parametrize("uid", STRANGE_IDS)
def test_an_id_that_nobody_has_is_named_and_recorded_and_never_sent_back(
    course: Fleet, uid: int
) -> None:
    asked: list[Message] = [Register(uid, "localhost", 4444), Chat(uid, KNOWN_ID)]
    said: list[Message | None] = []
    with TcpStudent(course, 4444) as student:
        for message in asked:
            said.append(student.send(message).read())
        assert recorded(course, student.address, "unknown user")
    with TcpStudent(course, SEED_PORT) as student:
        said.append(student.send(Chat(uid, f"TEST 1 USER ID: {uid}")).read())
        if not 0 <= uid <= MAX_USER_ID:  # otherwise it is acknowledged, as the prototype does
            said.append(student.send(Chat(uid, "hello")).read())
    with UdpStudent(course, 5252) as flow:
        said.append(flow.send(Chat(uid, TIMESTAMP)).read())
    for answer in said:
        assert isinstance(answer, ErrorReply)
        assert str(uid) in answer.text


def test_texts_of_the_greatest_length_are_taken(course: Fleet) -> None:
    longest = "x" * 65_535
    with TcpStudent(course, SEED_PORT) as student:
        assert says("too long")(student.send(Chat(1003, longest)).read() or Registered())
        fits = "y" * (65_535 - len("ACK: "))
        assert student.send(Chat(1003, fits)).read() == Chat(1003, f"ACK: {fits}")
    with TcpStudent(course, 4444) as student:
        student.send(Register(1003, longest, 1), ErrorReply(longest), Chat(1003, longest))
        student.send(Chat(1003, HOLDS_LEASE))
        student.until(is_registered)
        student.until(says("TEST 3_1 SUCCESSFULLY PASSED"))
    with UdpStudent(course, 5252) as flow:
        for size in (65_497, 65_000, 9000):  # the first is too long for a relayed datagram
            flow.send(Chat(1003, "z" * size))
        chat = flow.ask(Chat(1003, TIMESTAMP), says("Timestamp: "))
        flow.ask(chat, says("TEST 3_2 SUCCESSFULLY PASSED"))


# Slow and never-ending.


def test_a_client_that_sends_byte_by_byte_is_cut_off_on_every_tcp_port(course: Fleet) -> None:
    frame = COURSE.encode(Chat(1004, "x" * 1000))
    with ExitStack() as stack:
        slow = {port: stack.enter_context(TcpStudent(course, port)) for port in TCP_PORTS}
        last: dict[int, Message] = {}
        for at in range(200):
            for port in slow.keys() - last.keys():
                with suppress(Silence):
                    slow[port].send(frame[at : at + 1])
                    last[port] = slow[port].read(within_s=0.01) or Registered()
            if len(last) == len(slow):
                break
        assert all(isinstance(error, ErrorReply) for error in last.values()), last
        assert all(student.rest() == [] for student in slow.values())
        assert recorded(course, slow[4444].address)


def _small_frames() -> bytes:
    return COURSE.encode(Chat(1005, "nobody expects this")) * 2000


def _large_frames() -> bytes:
    return COURSE.encode(Chat(1005, "x" * 65_535))


ENDLESS: dict[str, tuple[int, Callable[[], bytes]]] = {
    "small frames": (4444, _small_frames),
    "large frames": (4446, _large_frames),
    "empty frames": (4447, lambda: bytes(60_000)),
    "noise": (4448, lambda: random.Random(7).randbytes(60_000)),
    "a head of HTTP": (8000, lambda: b"x" * 60_000),
    "acknowledged frames, none of which is read": (SEED_PORT, _small_frames),
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_client_that_never_ends_is_stopped_or_slowed_in_bounded_memory(
    course: Fleet, kind: str
) -> None:
    port, chunk = ENDLESS[kind]
    piece, sent = chunk(), 0
    with TcpStudent(course, port, within_s=1.0) as student, suppress(OSError):
        # Until it is cut off, or held up by a full network, or has sent far too much.
        while sent < POURED:
            sent += student.sock.send(piece)
    assert sent > 0


# Thousands of connections and datagrams.


def test_thousands_of_connections_from_one_address_leave_room_for_others(course: Fleet) -> None:
    _may_open(CROWD_SIZE + 200)
    [balancer] = course.pids("balancer")
    before = descriptors(balancer)
    hello = COURSE.encode(Chat(1006, "hello"))
    with ExitStack() as stack:
        crowd = []
        for _ in range(CROWD_SIZE):
            crowd.append(stack.enter_context(TcpStudent(course, SEED_PORT, source=CROWD)))
            with suppress(OSError):
                crowd[-1].sock.sendall(hello)
        answers = [student.read() for student in crowd]
        served = answers.count(Chat(1006, "ACK: hello"))
        turned_away = [answer for answer in answers if says("Too many connections")(answer)]
        assert (served, len(turned_away)) == (CROWD_LIMIT, CROWD_SIZE - CROWD_LIMIT)
        for _ in range(10):
            passes(course, 1007, source=WELL_BEHAVED)
    eventually(lambda: descriptors(balancer) <= before + 40, 20, "all of them closed")
    passes(course, 1006, source=CROWD)


def _may_open(files: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(files, hard), hard))


def test_datagrams_from_many_addresses_leave_room_for_others(course: Fleet) -> None:
    """As if somebody invented sources: each datagram comes from an address of its own."""
    dice = random.Random(7)
    raws = [
        b"\xff" * 40,
        COURSE.encode(Chat(1008, TIMESTAMP)),
        COURSE.encode(Chat(9996, "TEST 5_1 LOST MESSAGE HANDLING")),
        COURSE.encode(Chat(1008, "nothing that anybody expects")),
    ]
    for number in range(MANY_SOURCES):
        source = f"127.{dice.randrange(1, 255)}.{dice.randrange(256)}.{dice.randrange(1, 255)}"
        port = COURSE_UDP_PORTS[number % len(COURSE_UDP_PORTS)]
        with UdpStudent(course, port, source=source) as flow, suppress(OSError):
            flow.send(dice.choice(raws))
    with UdpStudent(course, 5252, source=WELL_BEHAVED) as flow:
        chat = flow.ask(Chat(1009, TIMESTAMP), says("Timestamp: "))
        flow.ask(chat, says("TEST 3_2 SUCCESSFULLY PASSED"))


def test_a_flood_of_garbage_heartbeats_evicts_nobody(course: Fleet) -> None:
    dice = random.Random(7)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _ in range(FLOOD):
            raw = dice.choice((b"", b"HFB1", b"{}")) + dice.randbytes(dice.randrange(1400))
            sender.sendto(raw, ("127.0.0.1", course.port(8081)))
    eventually(lambda: course.said("heartbeats_rejected", "why=foreign"))
    for _ in range(10):
        passes(course, 1010)
    assert {attempt["node"] for attempt in course.attempts(1010)} == {"node-1", "node-2"}
    assert not course.said("member_gone")


# The results API.


BAD_REQUESTS = {
    "no HTTP": (b"\xde\xad\xbe\xef\r\n\r\n", 400),
    "no method of HTTP": (b"BREW /users HTTP/1.1\r\nhost: x\r\n\r\n", 400),
    "a method that is not taken": (b"DELETE /users HTTP/1.1\r\nhost: x\r\n\r\n", 405),
    "a header without end": (b"GET / HTTP/1.1\r\nx: " + b"y" * 40_000, 431),
    "an address without end": (b"GET /" + b"z" * 40_000, 431),
    "a way out of the folder": (b"GET /assets/../../fleet.key HTTP/1.1\r\nhost: x\r\n\r\n", 404),
    "an id without end": (b"GET /users/" + b"9" * 900 + b" HTTP/1.1\r\nhost: x\r\n\r\n", 404),
    "a large body": (b"POST /enter HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999\r\n\r\n", 413),
}


@pytest.mark.parametrize("kind", BAD_REQUESTS)
def test_a_bad_request_gets_a_status_and_nothing_else(course: Fleet, kind: str) -> None:
    raw, status = BAD_REQUESTS[kind]
    with socket.create_connection(("127.0.0.1", course.port(8000)), timeout=10) as sock:
        with suppress(OSError):
            sock.sendall(raw)
        answer = b""
        with suppress(ConnectionResetError):
            while b"\r\n" not in answer and (data := sock.recv(4096)):
                answer += data
    assert answer.split()[:2] == [b"HTTP/1.1", str(status).encode()]


def test_a_request_that_comes_byte_by_byte_is_cut_off(
    course: Fleet, slow_head: Callable[[], bool]
) -> None:
    assert slow_head()


# Wrong settings, taken ports.

MISTAKES = {
    "an unknown key": (["config", "--set", "course.lease=1"], "course.lease"),
    "a wrong type": (["config", "--time-scale", "quick"], "--time-scale"),
    "out of bounds": (["config", "--nodes", "0"], "--nodes"),
    "no number": (["config", "--set", "balancer.waiting=many"], "balancer.waiting"),
    "not one of the choices": (["config", "--set", "results.access=maybe"], "results.access"),
    "no such file of settings": (["config", "--config", "nowhere.toml"], "nowhere.toml"),
    "no such roster": (["up", "--roster", "nowhere.csv"], "nowhere.csv"),
    "a folder that holds other things": (["up", "--data", "foreign"], "foreign"),
    "a folder that is a file": (["up", "--data", "file"], "file"),
    "no database": (["run", "results-api", "--data", "."], "database.dsn"),
}


@pytest.mark.parametrize("kind", MISTAKES)
def test_a_wrong_setting_is_one_sentence_that_names_it_and_exit_code_2(
    kind: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("HOLDFAST_")]:
        monkeypatch.delenv(name)
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "thesis.tex").touch()
    (tmp_path / "file").touch()
    words, named = MISTAKES[kind]
    assert run(words) == 2
    _is_one_sentence(capsys.readouterr().err, named)


def _is_one_sentence(said: str, named: str) -> None:
    [line] = said.strip().splitlines()
    assert line.startswith("holdfast: ")
    assert named in line
    assert line.endswith(".")


def test_wrong_settings_in_environment_and_file_are_named(tmp_path: Path) -> None:
    done = holdfast("config", folder=tmp_path, settings={"HOLDFAST_COURSE_LEASE_SS": "1"})
    assert done.returncode == 2
    _is_one_sentence(done.stderr, "HOLDFAST_COURSE_LEASE_SS")
    (tmp_path / "holdfast.toml").write_text("[course]\nlease_s = 'long'\n")
    done = holdfast("config", folder=tmp_path)
    assert done.returncode == 2
    _is_one_sentence(done.stderr, "course.lease_s")


@pytest.mark.parametrize(("kind", "port"), [("tcp", 4447), ("udp", 2002), ("udp", 8081)])
def test_a_taken_port_is_one_sentence_that_names_it_and_exit_code_2(
    tmp_path: Path, kind: str, port: int
) -> None:
    offset = free_offset()
    sort = socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, sort) as other:
        other.bind(("127.0.0.1", port + offset))
        if kind == "tcp":
            other.listen()
        words = ("--data", str(tmp_path), "--port-offset", str(offset))
        done = holdfast("run", "balancer", *words, folder=tmp_path)
    assert done.returncode == 2
    _is_one_sentence(done.stderr.strip().splitlines()[-1], str(port + offset))


def test_up_says_which_port_is_taken_and_leaves_nothing_running(tmp_path: Path) -> None:
    offset = free_offset()
    with socket.create_server(("127.0.0.1", 4448 + offset)):
        words = ("--data", str(tmp_path / "data"), "--port-offset", str(offset))
        done = holdfast("up", *words, folder=tmp_path)
    assert done.returncode == 2
    _is_one_sentence(done.stderr.strip().splitlines()[-1], str(4448 + offset))
    again = holdfast("config", "--data", str(tmp_path / "data"), folder=tmp_path)
    assert again.returncode == 0


def test_a_data_folder_in_use_is_named(course: Fleet, tmp_path: Path) -> None:
    words = ("--data", str(course.data), "--port-offset", str(free_offset()))
    done = holdfast("up", *words, folder=tmp_path)
    assert done.returncode == 2
    _is_one_sentence(done.stderr, str(course.data))

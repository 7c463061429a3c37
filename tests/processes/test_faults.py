"""The prototype's measured faults, one named test each: none of them can happen here.

Against real processes. See docs/reference/faults.md for the list and what is promised.
"""

import asyncio
import hmac
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import msgspec
import pytest

from holdfast.apps import APPS
from holdfast.cli import SECTIONS
from holdfast.grading.domain.roster import User, UserId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.entrypoints.results_api.settings import ResultsSettings, is_open
from holdfast.grading.service.course_policy import CoursePolicy
from holdfast.grading.store.memory import MemoryStore
from holdfast.grading.wire.course import COURSE, Chat, ErrorReply, Register, Registered
from holdfast.grading.wiring.listeners import COURSE_TCP_PORTS, COURSE_UDP_PORTS, NODE_TCP
from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.queries import Statement
from holdfast.platform.membership.keys import ensure_keyring
from holdfast.platform.membership.wire import Heartbeat, Key, Keyring, encode
from holdfast.platform.runtime.clock import SystemClock
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.settings import FleetSettings
from tests.support.course_client import (
    HOLDS_LEASE,
    KNOWN_ID,
    SEED_TEST,
    SPECIAL,
    SPECIAL_MARK,
    TIMESTAMP,
    Silence,
    TcpStudent,
    UdpStudent,
    is_error,
    is_registered,
    passes,
    registers,
    says,
    seed_attempt,
)
from tests.support.fleet import ROOT, Fleet, environment, eventually, fleet, lone_balancer
from tests.support.node_clients import TcpClient, node_settings, running_node
from tests.support.process_facts import children_named, descriptors, threads

pytestmark = [pytest.mark.processes, pytest.mark.long]

STUDENTS = range(1000, 1300)
OWNER, STRANGER = "127.0.0.7", "127.0.0.8"
SCRIPT = "<script>alert(1)</script>"
UNFINISHED_S, IDLE_S = 0.6, 1.5
NO_NODE_WAIT_S = 0.3
DATABASE_CONNECTIONS = 8 + 1
"""The pool of the results API, and its one that listens for changes."""


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Three nodes, open to everybody on this machine."""
    folder = tmp_path_factory.mktemp("course")
    roster = folder / "roster.csv"
    roster.write_text("".join(f"{uid},Student {uid}\n" for uid in STUDENTS))
    words = (
        "--apps",
        "grading",
        "--roster",
        str(roster),
        "--set=course.silence_s=0.3",
        "--set=fleet.drain_s=1",
    )
    with fleet(folder / "data", *words) as running:
        yield running


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A course with tokens and claimed ids, hostile names, and little patience."""
    folder = tmp_path_factory.mktemp("guarded")
    roster = folder / "roster.csv"
    roster.write_text(f'1013,{SCRIPT}\n1014,"""><img src=x onerror=alert(2)>"\n1015,Vega\n')
    settings = {
        "results.identity": "claimed",
        "results.access": "token",
        "grading.unfinished_s": UNFINISHED_S,
        "grading.idle_s": IDLE_S,
        "fleet.drain_s": 1,
    }
    words = [f"--set={key}={value}" for key, value in settings.items()]
    with fleet(
        folder / "data", "--apps", "grading", "--roster", str(roster), *words, nodes=1
    ) as running:
        yield running


@pytest.fixture(scope="module")
def nobody(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """A balancer with no node and no results API behind it."""
    words = ("--set", f"balancer.wait_for_member_s={NO_NODE_WAIT_S}")
    with lone_balancer(tmp_path_factory.mktemp("nobody") / "data", *words) as running:
        yield running


@contextmanager
def suspended(*pids: int) -> Iterator[None]:
    """These processes stand still."""
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


# Fault: the balancer dies for good when a node is evicted (index out of bounds).


def test_the_eviction_of_nodes_does_not_end_the_balancer(course: Fleet) -> None:
    balancer, nodes = course.pids("balancer"), course.nodes()
    evicted = ("node-2", "node-3")
    joined = {node: _times_joined(course, node) for node in evicted}
    with suspended(*(nodes[node] for node in evicted)):
        for node in evicted:
            what = f"the eviction of {node}"
            eventually(lambda n=node: course.said("member_gone", f"node={n}", "silent"), 30, what)
        for _ in range(9):
            passes(course, 1000)
    for node, before in joined.items():
        eventually(lambda n=node, b=before: _times_joined(course, n) > b, 10, "its return")
    assert course.pids("balancer") == balancer
    assert _serving_nodes(course, 1001) == {"node-1", "node-2", "node-3"}


def _times_joined(course: Fleet, node: str) -> int:
    """How often a node was taken in: at first, after an eviction, or with a new life."""
    events = ("member_joined", "member_restarted")
    return sum(len(course.said(event, f"node={node} ")) for event in events)


def _serving_nodes(course: Fleet, uid: int) -> set[str]:
    for _ in range(12):
        passes(course, uid)
    return {attempt["node"] for attempt in course.attempts(uid)}


# Fault: one malformed heartbeat datagram takes the fleet down.


def test_malformed_heartbeats_change_nothing(course: Fleet) -> None:
    balancer, lost = course.pids("balancer"), len(course.said("member_gone"))
    keyring = ensure_keyring(course.data / "fleet.key")
    genuine = encode(_beat("node-1", ("127.0.0.1", 9)), keyring)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for datagram in (
            b"",
            b"\0",
            b"\xff" * 1200,
            b"\0" * 60_000,
            b'{"host": "127.0.0.1", "port": "x"}',
            b"4444",
            genuine[:-1],
            genuine[:40],
            genuine[:-1] + bytes([genuine[-1] ^ 1]),
            genuine + b"\0",
            *(_signed(body, keyring) for body in _malformed_bodies()),
        ):
            sender.sendto(datagram, ("127.0.0.1", course.port(8081)))
    for why in ("foreign", "oversized", "forged", "malformed"):
        eventually(lambda why=why: course.said("heartbeats_rejected", f"why={why}"), what=why)
    assert _serving_nodes(course, 1002) == {"node-1", "node-2", "node-3"}
    assert course.pids("balancer") == balancer
    assert len(course.said("member_gone")) == lost, "somebody was evicted"


def _beat(node: str, endpoint: tuple[str, int]) -> Heartbeat:
    return Heartbeat(
        node=node,
        incarnation=time.time_ns(),
        sequence=1,
        sent_at=time.time(),
        uptime_s=0.1,
        interval_s=1.0,
        services={NODE_TCP: endpoint},
    )


def _malformed_bodies() -> list[bytes]:
    """Bodies that are wrong although somebody with the key signed them."""
    right = msgspec.to_builtins(_beat("node-1", ("127.0.0.1", 9)))
    changes: list[dict[str, object]] = [
        {"incarnation": -1},
        {"node": "../../etc"},
        {"sent_at": float("nan")},
        {"interval_s": 0},
        {"services": {NODE_TCP: ("localhost", 80)}},
        {"services": {NODE_TCP: ("127.0.0.1", 0)}},
        {"services": None},
    ]
    encoded = [msgspec.msgpack.encode({**right, **change}) for change in changes]
    return [b"\xc1", b"\x93\x01", b"\x80", *encoded]


def _signed(body: bytes, keyring: Keyring) -> bytes:
    """A datagram with a right signature around any body, by the layout in `membership.wire`."""
    key = keyring.signing
    head = b"HFB1" + key.id
    return head + hmac.digest(key.secret, head + body, "sha256") + body


# Fault: anyone may register a rogue backend.


def test_a_rogue_backend_without_the_key_is_never_used(nobody: Fleet) -> None:
    own = ensure_keyring(nobody.data / "fleet.key")
    with socket.create_server(("127.0.0.1", 0)) as rogue:
        stolen = Key(own.signing.id, b"x" * 32)  # the id is no secret: it is in every datagram
        for key in (Key.of(os.urandom(32)), stolen):
            _introduce(nobody, rogue, Keyring(key, {key.id: key}))
        for why in ("unknown-key", "forged"):
            eventually(lambda why=why: nobody.said("heartbeats_rejected", f"why={why}"), what=why)
        for _ in range(3):
            with TcpStudent(nobody, 4444) as student:
                assert isinstance(student.send(registers(1)).read(), ErrorReply)
        rogue.settimeout(0)
        with pytest.raises(BlockingIOError):
            rogue.accept()
        # Whoever holds the key is used: this test could fail.
        _introduce(nobody, rogue, own)
        with TcpStudent(nobody, 4444) as student:
            student.send(registers(1))
            rogue.settimeout(10)
            rogue.accept()[0].close()
        _introduce(nobody, rogue, own, leaving=True)
        eventually(lambda: nobody.said("member_gone", "rogue"))


def _introduce(
    nobody: Fleet, rogue: socket.socket, keyring: Keyring, *, leaving: bool = False
) -> None:
    beat = replace(_beat("rogue", rogue.getsockname()), leaving=leaving)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(encode(beat, keyring), ("127.0.0.1", nobody.port(8081)))


# Fault: every third connection is accepted and closed empty until a dead node is evicted.


def test_no_connection_is_accepted_and_closed_empty_while_a_node_is_dead(course: Fleet) -> None:
    before = _times_joined(course, "node-1")
    os.kill(course.nodes()["node-1"], signal.SIGKILL)
    asked = answered = 0
    while asked < 300 or _times_joined(course, "node-1") == before:
        with TcpStudent(course, 8080) as student:
            answer = student.send(Chat(1003, "hello")).read()
        asked += 1
        assert answer is not None, f"connection {asked} was accepted and closed empty"
        answered += answer == Chat(1003, "ACK: hello")
        assert asked < 20_000, "the node does not come back"
    # In the instant of its death a node may take a connection with it: that client is told so.
    assert answered >= asked - 3


# Fault: with no node the client hangs for ever.


def test_without_any_node_every_client_is_told_so_in_bounded_time(nobody: Fleet) -> None:
    for port in (8080, *COURSE_TCP_PORTS):
        with TcpStudent(nobody, port) as student:
            student.send(registers(1000), Chat(1000, KNOWN_ID))
            [error] = student.rest(within_s=15)
            assert isinstance(error, ErrorReply)
            assert "node" in error.text
    for port in COURSE_UDP_PORTS:
        with UdpStudent(nobody, port) as student:
            assert isinstance(student.send(Chat(1000, TIMESTAMP)).read(within_s=15), ErrorReply)
    status, _, text = nobody.ask("/users")
    assert (status, "results API" in text) == (503, True)


# Fault: PASSED is answered although the database write failed.


def test_passed_is_not_announced_when_the_database_refuses_the_result(course: Fleet) -> None:
    table = "ALTER TABLE grading.attempts"
    refuse = "ADD CONSTRAINT refused_by_a_test CHECK (verdict IS NULL OR uid <> 1004) NOT VALID"
    _sql(course, f"{table} {refuse}")
    try:
        answer = seed_attempt(course, 1004)
        assert isinstance(answer, ErrorReply), answer
        assert "could not be recorded" in answer.text
    finally:
        _sql(course, f"{table} DROP CONSTRAINT refused_by_a_test")
    assert "passed" not in {cell["standing"] for cell in _cells_of(course, 1004)}
    passes(course, 1004)
    assert {cell["standing"] for cell in _cells_of(course, 1004)} == {"passed"}


def test_a_verdict_waits_for_the_results_api_and_is_durable_when_announced(course: Fleet) -> None:
    with TcpStudent(course, 4447) as student:
        student.send(Chat(1005, SPECIAL))
        special = student.until(says(SPECIAL_MARK))
        with suspended(*course.pids("results-api")):
            student.send(special)
            with pytest.raises(Silence):
                student.until(says("TEST 4_2"), within_s=2)
        student.until(says("TEST 4_2 SUCCESSFULLY PASSED"))
    [attempt] = course.attempts(1005)
    assert attempt["verdict"] == "pass"


def _sql(course: Fleet, text: str) -> None:
    async def run() -> None:
        address = (course.data / "database.dsn").read_text().strip()
        async with await Database.connect(address, limits=Limits(pool_size=1)) as database:
            await database.execute(Statement("test", text))

    asyncio.run(run())


def _cells_of(course: Fleet, uid: int) -> list[dict[str, object]]:
    return [cell for (owner, _), cell in course.cells().items() if owner == uid]


# Fault: only the first frame per connection is handled.


def test_every_frame_and_several_tests_of_one_connection_are_handled(course: Fleet) -> None:
    with TcpStudent(course, 4444) as student:
        student.send(registers(1006), Chat(1006, KNOWN_ID), Chat(1006, HOLDS_LEASE))
        student.until(is_registered)
        student.until(says("TEST 3_1 SUCCESSFULLY PASSED"))
        for _ in range(3):
            student.send(Chat(1006, HOLDS_LEASE))
            student.until(says("TEST 3_1 SUCCESSFULLY PASSED"))
        for byte in bytes(_frame(Chat(1006, KNOWN_ID))):
            student.send(bytes([byte]))
        eventually(lambda: len(course.attempts(1006)) == 6, what="six attempts")
    verdicts = [(attempt["test"], attempt["verdict"]) for attempt in course.attempts(1006)]
    assert sorted(verdicts) == [("2024-a1-t1", "pass")] * 2 + [("2025-3_1", "pass")] * 4


def _frame(message: Chat) -> bytes:
    return COURSE.encode(message)


# Fault: 100 finished clients leak 177 descriptors and 90 threads.


def test_two_thousand_finished_clients_leave_descriptors_and_threads_flat(course: Fleet) -> None:
    pids = [*course.pids("balancer"), *course.pids("node"), *course.pids("results-api")]

    def finish(clients: int) -> None:
        for number in range(clients):
            with TcpStudent(course, 8080) as student:
                assert student.send(Chat(1007, "hello")).read() == Chat(1007, "ACK: hello")
                if number % 20 == 0:
                    student.send(Chat(1007, f"TEST 1 USER ID: {1007}"))
                    student.until(says("PASSED"))

    finish(60)
    before = {pid: (descriptors(pid), threads(pid)) for pid in pids}
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(finish, [500] * 4))

    def is_flat() -> bool:
        # Spare: connections that a node or the results API keeps open for its next requests.
        return all(
            descriptors(pid) <= before[pid][0] + 16 and threads(pid) <= before[pid][1] + 2
            for pid in pids
        )

    eventually(is_flat, 10, "flat descriptors and threads")


# Fault: a later fail overwrites a pass.


def test_a_later_failure_keeps_the_pass(course: Fleet) -> None:
    passes(course, 1008)
    answer = seed_attempt(course, 1008, right=False)
    assert answer == Chat(1008, "TEST 1 USER ID CORRECTNESS FAILED")
    verdicts = [attempt["verdict"] for attempt in course.attempts(1008)]
    assert verdicts == ["fail", "pass"]
    assert course.cells()[1008, SEED_TEST]["standing"] == "passed"
    expected = [{"assignment": 1, "passed": True, "uid": 1008}]
    assert course.get("/users/1008/assignments") == expected


# Fault: anyone can pass or fail anyone.


def test_with_claimed_ids_nobody_else_can_pass_or_fail_a_student(guarded: Fleet) -> None:
    admin = guarded.token("admin")
    tokens = {
        each["uid"]: each["token"]
        for each in msgspec.json.decode(guarded.ask("/api/grading/roster/tokens", token=admin)[2])
    }
    assert _claim(guarded, 1015, tokens[1013]) == 403
    assert _claim(guarded, 1015, "abcd-efgh-ijkl-mnop") == 403
    assert isinstance(seed_attempt(guarded, 1015, source=OWNER), ErrorReply), "not claimed yet"
    assert _claim(guarded, 1015, tokens[1015]) == 200

    for right in (True, False):
        refusal = seed_attempt(guarded, 1015, right=right, source=STRANGER)
        assert isinstance(refusal, ErrorReply)
        assert "1015 is not claimed" in refusal.text
    with TcpStudent(guarded, 4446, source=STRANGER) as student:
        assert "1015 is not claimed" in str(student.send(registers(1015)).until(is_error))
    with UdpStudent(guarded, 5252, source=STRANGER) as student:
        assert "1015 is not claimed" in str(student.send(Chat(1015, TIMESTAMP)).read())
    assert _attempts(guarded, 1015) == []

    passes(guarded, 1015, source=OWNER)
    assert [attempt["verdict"] for attempt in _attempts(guarded, 1015)] == ["pass"]
    seed_attempt(guarded, 1015, right=False, source=STRANGER)
    assert [attempt["verdict"] for attempt in _attempts(guarded, 1015)] == ["pass"]


def _claim(guarded: Fleet, uid: int, token: str) -> int:
    body = msgspec.json.encode({"uid": uid, "token": token, "address": OWNER})
    return guarded.ask("/api/grading/claims", body=body)[0]


def _attempts(guarded: Fleet, uid: int) -> list[dict[str, str]]:
    path = f"/api/grading/students/{uid}/attempts"
    status, _, text = guarded.ask(path, token=guarded.token("viewer"))
    assert status == 200
    found: list[dict[str, str]] = msgspec.json.decode(text)["attempts"]
    return found


# Fault: "not attempted" equals "failed".


def test_not_attempted_differs_from_failed(course: Fleet) -> None:
    seed_attempt(course, 1009, right=False)
    assert course.cells()[1009, SEED_TEST]["standing"] == "failed"
    assert _cells_of(course, 1010) == []
    failed = [{"assignment": 1, "passed": False, "uid": 1009}]
    assert course.get("/users/1009/assignments") == failed
    assert course.get("/users/1010/assignments") == []
    everybody = course.get("/assignments/1")
    assert [one for one in everybody if one["uid"] in (1009, 1010)] == failed


# Fault: foreign-key errors are swallowed.


def test_an_unknown_users_attempt_is_refused_and_recorded(course: Fleet) -> None:
    answer = seed_attempt(course, 9998)
    assert isinstance(answer, ErrorReply)
    assert "9998" in answer.text
    with TcpStudent(course, 4444) as student:
        assert "9998" in str(student.send(registers(9998)).read())
        assert "9998" in str(student.send(Chat(9998, KNOWN_ID)).read())
    incidents = eventually(lambda: len(found := course.incidents(9998)) == 3 and found)
    assert {incident["kind"] for incident in incidents} == {"unknown user"}
    assert course.ask("/api/grading/students/9998/attempts")[0] == 404
    assert not course.said("foreign key")
    assert "foreign key" not in (course.data / "postgres.log").read_text(errors="replace")


# Fault: a new unpooled database connection per message.


def test_database_connections_stay_bounded_under_load(course: Fleet) -> None:
    server = course.postgres()
    with ThreadPoolExecutor(24) as pool:
        load = [pool.submit(passes, course, 1050 + number % 200) for number in range(600)]
        most = 0
        while not all(each.done() for each in load):
            most = max(most, children_named(server, "postgres: holdfast_results_api"))
        for each in load:
            each.result()
    assert 1 <= most <= DATABASE_CONNECTIONS


# Fault: client-controlled blocking DNS look-ups.

JUNK_HOSTS = ("no-such-host.invalid", "localhost", "10.255.255.1", "a" * 300, "", "\0;\n", "::1%x")


def test_the_host_in_a_registration_is_never_looked_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In one process, so that every look-up of Python's can be seen."""
    asked: list[str] = []

    def spy(host: object, *_: object, **__: object) -> list[object]:
        asked.append(str(host))
        raise socket.gaierror(f"{host} was looked up")

    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getfqdn"):
        monkeypatch.setattr(socket, name, spy)
    answers = asyncio.run(_register_with_junk(tmp_path))
    assert answers == [Registered()] * len(JUNK_HOSTS)
    assert not asked


async def _register_with_junk(folder: Path) -> list[object]:
    policy = CoursePolicy.of(Rules(), course="course", identity="open")
    store = MemoryStore(SystemClock().wall, policy)
    await store.import_roster([User(UserId(uid), "Vega") for uid in range(len(JUNK_HOSTS))])
    answers: list[object] = []
    async with running_node(store, node_settings(folder)) as node:
        for uid, host in enumerate(JUNK_HOSTS):
            client = await TcpClient.connect(node)
            await client.send(Register(uid, host, 73_874))
            answers.append(await client.read())
            await client.close()
    return answers


def test_a_registration_with_an_unresolvable_host_is_answered_at_once(course: Fleet) -> None:
    for uid, host in enumerate(JUNK_HOSTS, start=1020):
        with TcpStudent(course, 4444) as student:
            assert student.send(registers(uid, host, 73_874)).read() == Registered()


# Fault: no timeouts anywhere.


def test_a_client_that_sends_a_byte_now_and_then_is_cut_off_with_a_reason(guarded: Fleet) -> None:
    frame = _frame(Chat(1015, KNOWN_ID))
    with TcpStudent(guarded, 4444) as student:
        error = None
        for at in range(len(frame)):
            student.send(frame[at : at + 1])
            try:
                error = student.read(within_s=0.1)
            except Silence:
                continue
            break
        assert isinstance(error, ErrorReply), "all of it was sent, and nobody minded"
        assert "unfinished" in error.text
        assert student.rest(within_s=15) == []


def test_a_client_that_says_nothing_is_let_go_with_a_reason(guarded: Fleet) -> None:
    with TcpStudent(guarded, 4444) as silent, TcpStudent(guarded, 4444) as registered:
        registered.send(registers(1015))
        for student in (silent, registered):
            *_, last = student.rest(within_s=15)
            assert isinstance(last, ErrorReply)
            assert f"{IDLE_S:g} s" in last.text


# Fault: compose ports wrong, and a fresh clone does not build.


def test_a_fresh_clone_has_all_it_needs(tmp_path: Path) -> None:
    """Only what git knows is copied: a file that nobody added would be missed here."""
    clone = tmp_path / "clone"
    for name in _tracked_files():
        target = clone / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    plan = _run(clone, "make", "--dry-run", "up", "test", "check", "bench")
    for step in ("requirements.lock", "holdfast up", "pytest", "mypy", "-m bench"):
        assert step in plan
    places = {**environment(), "PYTHONPATH": str(clone / "src")}
    text = _run(clone, sys.executable, "-m", "holdfast", "config", environment=places)
    assert "course.lease_s" in text
    where = "import holdfast, holdfast.grading.wiring.results_site as s; print(s.__file__)"
    assert str(clone) in _run(clone, sys.executable, "-c", where, environment=places)


def _tracked_files() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30
    )
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]


def _run(folder: Path, *words: str, environment: Mapping[str, str] = MappingProxyType({})) -> str:
    done = subprocess.run(
        words,
        cwd=folder,
        env=dict(environment) or None,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_ports_in_compose_files_are_ports_that_are_served() -> None:
    """One with the prototype's wrong ports must not come back."""
    sections = {**SECTIONS, **{name: own for app in APPS for name, own in app.sections.items()}}
    defaults = Effective.load(sections)
    served = {listener.port for app in APPS for listener in app.listeners(defaults)}
    found = 0
    for name in _tracked_files():
        if re.search(r"compose[^/]*\.ya?ml$", name):
            text = (ROOT / name).read_text(encoding="utf-8")
            published = re.findall(r"^\s*- .*:(\d+)(?:/(?:tcp|udp))?[\"']?\s*$", text, re.M)
            assert {int(inside) for inside in published} <= served, name
            found += len(published)
    assert found, "no port of a compose file was looked at"


# Fault: API and page public, names inserted as raw HTML.


@pytest.mark.parametrize("path", ["/users", "/assignments", "/api/grading/standings", "/online"])
def test_results_are_not_public(guarded: Fleet, path: str) -> None:
    assert guarded.ask(path)[0] == 401
    assert guarded.ask(path, token="x" * 40)[0] == 401
    assert guarded.ask(path, token=guarded.token("service"))[0] == 401
    assert guarded.ask(path, token=guarded.token("viewer"))[0] == 200


def test_a_browser_without_a_token_is_led_to_the_door(guarded: Fleet) -> None:
    status, headers, text = guarded.ask("/", headers={"accept": "text/html"})
    assert (status, headers["location"]) == (303, "/enter?next=%2F")
    assert "Vega" not in text
    assert guarded.ask("/api/grading/roster", body=b"1016,Eve\n")[0] == 401
    viewer = guarded.token("viewer")
    assert guarded.ask("/api/grading/roster", body=b"1016,Eve\n", token=viewer)[0] in (401, 403)


def test_whoever_can_be_reached_from_elsewhere_is_not_open_by_default() -> None:
    assert is_open(ResultsSettings(), FleetSettings(host="127.0.0.1"))
    for host in ("0.0.0.0", "::", "192.0.2.7", "example.org", ""):
        assert not is_open(ResultsSettings(), FleetSettings(host=host)), host


def test_names_are_escaped_on_pages(guarded: Fleet) -> None:
    viewer = guarded.token("viewer")
    for path in ("/", "/students/1013", "/students/1014"):
        status, headers, text = guarded.ask(path, token=viewer, headers={"accept": "text/html"})
        assert status == 200, path
        assert SCRIPT not in text
        assert "<img src=x" not in text
        assert "script-src" in headers["content-security-policy"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in guarded.ask("/", token=viewer)[2]


# Fault: through the balancer a node sees only the balancer's address.


def test_a_node_sees_the_students_own_address(course: Fleet) -> None:
    with TcpStudent(course, 4444, source=OWNER) as student:
        student.send(Chat(1011, KNOWN_ID))
        eventually(lambda: course.attempts(1011), what="the attempt")
        [attempt] = course.attempts(1011)
        assert attempt["source"] == student.address
    with UdpStudent(course, 5252, source=STRANGER) as student:
        chat = student.send(Chat(1012, TIMESTAMP)).read()
        student.send(chat)
        student.until(says("TEST 3_2 SUCCESSFULLY PASSED"))
        [attempt] = course.attempts(1012)
        assert attempt["source"] == student.address
    with TcpStudent(course, 4444, source=OWNER) as student:
        student.send(b"\xde\xad\xbe\xef")
        assert isinstance(student.read(), ErrorReply)
        eventually(lambda: any(i["source"] == student.address for i in course.incidents()))

"""The embedded server itself: as durable and as private as any other, on every installation."""

import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.data import embedded, program
from holdfast.platform.data.backup.role import backup_password_file
from holdfast.platform.data.cluster_folder import Interrupted
from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.embedded import EmbeddedServer, ServerPlan, dsn_file
from holdfast.platform.data.queries import Statement
from holdfast.platform.data.role_files import address_with, role_file, write_addresses
from tests.support.installations import INSTALLATIONS, NAMES, ready_cluster
from tests.support.processes import until

SMALL = Limits(pool_size=1, connect_s=20)
Start = Callable[[ServerPlan], tuple[EmbeddedServer, str]]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clusters")


@pytest.fixture(params=INSTALLATIONS, ids=NAMES)
def plan(
    request: pytest.FixtureRequest, made: Path, tmp_path_factory: pytest.TempPathFactory
) -> ServerPlan:
    """A data folder whose cluster exists already, with each installation. Its path is short enough
    for a socket, unlike those that have a test's name in them."""
    return ready_cluster(request.param, made, tmp_path_factory.mktemp("plan") / "data")


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts servers and stops them after the test, whatever happened."""
    servers: list[EmbeddedServer] = []

    def begin(plan: ServerPlan) -> tuple[EmbeddedServer, str]:
        server = EmbeddedServer(plan)
        servers.append(server)
        return server, server.start()

    yield begin
    for server in servers:
        server.stop()


async def ask(dsn: str, sql: str) -> object:
    async with await Database.connect(dsn, limits=SMALL) as database:
        return await database.fetchval(Statement("ask", sql))


async def test_it_serves_the_version_of_its_folder_and_keeps_what_it_was_told(
    plan: ServerPlan, start: Start
) -> None:
    server, dsn = start(plan)
    major = int(str(await ask(dsn, "SHOW server_version_num"))) // 10000
    assert (plan.folder / "PG_VERSION").read_text().strip() == str(major)
    assert await ask(dsn, "SELECT current_user || current_database()") == "holdfastholdfast"
    await ask(dsn, "CREATE TABLE kept AS SELECT 42 AS answer")
    assert server.exit_code() is None
    assert server.stop() == "clean"
    assert server.exit_code() == 0
    assert server.stop() == "gone"
    _, again = start(plan)
    assert again == dsn == dsn_file(plan.data).read_text().strip()
    assert await ask(again, "SELECT answer FROM kept") == 42


async def test_it_is_durable_unless_a_test_wants_otherwise(plan: ServerPlan, start: Start) -> None:
    names = ("fsync", "full_page_writes", "synchronous_commit", "data_checksums", "jit")
    show = " || ' ' || ".join(f"current_setting('{name}')" for name in names)
    durable = ServerPlan(plan.data, bin_dir=plan.bin_dir)
    server, dsn = start(durable)
    assert await ask(dsn, f"SELECT {show}") == "on on on on off"
    server.stop()
    _, dsn = start(plan)
    assert await ask(dsn, f"SELECT {show}") == "off off off on off"


async def test_nobody_comes_in_without_the_password(plan: ServerPlan, start: Start) -> None:
    _, dsn = start(plan)
    user, _, rest = dsn.partition("@")
    with pytest.raises(Mistake, match="password"):
        await Database.connect(f"{user.rpartition(':')[0]}@{rest}", limits=SMALL)
    with pytest.raises(Mistake, match="password authentication failed"):
        await Database.connect(f"postgresql://postgres:x@{rest}", limits=SMALL)
    assert plan.password_file.stat().st_mode & 0o777 == 0o600
    assert dsn_file(plan.data).stat().st_mode & 0o777 == 0o600
    assert plan.folder.stat().st_mode & 0o777 == 0o700


async def test_a_lost_password_is_replaced(plan: ServerPlan, start: Start) -> None:
    old = plan.password_file.read_text()
    plan.password_file.unlink()
    _, dsn = start(plan)
    assert plan.password_file.read_text() != old
    assert await ask(dsn, "SELECT 1") == 1


async def test_a_server_without_its_guard_is_stopped_before_a_new_one(
    plan: ServerPlan, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, dsn = start(plan)
    await ask(dsn, "CREATE TABLE kept AS SELECT 42 AS answer")
    second, dsn = start(plan)
    assert ("stopped_leftover", f"pid {first._process.pid}") in second.notes  # type: ignore[union-attr]
    assert first.exit_code() == 0
    assert await ask(dsn, "SELECT answer FROM kept") == 42


async def test_a_pid_file_that_names_a_stranger_does_not_hinder(
    plan: ServerPlan, start: Start
) -> None:
    server, _ = start(plan)
    pid_file = plan.folder / "postmaster.pid"
    marks = pid_file.read_text().splitlines()
    server.stop()
    owner = plan.folder.stat().st_uid
    who = {"user": owner} if os.geteuid() == 0 else {}
    with subprocess.Popen(["/bin/sleep", "1000"], **who) as stranger:  # type: ignore[call-overload]
        pid_file.write_text("\n".join([str(stranger.pid), *marks[1:]]) + "\n")
        os.chown(pid_file, owner, -1)
        lock = plan.folder / ".s.PGSQL.5432.lock"
        lock.write_text(f"{stranger.pid}\n{plan.folder}\n")
        _, dsn = start(plan)
        assert await ask(dsn, "SELECT 1") == 1
        assert stranger.poll() is None
        stranger.kill()


async def test_a_port_may_be_asked_for(plan: ServerPlan, start: Start) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    _, dsn = start(ServerPlan(plan.data, bin_dir=plan.bin_dir, port=port, durable=False))
    assert f"@127.0.0.1:{port}/" in dsn
    assert await ask(dsn, "SELECT inet_server_port()") == port
    assert await ask(dsn, "SELECT inet_server_addr()::text") == "127.0.0.1/32"


async def test_a_path_too_long_for_a_socket_is_served_by_tcp(
    made: Path, tmp_path: Path, start: Start
) -> None:
    plan = ready_cluster(INSTALLATIONS[-1], made, tmp_path / ("x" * 90))
    _, dsn = start(plan)
    assert "@127.0.0.1:" in dsn
    assert await ask(dsn, "SELECT 1") == 1


async def test_addresses_of_roles_follow_the_server(plan: ServerPlan, start: Start) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server, dsn = start(plan)
    await ask(dsn, "CREATE ROLE seller LOGIN PASSWORD 'secret'")
    write_addresses(plan.data, {"seller": address_with(dsn, "seller", "secret")})
    server.stop()
    start(ServerPlan(plan.data, bin_dir=plan.bin_dir, port=port, durable=False))
    moved = role_file(plan.data, "seller").read_text().strip()
    assert moved == f"postgresql://seller:secret@127.0.0.1:{port}/holdfast"
    assert await ask(moved, "SELECT current_user") == "seller"


def test_a_taken_port_is_a_mistake(made: Path, tmp_path: Path) -> None:
    plan = ready_cluster(INSTALLATIONS[-1], made, tmp_path / "data")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        server = EmbeddedServer(ServerPlan(plan.data, bin_dir=plan.bin_dir, port=port))
        with pytest.raises(Mistake, match=f"Port {port} .database.port. on 127.0.0.1 cannot be"):
            server.start()


def test_a_server_that_cannot_start_says_why(made: Path, tmp_path: Path) -> None:
    plan = ready_cluster(INSTALLATIONS[-1], made, tmp_path / "data")
    (plan.folder / "pg_hba.conf").write_text("nonsense\n")
    with pytest.raises(Mistake, match=r"did not start: could not load .*postgres\.log"):
        EmbeddedServer(plan).start()


def test_what_is_only_in_the_way_for_a_moment_is_tried_again(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, start: Start
) -> None:
    plan = ready_cluster(INSTALLATIONS[-1], made, tmp_path / "data")
    reasons = ["pre-existing shared memory block (key 1) is still in use"]
    honest = EmbeddedServer._wait_ready

    def at_first_in_the_way(server: EmbeddedServer, offset: int) -> str | None:
        if reasons:
            assert server.stop() == "clean"
            return reasons.pop()
        return honest(server, offset)

    monkeypatch.setattr(EmbeddedServer, "_wait_ready", at_first_in_the_way)
    start(plan)
    assert reasons == []


def test_a_server_that_never_gets_ready_is_given_up(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = ready_cluster(INSTALLATIONS[-1], made, tmp_path / "data")
    monkeypatch.setattr(embedded, "READY_S", 0.0)
    monkeypatch.setattr(embedded.cluster_folder, "ready_pid", lambda _: None)
    with pytest.raises(Mistake, match="not ready within 0 s"):
        EmbeddedServer(plan).start()


def test_starting_can_be_interrupted(made: Path, tmp_path: Path) -> None:
    plan = ready_cluster(INSTALLATIONS[-1], made, tmp_path / "data")
    server = EmbeddedServer(plan, given_up=lambda: True)
    with pytest.raises(Interrupted):
        server.start()
    assert server.exit_code() is not None


def test_a_long_log_is_put_aside(made: Path, tmp_path: Path, start: Start) -> None:
    plan = ready_cluster(INSTALLATIONS[-1], made, tmp_path / "data")
    plan.log.write_bytes(b"x" * (program.LOG_BYTES + 1))
    start(plan)
    assert plan.log.stat().st_size < 10_000
    assert plan.log.with_name("postgres.log.1").stat().st_size > program.LOG_BYTES


def test_a_server_that_ignores_the_wish_is_killed(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = subprocess.Popen(
        ["/bin/sh", "-c", "trap '' INT QUIT; echo; while :; do sleep 0.05; done"],
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    monkeypatch.setattr(embedded, "SHUTDOWN_S", 0.05)
    monkeypatch.setattr(embedded, "QUIT_S", 0.05)
    server = EmbeddedServer(ServerPlan(tmp_path))
    assert server.stop() == "gone"
    server._process = process
    assert server.stop() == "killed"
    assert process.poll() == -9
    process.stdout.close()


async def test_a_server_that_has_just_started_is_told_once_to_look_at_its_archive(
    plan: ServerPlan, start: Start, tmp_path: Path
) -> None:
    archiving = replace(plan, archive=str(tmp_path / "archive"), archive_every_s=1)
    server, dsn = start(archiving)
    assert await ask(dsn, "SHOW archive_mode") == "on"
    assert await ask(dsn, "SHOW archive_timeout") == "1s"
    for _ in range(3):
        server.wake_archiving()
    until(lambda: plan.log.read_text().count("received SIGHUP") == 1, "the signal in its log")
    assert server.stop() == "clean"
    server.wake_archiving()
    EmbeddedServer(plan).wake_archiving()


async def test_rules_of_an_earlier_holdfast_let_the_backup_in_and_foreign_ones_stay(
    plan: ServerPlan, start: Start
) -> None:
    rules = plan.folder / "pg_hba.conf"
    new = rules.read_text()
    old = "".join(line for line in new.splitlines(True) if "replication" not in line)
    rules.write_text(old)
    backup_password_file(plan.data).unlink()
    server, _ = start(plan)
    assert rules.read_text() == new
    assert backup_password_file(plan.data).exists()
    server.stop()
    rules.write_text(old + "# mine\n")
    start(plan)
    assert rules.read_text() == old + "# mine\n"

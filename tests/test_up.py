"""`holdfast up` starts everything in order, says where it is, and leaves nothing behind."""

import asyncio
import signal
from pathlib import Path

import pytest

from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.queries import Statement
from tests.support.fleet import Fleet, eventually, fleet, holdfast

pytestmark = [pytest.mark.processes, pytest.mark.xdist_group("up")]

UID = 1234
WHO = Statement(
    "who",
    "SELECT DISTINCT usename FROM pg_stat_activity "
    "WHERE usename IS NOT NULL AND pid <> pg_backend_pid()",
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> "object":
    """One fleet for this module."""
    with fleet(tmp_path_factory.mktemp("up") / "data") as started:
        yield started


def gone(pid: int) -> bool:
    """Whether a process has ended."""
    return not Path(f"/proc/{pid}").exists()


def test_the_summary_says_where_everything_is(running: Fleet) -> None:
    eventually(lambda: running.said("Ctrl-C"), 10.0, "its last line")
    said = "\n".join(running.lines)
    assert running.url in said
    assert str(running.port(4444)) in said
    assert str(running.port(2002)) in said


def test_every_test_passes_for_the_reference_student(running: Fleet) -> None:
    played = running.holdfast("student", "--all", "--uid", str(UID))
    assert "20 of 20 passed" in played.stdout, played.stdout + played.stderr
    assert played.returncode == 0
    verdicts = {a["test"]: (a["verdict"], a["reason"]) for a in running.attempts(UID)}
    assert len(verdicts) == 20
    assert all(verdict == "pass" and reason for verdict, reason in verdicts.values())
    shown = running.holdfast("attempts", str(UID))
    assert shown.returncode == 0
    assert shown.stdout.count("passed") >= 20


def test_each_process_works_in_the_database_with_its_own_role(running: Fleet) -> None:
    async def connected() -> set[str]:
        address = (running.data / "database.dsn").read_text().strip()
        async with await Database.connect(address, limits=Limits(pool_size=1)) as database:
            return {row["usename"] for row in await database.fetch(WHO)}

    kinds = ("results-api", "flights-search", "flights-booking", "flights-seats", "flights-ingest")
    kinds += ("flights-pages",)
    who = asyncio.run(connected())
    assert who >= {f"holdfast_{kind.replace('-', '_')}" for kind in kinds}
    assert "holdfast" not in who, "nobody works as the owner"
    for kind in kinds:
        told = Path(f"/proc/{running.pids(kind)[0]}/environ").read_text()
        assert f"roles/{kind}.dsn" in told
        assert "database.dsn" not in told
    assert "DATABASE_DSN_FILE=\0" in Path(f"/proc/{running.pids('node')[0]}/environ").read_text()
    assert "  roles  " not in "\n".join(running.lines), "the summary tells only of shared roles"


def test_a_second_fleet_on_the_same_folder_is_refused(running: Fleet) -> None:
    folder = running.data.parent
    words = ("up", "--data", str(running.data), "--port-offset", "24100")
    second = holdfast(*words, folder=folder)
    assert second.returncode == 2
    assert "Another Holdfast is running" in second.stderr


@pytest.mark.long
def test_ctrl_c_stops_every_process_and_keeps_the_data_and_apps_can_be_added(
    tmp_path: Path,
) -> None:
    with fleet(tmp_path / "data", "--apps", "grading", nodes=2) as started:
        assert started.pids("flights-search") == []
        assert not started.said("  travel  ")
        before = {u["uid"] for u in started.get("/users")}
        pids = [*started.pids("node"), *started.pids("balancer"), *started.pids("results-api")]
        pids.append(started.postgres())
        assert len(pids) == 5
        assert started.stop() == 0
        assert all(eventually(lambda pid=pid: gone(pid), 5.0, "the end") for pid in pids)
    with fleet(tmp_path / "data", nodes=2) as again:
        assert {u["uid"] for u in again.get("/users")} == before
        assert again.pids("flights-search")
        assert again.said("  travel  ")


def test_nothing_outlives_a_killed_supervisor(tmp_path: Path) -> None:
    with fleet(tmp_path / "data", "--apps", "grading", nodes=1) as started:
        pids = [*started.pids("node"), *started.pids("balancer"), started.postgres()]
        started.process.send_signal(signal.SIGKILL)
        started.process.wait(10)
        for pid in pids:
            eventually(lambda pid=pid: gone(pid), 30.0, f"the end of {pid}")

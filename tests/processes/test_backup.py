"""A backup taken under load restores to a given second, and what is damaged is never promoted.

See docs/reference/backup.md. Both applications on real processes, `kill -9`, flipped bits, files
that are missing; afterwards each application's auditor must find nothing on the restored copy.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from holdfast.errors import HoldfastError, Mistake
from holdfast.platform.data.backup.archive import MARKER, PACKED, archived
from holdfast.platform.data.backup.bases import base_folder, bases_in
from holdfast.platform.data.backup.manifest import Damaged
from holdfast.platform.data.backup.segments import is_segment
from holdfast.platform.data.cluster_folder import ready_pid
from tests.support.backups import Stand, flip, rows_in, stand
from tests.support.booking_office import Office, Plan, open_office
from tests.support.both_apps import BUYERS, ENOUGH, UIDS, Load, is_green, orders_of, passed_uids
from tests.support.course_client import passes
from tests.support.fleet import Fleet, environment, eventually, fleet

pytestmark = [
    pytest.mark.processes,
    pytest.mark.long,
    pytest.mark.xdist_group("backup"),
    pytest.mark.timeout(600),
]

FLIGHT = 100
PLANS = (Plan(FLIGHT, "FRA", "LHR", 8 * 60, 900),)
FASTER = "--set=fleet.drain_s=2"


def status_of(running: Fleet) -> dict[str, Any]:
    said = running.holdfast("backup", "status", "--json", "--data", str(running.data))
    return dict(json.loads(said.stdout))


def check_restored(office: Office, load: Load, moment: float) -> None:
    """All that was acknowledged up to the moment is there, and nothing asked a second later."""
    there = {
        "passed": passed_uids(office),
        "ordered": asyncio.run(orders_of(office)),
    }
    for kind, done in (("passed", load.passed), ("ordered", load.ordered)):
        before = {one.what for one in done if one.told_at <= moment}
        later = {one.what for one in done if one.asked_at > moment + 1}
        assert len(before) >= 2 * ENOUGH, kind
        assert len(later) >= ENOUGH - BUYERS, kind  # a buyer may have asked before
        assert before <= there[kind], f"{kind}: lost {before - there[kind]}"
        assert not later & there[kind], kind


def test_a_backup_under_load_restores_to_a_given_moment(tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    roster = tmp_path / "roster.csv"
    roster.write_text("".join(f"{uid},Student {uid}\n" for uid in UIDS))
    words = [FASTER, f"--roster={roster}"]
    archiving = [f"--set=database.archive={archive}", "--set=database.archive_every_s=2"]
    with fleet(tmp_path / "data", *words, *archiving, nodes=1, demo=True) as running:
        office = open_office(running)
        office.deliver(PLANS)
        with Load(office) as load:
            load.goes_on()
            began = time.time()
            taken = running.holdfast("backup", "--data", str(running.data))
            assert taken.returncode == 0, taken.stderr
            assert [one for one in load.passed if one.told_at > began], "nothing was written"
            load.goes_on()
            moment = datetime.now(UTC)
            eventually(lambda: time.time() > moment.timestamp() + 1, 10.0, "the next second")
            load.goes_on()  # what is asked for from here on must not be there
        assert not load.broken, load.broken
        eventually(
            lambda: (
                datetime.fromisoformat(status_of(running)["last_log_at"]).timestamp()
                > max(one.told_at for one in load.passed) + 3
            ),
            120.0,
            "the archive of all that was written",
        )
        assert status_of(running)["good"], status_of(running)
        restored = running.holdfast(
            "restore", "--from", str(archive), "--data", str(tmp_path / "again"),
            "--at", f"{moment:%Y-%m-%d %H:%M:%S.%f}",
        )  # fmt: skip
        assert restored.returncode == 0, restored.stdout + restored.stderr
        running.stop()
    print(taken.stdout, restored.stdout)
    with fleet(tmp_path / "again", *words, nodes=1, demo=True) as copy:
        there = replace(office, fleet=copy)
        check_restored(there, load, moment.timestamp())
        eventually(lambda: asyncio.run(is_green(there)), 120.0, "a green audit of flights")
        audited = copy.holdfast("flights", "audit", "--data", str(copy.data))
        assert audited.returncode == 0, audited.stdout
        graded = copy.holdfast("audit", "--data", str(copy.data))
        assert graded.returncode == 0, graded.stdout
        passes(copy, UIDS[-1])  # and it goes on


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """A server with an archive and no application: it writes rows."""
    with stand(tmp_path_factory.mktemp("backup")) as started:
        yield started


@pytest.fixture(scope="module")
def moments(running: Stand) -> list[datetime]:
    """A base backup, then rows; after each few of them a moment, all of it archived."""
    running.write(3)
    running.base()
    found = []
    for _ in range(3):
        found.append(running.write(3))
        running.settle()
    return found


def test_each_moment_has_its_rows(running: Stand, moments: list[datetime], tmp_path: Path) -> None:
    done = running.restore(tmp_path / "first", moments[0])
    assert rows_in(tmp_path / "first", running.plan.bin_dir) == list(range(1, 7))
    assert done.last is not None
    assert done.last <= moments[0]
    assert done.tables == 1
    everything = running.restore(tmp_path / "all")
    assert everything.last is not None
    assert everything.last > moments[-1]
    assert rows_in(tmp_path / "all", running.plan.bin_dir)[:14] == list(range(1, 15))


def test_a_killed_server_leaves_no_backup_that_is_listed(tmp_path: Path) -> None:
    with stand(tmp_path) as alone:
        alone.write(20, pad=2_000_000)
        words = ["backup", "--data", str(alone.plan.data), "--to", str(tmp_path / "bases")]
        words += ["--set", f"database.bin_dir={alone.plan.bin_dir}"]
        process = subprocess.Popen(
            [sys.executable, "-m", "holdfast", *words],
            env=environment(),
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        copier = eventually(lambda: _copier(process.pid, tmp_path / "bases"), 60.0, "the copy")
        os.kill(copier, signal.SIGSTOP)
        server = ready_pid(alone.plan.folder)
        assert server is not None
        os.kill(server, signal.SIGKILL)
        os.kill(copier, signal.SIGCONT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 1, errors
    assert "no base backup was taken" in errors
    assert bases_in(tmp_path / "bases") == []
    assert list(base_folder(tmp_path / "bases").iterdir()) == []


def _copier(parent: int, folder: Path) -> int:
    """The process that copies, once there are some files of it."""
    if not any(base_folder(folder).glob(".unfinished-*/data/base/*")):
        return 0
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return int(children[0]) if children else 0


def test_a_killed_backup_is_removed_by_the_next(running: Stand) -> None:
    known = len(bases_in(running.archive))
    left = base_folder(running.archive) / ".unfinished-20260101T000000Z" / "data"
    left.mkdir(parents=True)
    running.base()
    assert not left.exists()
    assert len(bases_in(running.archive)) == known + 1


def test_a_flipped_bit_in_the_base_is_found_and_nothing_is_made(
    running: Stand, moments: list[datetime], tmp_path: Path
) -> None:
    victim = bases_in(running.archive)[0]
    largest = max((victim.data / "base").rglob("*"), key=lambda path: path.stat().st_size)
    flip(largest)
    try:
        with pytest.raises(Damaged, match=largest.name.partition(".")[0]):
            running.restore(tmp_path / "copy", moments[1], base=victim.receipt.name)
    finally:
        flip(largest)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", ["missing", "flipped"])
@pytest.mark.parametrize("wished", ["moment", "everything"])
def test_a_hole_or_a_flipped_bit_in_the_log_is_found_and_nothing_is_made(
    running: Stand, moments: list[datetime], tmp_path: Path, damage: str, wished: str
) -> None:
    first = bases_in(running.archive)[0].receipt
    names = [name for name in sorted(archived(running.wal)) if is_segment(name)]
    name = names[names.index(first.first_segment) + 2]
    victim = running.wal / f"{name}{PACKED}"
    whole = victim.read_bytes()
    of_checksum = len(whole) - 8  # anywhere else it may say the same zeros in another way
    if damage == "missing":
        victim.rename(victim.with_name("aside"))
    else:
        flip(victim, of_checksum)
    at = moments[-1] if wished == "moment" else None
    try:
        with pytest.raises(HoldfastError, match=name) as told:
            running.restore(tmp_path / "copy", at, base=first.name)
    finally:
        if damage == "missing":
            victim.with_name("aside").rename(victim)
        else:
            flip(victim, of_checksum)
    assert victim.read_bytes() == whole
    assert ("has a hole" if damage == "missing" else "is not what was archived") in str(told.value)
    assert list(tmp_path.iterdir()) == []


def test_moments_that_cannot_be_restored_are_told(
    running: Stand, moments: list[datetime], tmp_path: Path
) -> None:
    first = bases_in(running.archive)[0].receipt
    with pytest.raises(Mistake, match="before the base backup was complete"):
        running.restore(tmp_path / "copy", first.started_at)
    with pytest.raises(Mistake, match=r"after the end of the archive\. The last transaction"):
        running.restore(tmp_path / "copy", datetime.now(UTC), base=first.name)
    assert list(tmp_path.iterdir()) == []


def test_an_archive_that_is_away_is_told_and_catches_up(tmp_path: Path) -> None:
    with stand(tmp_path) as alone:
        alone.write()
        alone.settle()
        marker = alone.wal / MARKER  # without it the folder is that of a disk not mounted
        aside = marker.rename(tmp_path / "aside")
        words = ["backup", "status", "--data", str(alone.plan.data), "--json"]

        def status() -> dict[str, Any]:
            done = subprocess.run(
                [sys.executable, "-m", "holdfast", *words],
                env=environment(), capture_output=True, text=True, check=False,
            )  # fmt: skip
            said = json.loads(done.stdout)
            assert done.returncode == (0 if said["good"] else 1)
            return dict(said)

        alone.write()  # the database goes on
        eventually(lambda: status()["waiting"]["files"] >= 1, 60.0, "a file that waits")
        assert any("no archive here" in one for one in status()["complaints"])
        alone.guarded.wait_logged("archive_missing")
        aside.rename(marker)
        alone.settle()

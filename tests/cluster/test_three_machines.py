"""`holdfast run database-member` on three machines, which are addresses of this one: a cluster."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.support.clusters import HEALTHY_S, NO_ETCD, folder_for_cluster
from tests.support.fleet import environment, eventually, free_offset, holdfast

pytestmark = [pytest.mark.processes, pytest.mark.cluster, pytest.mark.timeout(300)]

MEMBERS = {"m1": "127.0.0.2", "m2": "127.0.0.3", "m3": "127.0.0.4"}
NAMED = ",".join(f"{name}={address}" for name, address in MEMBERS.items())
STOP_S = 60.0


def words(folder: Path, name: str, offset: int) -> list[str]:
    return [
        f"--data={folder / name}",
        f"--port-offset={offset}",
        f"--set=database.members={NAMED}",
        f"--set=database.member={name}",
        f"--set=database.passwords_file={folder / 'secrets' / 'database.passwords'}",
        "--set=database.fast_failover=true",
    ]


@contextmanager
def machine(folder: Path, name: str, offset: int) -> Iterator[subprocess.Popen[bytes]]:
    (folder / name).mkdir(exist_ok=True)
    with (folder / f"{name}.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "holdfast", "run", "database-member",
             *words(folder, name, offset)],
            stdout=log, stderr=log, cwd=folder, env=environment(),
        )  # fmt: skip
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(STOP_S)


def status(folder: Path, offset: int) -> dict[str, object]:
    asked = holdfast("cluster", "status", "--json", *words(folder, "m3", offset), folder=folder)
    return dict(json.loads(asked.stdout)) if asked.stdout else {}


def leader(folder: Path, offset: int) -> str:
    members = status(folder, offset).get("members", [])
    assert isinstance(members, list)
    return next((one["name"] for one in members if one["role"] == "leader"), "")


def is_healthy(folder: Path, offset: int) -> bool:
    return status(folder, offset).get("healthy") is True


def test_three_machines_are_one_cluster_that_begins_once() -> None:
    if shutil.which("etcd") is None:
        pytest.skip(NO_ETCD)
    offset = free_offset()
    with folder_for_cluster() as folder, ExitStack() as machines:
        made = holdfast(
            "secrets", "--to", str(folder / "secrets"), *words(folder, "m1", offset), folder=folder
        )
        assert made.returncode == 0, made.stderr
        first = ExitStack()
        first.enter_context(machine(folder, "m1", offset))
        for name in ("m2", "m3"):
            machines.enter_context(machine(folder, name, offset))
        eventually(lambda: is_healthy(folder, offset), HEALTHY_S, "a healthy cluster")
        assert leader(folder, offset) == "m1"
        first.close()
        eventually(lambda: leader(folder, offset) in ("m2", "m3"), HEALTHY_S, "another leader")
        # the first one has lost what it had of the database, and does not begin another one
        lost = folder / "m1" / "cluster"
        for place in (lost / "m1" / "postgres", lost / "origin.done"):
            place.rename(folder / f"lost-{place.name}")
        with machine(folder, "m1", offset):
            eventually(lambda: is_healthy(folder, offset), HEALTHY_S, "a healthy cluster")
            assert leader(folder, offset) in ("m2", "m3")
            assert not list((folder / "m1").rglob("*.new"))

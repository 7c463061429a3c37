"""A cluster begins once: with a new folder, or with that of the single server before it."""

import shutil
import subprocess
from pathlib import Path

import pytest

from holdfast.platform.data import cluster_folder
from holdfast.platform.data.account import Account
from holdfast.platform.data.binaries import NEEDED_IN_CLUSTER, Binaries
from holdfast.platform.data.cluster.origin import (
    account_of,
    begin,
    has_data,
    is_finished,
    programs_of,
)
from holdfast.platform.data.cluster.plan import ClusterPlan, members_here
from holdfast.platform.data.cluster.record import passwords_of, settle
from holdfast.platform.data.cluster_folder import environment_of_server, reached
from holdfast.platform.data.embedded import EmbeddedServer, ServerPlan

pytestmark = pytest.mark.processes


def plan_on(data: Path) -> ClusterPlan:
    plan = settle(ClusterPlan(data, members_here(5500)))
    plan.folder_of("m1").mkdir()
    account_of(plan).own(plan.folder_of("m1"))
    return plan


def roles(folder: Path, account: Account, binaries: Binaries) -> str:
    """The roles that a folder has, as its own single-user mode prints them."""
    with reached(folder, account) as place:
        asked = subprocess.run(
            [binaries.program("postgres"), "--single", "-D", place.path, "postgres"],
            input="SELECT rolname FROM pg_roles WHERE rolcanlogin\n",
            capture_output=True,
            text=True,
            check=True,
            cwd="/",
            env=environment_of_server(),
            pass_fds=place.fds,
            **account.spawn_as(),
        )
    return asked.stdout


def test_the_first_folder_is_made_once_with_all_its_roles(tmp_path: Path) -> None:
    plan = plan_on(tmp_path)
    account = account_of(plan)
    binaries = programs_of(plan, account)
    assert all((binaries.folder / name).exists() for name in NEEDED_IN_CLUSTER)
    assert not has_data(plan, plan.first)
    passwords = passwords_of(tmp_path)
    assert begin(plan, passwords, binaries, account) == "made"
    assert is_finished(plan)
    assert has_data(plan, plan.first)
    assert not has_data(plan, plan.members[1])
    found = roles(plan.postgres_of("m1"), account, binaries)
    assert all(f'"{name}"' in found for name in ("postgres", "holdfast", "replicator", "rewinder"))
    assert begin(plan, passwords, binaries, account) is None
    # What an interrupted beginning left is completed, and what was finished is never made anew.
    (plan.folder / "origin.done").unlink()
    assert begin(plan, passwords, binaries, account) == "continued"
    shutil.rmtree(plan.postgres_of("m1"))
    assert begin(plan, passwords, binaries, account) is None
    assert not plan.postgres_of("m1").exists()


def test_a_single_server_becomes_the_first_member(tmp_path: Path) -> None:
    single = ServerPlan(tmp_path, durable=False)
    server = EmbeddedServer(single)
    server.start()
    assert server.stop() == "clean"
    major = cluster_folder.major_of(single.folder)
    owner = single.folder.stat().st_uid
    plan = plan_on(tmp_path)
    account = account_of(plan)
    assert account.uid == owner
    binaries = programs_of(plan, account)
    assert binaries.major == major
    passwords = passwords_of(tmp_path)
    assert begin(plan, passwords, binaries, account) == "taken over from the single server"
    assert not single.folder.exists()
    assert passwords.application == single.password_file.read_text().strip()
    assert '"replicator"' in roles(plan.postgres_of("m1"), account, binaries)

"""What is found out of a real machine: its software, limits, folders and programs."""

import fcntl
from pathlib import Path

import pytest

from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.data.settings import DatabaseSettings
from holdfast.platform.doctor import probes
from holdfast.platform.doctor.probes import (
    look_at_folder,
    look_at_machine,
    look_at_programs,
    look_at_software,
)
from holdfast.platform.runtime.folder import LOCK, open_folder


def test_packages_are_compared_by_their_plain_names(tmp_path: Path) -> None:
    (tmp_path / "requirements.lock").write_text(
        "H11==0.1 \\\n    --hash=sha256:00\nnot-here==2 ; sys_platform == 'win32' \\\nhere_not==3\n"
        "h11==9 ; python_full_version < '3.11' \\\n    --hash=sha256:00\n"
        "httpx==7 ; python_full_version >= '3.11' \\\nhttpx==6 ; python_full_version < '3.11'\n"
    )
    facts = look_at_software(tmp_path)
    assert facts.locked == {"h11": "0.1", "here-not": "3", "httpx": "7"}
    assert facts.installed["h11"] != "0.1"


def test_without_a_lock_file_nothing_is_compared(tmp_path: Path) -> None:
    assert look_at_software(tmp_path).locked is None


def test_this_machine_has_descriptors_memory_and_a_clock() -> None:
    facts = look_at_machine()
    assert facts.files_soft > 0
    assert facts.memory_free
    assert facts.clock is not None


def test_a_new_folder_is_judged_by_where_it_will_be(tmp_path: Path) -> None:
    facts = look_at_folder(tmp_path / "a" / "b")
    assert (facts.state, facts.refused) == ("new", "")
    assert facts.free_bytes
    assert not (tmp_path / "a").exists()


def test_folders_are_told_apart(tmp_path: Path) -> None:
    ours, foreign = tmp_path / "ours", tmp_path / "foreign"
    open_folder(ours)
    foreign.mkdir()
    (foreign / "thesis.txt").write_text("x")
    assert look_at_folder(ours).state == "ours"
    assert look_at_folder(foreign).state == "foreign"
    assert look_at_folder(foreign / "thesis.txt").state == "file"


def test_a_folder_where_nothing_can_be_written_says_why() -> None:
    assert look_at_folder(Path("/proc/self")).refused


def test_a_folder_that_is_in_use_is_seen_without_taking_its_lock(tmp_path: Path) -> None:
    open_folder(tmp_path)
    with (tmp_path / LOCK).open("w") as file:
        assert not look_at_folder(tmp_path).is_in_use
        fcntl.flock(file, fcntl.LOCK_EX)
        assert look_at_folder(tmp_path).is_in_use


def test_programs_are_asked_for_only_where_they_are_needed() -> None:
    named = [one.name for one in look_at_programs(DatabaseSettings(dsn="x"), BalancerSettings())]
    assert named == []


def test_a_folder_without_postgres_is_a_problem(tmp_path: Path) -> None:
    settings = DatabaseSettings(bin_dir=str(tmp_path))
    (postgres,) = look_at_programs(settings, BalancerSettings())
    assert str(tmp_path) in postgres.error


def test_a_cluster_needs_patroni_and_the_kernel_path_nft(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "find_program", lambda _: None)
    found = look_at_programs(
        DatabaseSettings(dsn="x", replicas=2), BalancerSettings(data_path="kernel")
    )
    assert [one.name for one in found][:2] == ["Patroni", "nft"]
    assert found[1].error

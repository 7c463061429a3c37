"""PostgreSQL's programs: the first place that fits, of the right version, reachable."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.data import binaries
from holdfast.platform.data.account import Account, account_for
from holdfast.platform.data.binaries import Binaries, find_binaries, wheel_folder
from tests.support.installations import INSTALLATIONS, NAMES

ME = Account(os.geteuid(), os.getegid(), "me", switch=False)


def programs(folder: Path, version: str, *, initdb: str | None = None) -> Path:
    """A folder with two programs that tell a version and nothing else."""
    folder.mkdir(parents=True)
    for name, told in (("postgres", version), ("initdb", initdb or version)):
        program = folder / name
        program.write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {told}'\n")
        program.chmod(0o755)
    return folder


@pytest.fixture
def no_system(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without PostgreSQL, with and without the wheel."""
    monkeypatch.setattr(binaries, "_SYSTEM", ())
    monkeypatch.setattr(binaries, "wheel_folder", lambda: None)


@pytest.mark.parametrize("folder", INSTALLATIONS, ids=NAMES)
def test_real_installations_are_usable_by_whoever_runs_them(folder: Path, tmp_path: Path) -> None:
    found = find_binaries(account_for(tmp_path / "postgres"), bin_dir=str(folder), environment={})
    assert found.major >= binaries.OLDEST
    assert Path(found.program("initdb")).is_file()


def test_the_wheel_is_found_by_its_files() -> None:
    folder = wheel_folder()
    assert folder is not None
    assert (folder / "postgres").is_file()


def test_the_setting_comes_before_the_variable_before_the_system(tmp_path: Path) -> None:
    set_dir = programs(tmp_path / "set", "17.1")
    variable = programs(tmp_path / "variable", "16.1")
    environment = {"PG_BINDIR": str(variable)}
    found = find_binaries(ME, bin_dir=str(set_dir), environment=environment)
    assert found == Binaries(set_dir, 17, "database.bin_dir")
    assert find_binaries(ME, environment=environment) == Binaries(variable, 16, "PG_BINDIR")


def test_the_newest_of_the_system_comes_first_then_the_path_then_the_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_system: None
) -> None:
    monkeypatch.setattr(binaries, "_SYSTEM", (f"{tmp_path}/*/bin",))
    wheel = programs(tmp_path / "wheel", "18.6")
    monkeypatch.setattr(binaries, "wheel_folder", lambda: wheel)
    monkeypatch.setattr(binaries, "_version_in_name", lambda folder: int(folder.parent.name))
    on_path = programs(tmp_path / "path", "17.0")
    environment = {"PATH": str(on_path)}
    assert find_binaries(ME, environment={"PATH": ""}).origin == "wheel"
    assert find_binaries(ME, environment=environment).origin == "PATH"
    programs(tmp_path / "15" / "bin", "15.9")
    programs(tmp_path / "16" / "bin", "16.2")
    assert find_binaries(ME, environment=environment).major == 16
    assert find_binaries(ME, major=15, environment=environment).major == 15
    assert find_binaries(ME, major=18, environment=environment).origin == "wheel"


def test_too_old_and_broken_ones_are_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_system: None
) -> None:
    monkeypatch.setattr(binaries, "_SYSTEM", (f"{tmp_path}/*",))
    programs(tmp_path / "a", "14.2")
    programs(tmp_path / "b", "16.2", initdb="15.2")
    programs(tmp_path / "c", "16.2") / "initdb"
    (tmp_path / "c" / "initdb").unlink()
    programs(tmp_path / "d", "nonsense")
    broken = programs(tmp_path / "e", "16.2")
    (broken / "postgres").write_text("#!/no/such/interpreter\n")
    with pytest.raises(Mistake, match="No PostgreSQL was found; install PostgreSQL 15"):
        find_binaries(ME, environment={})


def test_data_of_a_version_that_is_not_here_is_a_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_system: None
) -> None:
    monkeypatch.setattr(binaries, "_SYSTEM", (f"{tmp_path}/*",))
    programs(tmp_path / "a", "16.2")
    programs(tmp_path / "b", "17.2")
    with pytest.raises(Mistake, match="made by PostgreSQL 15, but only 16, 17 is installed"):
        find_binaries(ME, major=15, environment={})


@pytest.mark.parametrize(
    ("version", "major", "complaint"),
    [
        ("14.1", None, "names PostgreSQL 14; 15 or newer is needed"),
        ("16.1", 15, "made by PostgreSQL 15, but database.bin_dir names 16"),
        ("what", None, "which has no programs of PostgreSQL that run"),
    ],
)
def test_a_wrong_place_that_was_named_is_a_mistake(
    tmp_path: Path, version: str, major: int | None, complaint: str
) -> None:
    folder = programs(tmp_path / "bin", version)
    with pytest.raises(Mistake, match=complaint):
        find_binaries(ME, bin_dir=str(folder), major=major, environment={})
    with pytest.raises(Mistake, match=r"PG_BINDIR names .*no programs"):
        find_binaries(ME, environment={"PG_BINDIR": str(tmp_path / "nowhere")})


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="holdfast-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


if os.geteuid() == 0:

    def test_programs_that_nobody_reaches_are_copied_once(
        tmp_path: Path, open_folder: Path
    ) -> None:
        package = tmp_path / "closed" / "package"
        folder = programs(package / "install" / "bin", "18.6")
        (folder / "psql").write_text("not needed")
        (folder.parent / "include").mkdir()
        (folder.parent / "share").mkdir()
        (folder.parent / "share" / "data").write_text("needed")
        libraries = package.with_name("package.libs")
        libraries.mkdir()
        (libraries / "lib.so").write_text("needed")
        package.parent.chmod(0o700)
        nobody = account_for(tmp_path / "new")
        cache = open_folder / "cache"
        found = find_binaries(nobody, bin_dir=str(folder), environment={}, cache=cache)
        assert found.major == 18
        assert found.folder.is_relative_to(cache)
        assert sorted(entry.name for entry in found.folder.iterdir()) == ["initdb", "postgres"]
        assert (found.folder.parent / "share" / "data").is_file()
        assert not (found.folder.parent / "include").exists()
        assert (found.folder.parents[2] / "package.libs" / "lib.so").is_file()
        made = found.folder.stat().st_ino
        again = find_binaries(nobody, bin_dir=str(folder), environment={}, cache=cache)
        assert again.folder.stat().st_ino == made
        assert [entry.name for entry in cache.iterdir()] == [found.folder.parents[2].name]

    def test_a_cache_that_cannot_be_written_is_a_mistake(tmp_path: Path) -> None:
        folder = programs(tmp_path / "closed" / "package" / "install" / "bin", "18.6")
        (tmp_path / "closed").chmod(0o700)
        nobody = account_for(tmp_path / "new")
        with pytest.raises(Mistake, match="cannot be copied to /proc/cache"):
            find_binaries(nobody, bin_dir=str(folder), environment={}, cache=Path("/proc/cache"))

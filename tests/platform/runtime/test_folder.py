"""The data folder: ours, one owner at a time, never a folder of somebody else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.runtime.folder import MARKER, Lock, claim_folder, open_folder


def test_a_new_folder_is_made_with_its_parents_and_marked(tmp_path: Path) -> None:
    open_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b" / MARKER).is_file()
    open_folder(tmp_path / "a" / "b")


def test_an_empty_folder_becomes_ours(tmp_path: Path) -> None:
    open_folder(tmp_path)
    assert (tmp_path / MARKER).is_file()


def test_a_folder_with_other_things_is_refused_untouched(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("...")
    with pytest.raises(Mistake, match=r"holds other things \(thesis.tex\)"):
        open_folder(tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_in_the_way_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Mistake, match="is a file or lies in one"):
        open_folder(tmp_path / "file")
    with pytest.raises(Mistake, match="is a file or lies in one"):
        open_folder(tmp_path / "file" / "below")


def test_a_folder_of_another_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / MARKER).write_text("Layout 99")
    with pytest.raises(Mistake, match="another version"):
        open_folder(tmp_path)
    (tmp_path / MARKER).write_bytes(b"\xff")
    with pytest.raises(Mistake, match="cannot be used"):
        open_folder(tmp_path)


def test_a_place_that_cannot_be_written_is_a_mistake() -> None:
    with pytest.raises(Mistake, match="cannot be used"):
        open_folder(Path("/proc/holdfast"))


def test_only_one_holds_the_folder(tmp_path: Path) -> None:
    with claim_folder(tmp_path), pytest.raises(Mistake, match="Another Holdfast is running on"):
        claim_folder(tmp_path)
    claim_folder(tmp_path).release()


def test_a_lock_ends_with_its_process_however_it_ends(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\n"
        "from holdfast.platform.runtime.folder import claim_folder\n"
        "lock = claim_folder(Path(sys.argv[1]))\nprint('held', flush=True)\nsys.stdin.read()"
    )
    source = Path(__file__).parents[3] / "src"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(source)},
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Mistake, match="Another Holdfast"):
            claim_folder(tmp_path)
        holder.kill()
        holder.wait(10)
    claim_folder(tmp_path).release()


def test_a_held_lock_is_waited_for_within_its_bound(tmp_path: Path) -> None:
    lock = Lock.take(tmp_path / "lock")
    assert lock is not None
    assert Lock.take(tmp_path / "lock", within_s=0.05) is None
    asked: list[bool] = []

    def release_at_third_try() -> bool:
        asked.append(True)
        if len(asked) == 3:
            lock.release()
        return False

    second = Lock.take(tmp_path / "lock", within_s=30, given_up=release_at_third_try)
    assert second is not None
    assert Lock.take(tmp_path / "lock", within_s=30, given_up=lambda: True) is None
    second.release()
    second.release()

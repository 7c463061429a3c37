"""The private folder: ours alone, sockets that replace each other, one first process."""

import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from holdfast.platform.balancer.restart.folder import FOLDER, PrivateFolder, home_of, is_rightful


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[PrivateFolder]:
    made = PrivateFolder(tmp_path / "data")
    yield made
    made.close()


def test_each_of_several_balancers_has_a_folder_of_its_own(tmp_path: Path) -> None:
    assert home_of(tmp_path, 1) == tmp_path
    assert home_of(tmp_path, 2) != home_of(tmp_path, 3)


def test_it_is_made_for_its_owner_only(folder: PrivateFolder) -> None:
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o755, 0o710, 0o701])
def test_a_folder_that_others_can_look_into_is_not_used(tmp_path: Path, mode: int) -> None:
    (tmp_path / FOLDER).mkdir()
    (tmp_path / FOLDER).chmod(mode)
    with pytest.raises(PermissionError, match="0700"):
        PrivateFolder(tmp_path)


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / FOLDER).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError):
        PrivateFolder(tmp_path)


def test_a_path_that_is_too_long_for_a_socket_is_none_for_us(tmp_path: Path) -> None:
    folder = PrivateFolder(tmp_path / ("d" * 120))
    with folder.listen("s"):
        found = folder.connect("s", 5.0)
        assert found is not None
        found.close()
    folder.close()


def test_nobody_there_is_none_and_no_error(folder: PrivateFolder) -> None:
    assert folder.connect("s", 5.0) is None
    folder.listen("s").close()
    assert folder.connect("s", 5.0) is None


def test_a_new_socket_takes_the_place_of_an_older_one(folder: PrivateFolder) -> None:
    with folder.listen("s") as older, folder.listen("s") as newer:
        found = folder.connect("s", 5.0)
        assert found is not None
        newer.accept()[0].close()
        with pytest.raises(BlockingIOError):
            older.accept()
        found.close()
    assert [entry.name for entry in folder.path.iterdir()] == ["s"]


def test_only_one_process_is_the_first(folder: PrivateFolder) -> None:
    held = folder.lock()
    assert held is not None
    assert folder.lock() is None
    held.release()
    again = folder.lock()
    assert again is not None
    again.release()


def test_we_ourselves_are_rightful() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        assert is_rightful(ours)


def test_another_user_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    module = "holdfast.platform.balancer.restart.folder._CREDENTIALS"

    class Told:
        size = 12

        @staticmethod
        def unpack(_raw: bytes) -> tuple[int, int, int]:
            return 1, 4_000_000, 1

    monkeypatch.setattr(module, Told)
    with ours, theirs:
        assert not is_rightful(ours)

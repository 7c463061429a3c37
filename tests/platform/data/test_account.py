"""Who runs PostgreSQL: never root, never somebody else's files."""

import os
import pwd
from pathlib import Path

import pytest

from holdfast.errors import Mistake
from holdfast.platform.data.account import Account, account_for, hand_over

AS_ROOT = os.geteuid() == 0
NOBODY = pwd.getpwnam("nobody")


def pretend_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)


def test_an_ordinary_user_runs_everything_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid or 4711)
    account = account_for(tmp_path / "postgres")
    assert not account.switch
    assert account.spawn_as() == {}
    account.own(tmp_path)
    assert account.can_enter(tmp_path)
    assert not account.can_enter(tmp_path / "nothing")
    assert hand_over(tmp_path, account) == (str(tmp_path), ())


def test_root_takes_nobody_for_a_new_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend_root(monkeypatch)
    account = account_for(tmp_path / "postgres")
    assert (account.uid, account.gid, account.switch) == (NOBODY.pw_uid, NOBODY.pw_gid, True)
    assert account.spawn_as() == {
        "user": NOBODY.pw_uid,
        "group": NOBODY.pw_gid,
        "extra_groups": (),
    }


def test_root_takes_the_owner_of_an_existing_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend_root(monkeypatch)
    owner = os.stat_result((0o40700, 1, 1, 1, 4711, 4711, 0, 0, 0, 0))
    monkeypatch.setattr(Path, "stat", lambda *_, **__: owner)
    account = account_for(tmp_path)
    assert (account.uid, account.name, account.switch) == (4711, "number 4711", True)


def test_the_database_of_another_user_is_a_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 4711)
    with pytest.raises(Mistake, match="belongs to the user"):
        account_for(tmp_path)


def test_root_without_a_nobody_is_a_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pretend_root(monkeypatch)

    def unknown(name: str) -> pwd.struct_passwd:
        raise KeyError(name)

    monkeypatch.setattr(pwd, "getpwnam", unknown)
    with pytest.raises(Mistake, match="there is no user nobody"):
        account_for(tmp_path / "postgres")


if AS_ROOT:  # only root may give files away; an ordinary user has nothing to skip here

    def test_nobody_reaches_closed_folders_by_descriptor_only(tmp_path: Path) -> None:
        closed = tmp_path / "closed"
        inside = closed / "inside"
        inside.mkdir(parents=True)
        closed.chmod(0o700)
        account = account_for(tmp_path / "new")
        account.own(inside)
        assert not account.can_enter(inside)
        path, fds = hand_over(inside, account)
        try:
            assert path == f"/proc/self/fd/{fds[0]}"
            account.own(fds[0])
        finally:
            os.close(fds[0])


def test_without_descriptors_a_closed_folder_is_a_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setattr(Account, "can_enter", lambda *_: False)
    account = Account(1, 1, "nobody", switch=True)
    with pytest.raises(Mistake, match=r"nobody, who runs PostgreSQL .* cannot reach"):
        hand_over(tmp_path, account)

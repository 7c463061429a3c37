"""The law of who runs PostgreSQL: it refuses to be root, so root hands it to an ordinary user.

As an ordinary user everything runs as that user. As root the embedded server runs as the owner of
its files, at first `nobody`, who may not walk to folders in root's home: the data folder is handed
over as an open descriptor (Linux), and programs are copied (see `binaries`).
"""

import os
import pwd
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from holdfast.errors import Mistake

NOBODY = "nobody"
PROBE_S = 20.0
"""A probe is one tiny program; slower than this only on a machine that stands still."""


class SpawnAs(TypedDict, total=False):
    """Arguments of `subprocess` that change the user."""

    user: int
    group: int
    extra_groups: Sequence[int]


@dataclass(frozen=True, slots=True)
class Account:
    """The user that PostgreSQL runs as; `switch` says whether that is somebody else than we."""

    uid: int
    gid: int
    name: str
    switch: bool

    def spawn_as(self) -> SpawnAs:
        """Arguments for `subprocess` that make the child this user and nothing more."""
        if not self.switch:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": ()}

    def own(self, path: Path | int) -> None:
        """Give a file (path or descriptor) to the user; links are never followed."""
        if not self.switch:
            return
        if isinstance(path, int):
            os.fchown(path, self.uid, self.gid)
        else:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def can_enter(self, folder: Path) -> bool:
        """Whether the user may walk to a folder and use it."""
        if not self.switch:
            return os.access(folder, os.X_OK)
        tested = subprocess.run(  # noqa: S603  a fixed program, the path is an argument
            ["/bin/test", "-x", str(folder)],
            check=False,
            cwd="/",
            timeout=PROBE_S,
            **self.spawn_as(),
        )
        return tested.returncode == 0


def account_for(folder: Path) -> Account:
    """Who runs PostgreSQL on `folder` (which need not exist). `Mistake` when that cannot be."""
    uid = os.geteuid()
    owner = folder.stat().st_uid if folder.exists() else None
    if uid != 0:
        if owner is not None and owner != uid:
            raise Mistake(
                f"The database in {folder} belongs to the user {_name(owner)}; start as that user "
                "or as root, or choose another data folder."
            )
        return Account(uid, os.getegid(), _name(uid), switch=False)
    if owner:
        entry = _entry(owner)
        return Account(owner, entry.pw_gid if entry else owner, _name(owner), switch=True)
    try:
        nobody = pwd.getpwnam(NOBODY)
    except KeyError:
        raise Mistake(
            "PostgreSQL refuses to run as root and there is no user nobody; start as another user."
        ) from None
    return Account(nobody.pw_uid, nobody.pw_gid, NOBODY, switch=True)


def hand_over(folder: Path, account: Account) -> tuple[str, tuple[int, ...]]:
    """A path by which the account reaches `folder`, and the descriptors its processes inherit.

    As another user on Linux this is always an open descriptor, so that one way is used and tested,
    wherever the folder lies. The caller closes the descriptors when the processes are started.
    """
    if account.switch and sys.platform == "linux":
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        return f"/proc/self/fd/{fd}", (fd,)
    if not account.can_enter(folder):
        raise Mistake(
            f"The user {account.name}, who runs PostgreSQL when you are root, cannot reach "
            f"{folder}; choose a data folder outside of closed folders."
        )
    return str(folder), ()


def _entry(uid: int) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        return None


def _name(uid: int) -> str:
    entry = _entry(uid)
    return entry.pw_name if entry else f"number {uid}"

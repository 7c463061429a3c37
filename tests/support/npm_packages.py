"""Packages of npm that tests run: fetched once by npm itself, kept below the temporary folder.

The folder's name has the version, so another version is another folder. Two test runs that fetch at
once do not meet: each fetches into a folder of its own and the first gives it the final name.
"""

import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

FETCH_S = 110.0
"""Longer than a slow registry needs for a handful of packages; shorter than a test may last."""


def why_not() -> str:
    """What this machine lacks, or nothing."""
    lacking = [tool for tool in ("node", "npm") if shutil.which(tool) is None]
    return f"{' and '.join(lacking)} missing" if lacking else ""


def fetched(package: str, version: str) -> Path | None:
    """The folder that has the package in `node_modules`; None when it cannot be fetched."""
    user = os.getuid()
    name = f"holdfast-npm-{user}-{package.strip('@').replace('/', '-')}-{version}"
    home = Path(tempfile.gettempdir()) / name
    if _is_ours(home, user):
        return home
    with tempfile.TemporaryDirectory(prefix=name) as made:
        target = Path(made) / "fetched"
        words = ["npm", "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts"]
        command = [*words, "--prefix", str(target), f"{package}@{version}"]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=FETCH_S)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
            return None
        with suppress(OSError):  # somebody was faster
            target.rename(home)
    return home if _is_ours(home, user) else None


def _is_ours(home: Path, user: int) -> bool:
    """Whether the folder is whole and nobody else's: what is in it will be run."""
    return (home / "node_modules").is_dir() and home.lstat().st_uid == user

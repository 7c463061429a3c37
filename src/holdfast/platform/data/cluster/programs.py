"""The law of what a cluster needs on the machine: found, and reachable by the user that runs it.

Patroni is a Python program. Root hands it to an ordinary user, who may not walk to root's own
Python; then another Python of the same version takes its place, with the packages of this
installation. What cannot be reached is said before anything is started.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from holdfast.errors import Mistake
from holdfast.platform.data.account import PROBE_S, Account
from holdfast.platform.data.cluster.plan import StoreKind
from holdfast.platform.data.cluster_folder import environment_of_server

ETCD = "etcd"
_PLACES = (Path("/usr/bin"), Path("/usr/local/bin"))
_MODULES: dict[StoreKind, tuple[str, ...]] = {
    "etcd": ("patroni", "psycopg", "etcd"),
    "raft": ("patroni", "psycopg", "pysyncobj", "cryptography"),
}
_STORES: dict[StoreKind, str] = {"etcd": "patroni.dcs.etcd3", "raft": "patroni.dcs.raft"}


@dataclass(frozen=True, slots=True)
class Python:
    """A Python that the account can run, and where it finds the packages ("": by itself)."""

    program: str
    packages: str

    def run_module(self, *words: str) -> list[str]:
        """The command line of `python -m ...`."""
        return [self.program, *self.flags, "-m", *words]

    @property
    def flags(self) -> tuple[str, ...]:
        """Another Python must not mix its system's packages with ours."""
        return ("-P", "-S") if self.packages else ("-P",)

    def environment(self) -> dict[str, str]:
        """What its processes see: nothing that changes the behaviour of PostgreSQL."""
        found = {**environment_of_server(), "PYTHONDONTWRITEBYTECODE": "1"}
        return {**found, "PYTHONPATH": self.packages} if self.packages else found


def store_on_this_machine() -> StoreKind:
    """etcd where it is installed, else the Raft that is a part of Patroni."""
    return "etcd" if shutil.which(ETCD) else "raft"


def etcd_program() -> str:
    """The path of etcd; `Mistake` when it is not installed."""
    found = shutil.which(ETCD)
    if found is None:
        raise Mistake(
            "The cluster in this data folder needs etcd, which is not installed: on Debian, "
            "apt install etcd-server."
        )
    return str(Path(found).resolve())


def python_for(account: Account, store: StoreKind) -> Python:
    """A Python that runs Patroni as the account. `Mistake` when there is none."""
    modules = _MODULES[store]
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        raise Mistake(
            f"A cluster needs the Python package {missing[0]}, which is not installed here."
        )
    if not account.switch:
        return Python(sys.executable, "")
    for python in _candidates(modules):
        if _runs(python, (*modules, "patroni.__main__", _STORES[store]), account):
            return python
    raise Mistake(
        f"The user {account.name}, who runs the database when you are root, cannot reach "
        f"{sys.executable} or its packages: start as an ordinary user, or install holdfast where "
        "everybody can read it."
    )


def check_reach(account: Account, folder: Path) -> None:
    """`Mistake` when the account cannot walk to a folder that exists."""
    if not account.can_enter(folder):
        raise Mistake(
            f"The user {account.name}, who runs the database when you are root, cannot reach "
            f"{folder}: choose a data folder outside of closed folders, or start as an ordinary "
            "user."
        )


def _candidates(modules: Sequence[str]) -> Iterator[Python]:
    yield Python(sys.executable, "")
    packages = _folders(modules)
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"  # for compiled packages
    for place in _PLACES:
        yield Python(str(place / name), packages)


def _folders(modules: Sequence[str]) -> str:
    """Where the packages lie, as a search path."""
    found: dict[str, None] = {}
    for module in modules:
        spec = find_spec(module)
        if spec is not None and spec.origin is not None:
            found[str(Path(spec.origin).resolve().parent.parent)] = None
    return ":".join(found)


def _runs(python: Python, modules: Sequence[str], account: Account) -> bool:
    words = [python.program, *python.flags, "-c", f"import {', '.join(modules)}"]
    try:
        ran = subprocess.run(  # noqa: S603  a Python, found in fixed places
            words,
            check=False,
            capture_output=True,
            cwd="/",
            env=python.environment(),
            timeout=PROBE_S,
            **account.spawn_as(),
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return ran.returncode == 0

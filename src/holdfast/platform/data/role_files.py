"""The law of role files: `<data>/roles/<process>.dsn` is the address with that process's own role.

Only their owner reads them; the password is kept nowhere else. Where processes have to share one
role, the files hold the shared address, so that whoever starts a process need not know.
"""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from holdfast.platform.data.settings import MAX_DSN_BYTES
from holdfast.platform.runtime.secrets import write_private

_LOGIN = frozenset({"user", "password"})
MAX_FILES = 100
"""There are five; whatever else lies in the folder in masses is not ours."""


def role_file(data: Path, process: str) -> Path:
    """Where the address of a kind of process is written."""
    return data / "roles" / f"{process}.dsn"


def address_with(dsn: str, role: str, password: str) -> str:
    """The same address, with another role and its password."""
    parts = urlsplit(dsn)
    hosts = parts.netloc.rpartition("@")[2]
    options = [(key, text) for key, text in parse_qsl(parts.query) if key not in _LOGIN]
    login = f"{quote(role, safe='')}:{quote(password, safe='')}"
    return parts._replace(
        netloc=f"{login}@{hosts}", query=urlencode(options, quote_via=quote)
    ).geturl()


def password_in(path: Path, role: str) -> str | None:
    """The password that a role file holds for this role; None when it holds none."""
    with suppress(OSError, ValueError):
        with path.open(encoding="utf-8") as file:
            parts = urlsplit(file.read(MAX_DSN_BYTES).strip())
        if parts.username == role:
            return parts.password
    return None


def write_addresses(data: Path, addresses: Mapping[str, str]) -> None:
    """Write the address of each process. A file that holds it already is left alone: it may be a
    secret that was given to us, which nobody can write."""
    folder = role_file(data, "any").parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for process, address in addresses.items():
        path = role_file(data, process)
        if _address_in(path) != address:
            write_private(path, address + "\n")


def _address_in(path: Path) -> str:
    with suppress(OSError, ValueError), path.open(encoding="utf-8") as file:
        return file.read(MAX_DSN_BYTES).strip()
    return ""


def move_addresses(data: Path, dsn: str) -> None:
    """The server on this folder is at `dsn` now, by its owner: who had a role of its own keeps
    it, who shared the owner's goes on sharing."""
    owner = urlsplit(dsn).username
    for path in sorted(role_file(data, "any").parent.glob("*.dsn"))[:MAX_FILES]:
        with path.open(encoding="utf-8") as file:
            known = file.read(MAX_DSN_BYTES).strip()
        parts = urlsplit(known)
        is_own = parts.username not in (None, owner)
        fresh = address_with(dsn, parts.username or "", parts.password or "") if is_own else dsn
        if fresh != known:
            write_private(path, fresh + "\n")

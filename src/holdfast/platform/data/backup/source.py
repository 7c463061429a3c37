"""The law of where a backup comes from: the server that the settings name, by a role that may copy.

The embedded server and the cluster have such a role of their own; of another server the address is
taken as it is, and its user needs the right REPLICATION. Passwords never stand in a command line.
"""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from holdfast.errors import Mistake
from holdfast.platform.data.addresses import servers_of
from holdfast.platform.data.backup.role import BACKUP_ROLE, backup_password_file
from holdfast.platform.data.cluster.configuration import REPLICATION_ROLE
from holdfast.platform.data.cluster.record import is_cluster, passwords_of
from holdfast.platform.data.embedded import dsn_file
from holdfast.platform.data.settings import DatabaseSettings, address_in


@dataclass(frozen=True, slots=True)
class Source:
    """A server to copy. `dsn` asks it, `copying` copies it (without the password)."""

    dsn: str = field(repr=False)
    copying: str
    password: str = field(repr=False)


def source_of(settings: DatabaseSettings, data: Path) -> Source:
    """The server that the settings name, or that runs on the data folder. `Mistake`: none does."""
    own = dsn_file(data)
    is_own = not settings.dsn and settings.dsn_file in ("", str(own), str(own.absolute()))
    if not is_own:
        dsn = address_in(settings)
        return Source(dsn, *without_password(dsn))
    try:
        dsn = own.read_text(encoding="utf-8").strip()
    except OSError:
        raise Mistake(
            f"No database has run on the data folder {data} yet: start `holdfast up`, or name the"
            " folder with --data, or another server with database.dsn_file."
        ) from None
    role, password = _own_role(data)
    return Source(dsn, *without_password(as_role(dsn, role, password)))


def as_role(dsn: str, role: str, password: str) -> str:
    """The same address for another role."""
    parts = urlsplit(dsn)
    login = f"{quote(role, safe='')}:{quote(password, safe='')}"
    return parts._replace(netloc=f"{login}@{parts.netloc.rpartition('@')[2]}").geturl()


def without_password(dsn: str) -> tuple[str, str]:
    """The address as libpq takes it, of the leader where there are several servers, and the
    password apart."""
    parts = urlsplit(dsn)
    login, _, hosts = parts.netloc.rpartition("@")
    user, _, password = login.partition(":")
    options = dict(parse_qsl(parts.query))
    password = options.pop("password", unquote(password))
    if len(servers_of(dsn)) > 1:
        options["target_session_attrs"] = "read-write"
    netloc = f"{user}@{hosts}" if user else hosts
    query = urlencode(options, quote_via=quote)
    question = f"?{query}" if query else ""
    return f"{parts.scheme}://{netloc}{parts.path}{question}", password


def _own_role(data: Path) -> tuple[str, str]:
    if is_cluster(data):
        return REPLICATION_ROLE, passwords_of(data).replication
    try:
        password = backup_password_file(data).read_text(encoding="ascii").strip()
    except OSError as error:
        raise Mistake(
            f"{backup_password_file(data)} cannot be read: {error.strerror}; it is made when"
            " `holdfast up` starts the database."
        ) from None
    return BACKUP_ROLE, password

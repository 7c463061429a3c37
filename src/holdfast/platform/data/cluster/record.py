"""The law of what the data folder keeps of a cluster: its plan and its passwords, once made.

`<data>/cluster/plan.json` and `<data>/cluster/passwords.json`, readable by their owner only, and
`<data>/database.dsn`, the address with all members. A folder is a single server's or a cluster's;
the way from one to the other goes forward only.
"""

import json
import secrets
from contextlib import suppress
from dataclasses import asdict, fields, replace
from pathlib import Path

from holdfast.errors import Mistake
from holdfast.platform.data.cluster.configuration import Passwords, application_dsn
from holdfast.platform.data.cluster.plan import ClusterPlan, cluster_folder, continued, read_plan
from holdfast.platform.data.embedded import dsn_file
from holdfast.platform.runtime.secrets import write_private

MAX_BYTES = 100_000
"""A longer file is no plan."""
APPLICATION_PASSWORD = "database.password"
"""The single server's file of the application's password; the cluster goes on using it."""


def is_cluster(data: Path) -> bool:
    """Whether the data folder holds a cluster."""
    return _plan_file(data).exists()


def recorded_plan(data: Path) -> ClusterPlan:
    """The plan of the cluster on a data folder; `Mistake` when there is none."""
    try:
        return read_plan(_read(_plan_file(data)))
    except FileNotFoundError:
        raise Mistake(f"There is no cluster in the data folder {data}.") from None
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise Mistake(f"{_plan_file(data)} is not readable: {error}.") from None


def settle(wanted: ClusterPlan, passwords: Passwords | None = None) -> ClusterPlan:
    """Record the plan of a new cluster, or continue that of an existing one; make its passwords,
    unless they are given, and write its address. Returns the plan that holds. `Mistake` when the
    two do not fit."""
    plan = wanted
    if is_cluster(wanted.data):
        try:
            plan = continued(recorded_plan(wanted.data), wanted)
        except ValueError as error:
            raise Mistake(
                f"The cluster in {wanted.data} cannot be started this way: {error}. Use the same "
                "database.replicas, database.cluster_port and fleet.port_offset as before."
            ) from None
    plan.folder.mkdir(exist_ok=True)
    write_private(_plan_file(plan.data), plan.text() + "\n")
    held = _ensure_passwords(plan.data, passwords)
    write_private(dsn_file(plan.data), application_dsn(plan, held.application) + "\n")
    return plan


def passwords_of(data: Path) -> Passwords:
    """The cluster's passwords. `Mistake` when they cannot be read."""
    return read_passwords(_passwords_file(data))


def read_passwords(path: Path) -> Passwords:
    """The passwords in a file. `Mistake` when they cannot be read."""
    try:
        said = json.loads(_read(path))
        return Passwords(**{field.name: str(said[field.name]) for field in fields(Passwords)})
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = getattr(error, "strerror", None) or "it is damaged"
        raise Mistake(f"The passwords of the cluster in {path} cannot be read: {reason}.") from None


def write_passwords(path: Path, passwords: Passwords) -> None:
    """Write them down, unless there are some."""
    write_private(path, json.dumps(asdict(passwords)) + "\n", replace=False)


def fresh_passwords() -> Passwords:
    """Passwords that nobody has seen."""
    return Passwords(**{field.name: secrets.token_hex(16) for field in fields(Passwords)})


def _ensure_passwords(data: Path, given: Passwords | None) -> Passwords:
    path = _passwords_file(data)
    if not path.exists():
        made = given or fresh_passwords()
        with suppress(FileNotFoundError):
            known = _read(data / APPLICATION_PASSWORD).strip()
            made = made if given else replace(made, application=known)
        write_passwords(path, made)
    held = passwords_of(data)
    if given is not None and held != given:
        raise Mistake(
            f"The cluster in {data} was made with other passwords than the given ones, and its "
            "members know each other by them: give it those."
        )
    return held


def _read(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        return file.read(MAX_BYTES)


def _plan_file(data: Path) -> Path:
    return cluster_folder(data) / "plan.json"


def _passwords_file(data: Path) -> Path:
    return cluster_folder(data) / "passwords.json"

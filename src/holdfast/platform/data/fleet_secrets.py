"""The law of a fleet's secrets: all of them made at once in one folder, never twice, never shown.

Every key, token and password that processes on several machines share becomes a file of its own,
so that each machine gets those it needs and no others. What is there stays as it is: run again
after an update, only new ones are added. Addresses are written anew, with the passwords they had.
"""

import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path

from holdfast.errors import Mistake
from holdfast.platform.data.cluster.configuration import application_dsn
from holdfast.platform.data.cluster.plan import ClusterPlan, MemberPlan
from holdfast.platform.data.cluster.record import fresh_passwords, read_passwords, write_passwords
from holdfast.platform.data.cluster_folder import DATABASE
from holdfast.platform.data.role_files import address_with, password_in
from holdfast.platform.runtime.schema import Role
from holdfast.platform.runtime.secrets import ensure_key, write_private

PASSWORDS = "database.passwords"
"""What `database.passwords_file` of each member names."""
OWNER = "database.dsn"
"""The address by which tables are made: for `holdfast prepare` and `holdfast migrate` alone."""


def make_secrets(
    folder: Path, keys: Iterable[str], roles: Sequence[Role], members: Sequence[MemberPlan]
) -> list[Path]:
    """Make what is missing in `folder`; all files. `keys` are names of files with a random key;
    without `members` there is no cluster, and no address of one. `Mistake` when it cannot be."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Mistake(f"The folder {folder} cannot be made: {error.strerror}.") from None
    paths = [folder / name for name in keys]
    for path in paths:
        ensure_key(path)
    if not members:
        return paths
    passwords_file = folder / PASSWORDS
    if not passwords_file.exists():
        write_passwords(passwords_file, fresh_passwords())
    plan = ClusterPlan(folder, tuple(members))
    owner = application_dsn(plan, read_passwords(passwords_file).application)
    addresses = {folder / OWNER: owner}
    for role in roles:
        path = folder / f"{role.process}.dsn"
        name = role.name_in(DATABASE)
        password = password_in(path, name) or secrets.token_hex(32)
        addresses[path] = address_with(owner, name, password)
    for path, address in addresses.items():
        write_private(path, address + "\n")
    return [*paths, passwords_file, *addresses]

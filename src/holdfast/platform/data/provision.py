"""The law of provision: what a database needs before processes start, from one owner's address.

First every app's migrations, then the roles of their processes and their rights, then a file with
the address of each. Where roles cannot be made, one role is shared, and it is said why.
"""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from holdfast.errors import Mistake
from holdfast.platform.data.database import Database, Limits
from holdfast.platform.data.embedded import dsn_file
from holdfast.platform.data.failures import StatementRejected
from holdfast.platform.data.migrate import Migration, apply, standing
from holdfast.platform.data.role_files import (
    address_with,
    password_in,
    role_file,
    write_addresses,
)
from holdfast.platform.data.roles import (
    give_rights,
    known_roles,
    make_roles,
    may_create_roles,
    role_names,
)
from holdfast.platform.data.settings import DatabaseSettings, address_in
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.schema import Role, Schema
from holdfast.platform.runtime.settings import FleetSettings

NAME = "holdfast-migrate"


@dataclass(frozen=True, slots=True)
class Provided:
    """What was done: the scripts applied of each app, and why roles are shared ("" if not)."""

    applied: Mapping[str, tuple[Migration, ...]]
    shared: str = ""


@dataclass(frozen=True, slots=True)
class Owner:
    """Where the tables are, as whom they are owned, and whether the whole server is ours."""

    dsn: str
    data: Path
    is_own_server: bool
    limits: Limits


def owner_of(effective: Effective) -> Owner:
    """The address that `[database]` names; without one, that of the server on this data folder."""
    settings = effective.section(DatabaseSettings)
    data = effective.section(FleetSettings).data.absolute()
    own = str(dsn_file(data))
    if not settings.dsn and not settings.dsn_file:
        settings = effective.with_values({"database.dsn_file": own}).section(DatabaseSettings)
    is_own = not settings.dsn and settings.dsn_file == own
    return Owner(address_in(settings), data, is_own, Limits.of(settings))


async def provide(owner: Owner, schemas: Sequence[Schema], *, post: bool) -> Provided:
    """Migrate all apps, make their roles, give rights, write addresses. May be run again.

    `post`: no older process runs, so nothing of what it needs has to stay.
    """
    async with await Database.connect(owner.dsn, limits=owner.limits, name=NAME) as database:
        applied = {}
        for schema in schemas:
            applied[schema.name] = await apply(database, schema.name, schema.migrations, post=post)
        try:
            addresses = await _roles(database, owner, schemas, post=post)
            shared = ""
        except (_Shared, ValueError) as reason:
            addresses = {role.process: owner.dsn for schema in schemas for role in schema.roles}
            shared = str(reason)
    write_addresses(owner.data, addresses)
    return Provided(applied, shared)


class _Shared(Exception):
    """Why all processes use the owner's role."""


async def _roles(
    database: Database, owner: Owner, schemas: Sequence[Schema], *, post: bool
) -> dict[str, str]:
    """The address of each process, once its role is there and has its rights."""
    names = await role_names(database, schemas)
    known = await known_roles(database, list(names.values()))
    passwords = {role: _password(owner, role, name) for role, name in names.items()}
    due = _due(owner, names, passwords, known)
    if due and not await may_create_roles(database):
        raise _Shared("the database's user may not create roles")
    # A process that is in several schemas has one role, and so one password.
    by_name = {name: passwords[role] or secrets.token_hex(32) for role, name in names.items()}
    fresh = {role: by_name[name] for role, name in names.items()}
    if due:
        try:
            await make_roles(database, {names[role]: fresh[role] for role in due}, known)
        except StatementRejected as error:
            raise _Shared(str(error)) from error
    for schema in schemas:
        # An older program must not take away what a newer one gave.
        if not (await standing(database, schema.name, schema.migrations)).newer:
            await give_rights(database, schema, names, take=post)
    addresses = {
        role.process: address_with(owner.dsn, name, fresh[role]) for role, name in names.items()
    }
    if not owner.is_own_server:
        await asyncio.gather(*(_try(owner, address) for address in addresses.values()))
    return addresses


def _password(owner: Owner, role: Role, name: str) -> str | None:
    return password_in(role_file(owner.data, role.process), name)


def _due(
    owner: Owner,
    names: Mapping[Role, str],
    passwords: Mapping[Role, str | None],
    known: set[str],
) -> list[Role]:
    """The roles to be made or to get a password. One that somebody else made is left alone."""
    strange = [name for role, name in names.items() if name in known and passwords[role] is None]
    if strange and not owner.is_own_server:
        raise _Shared(
            f"the role {strange[0]} is there, but its password is not in {owner.data / 'roles'}; "
            "copy that folder from where the role was made, or drop the role"
        )
    if owner.is_own_server:
        return list(names)
    return [role for role, name in names.items() if name not in known]


async def _try(owner: Owner, address: str) -> None:
    """Whether the server lets a role in: its rules may know other users only. A server that does
    not answer has not said no."""
    try:
        async with await Database.connect(address, limits=owner.limits, name=NAME):
            pass
    except Mistake as error:
        raise _Shared(f"the database does not let a new role in: {error}") from error

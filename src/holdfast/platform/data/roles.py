"""The law of roles: each kind of process has its own, which may do what its use cases need.

A role is called `<database>_<process>`, for roles belong to a whole server. The rights are given by
the app's `roles.sql`, where `{flights_search}` stands for a role, `{all}` for all of the schema's,
and a group's name for its members: first every right is taken, then the script runs, in one
transaction, so nobody is ever without. While older processes may still run, nothing is taken: they
may need what the new ones do not. Passwords are random, and the server gets
only what it compares them with, so they are in no log.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence

from holdfast.platform.data.database import Database
from holdfast.platform.data.migrate import LOCK, PATIENCE
from holdfast.platform.data.queries import Statement
from holdfast.platform.runtime.schema import Role, Schema

MAX_NAME_BYTES = 63
"""PostgreSQL cuts longer names off."""
ROUNDS = 4096
"""As PostgreSQL itself; the passwords are random, so more would protect nothing."""

_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_TAKE = """
REVOKE ALL ON ALL TABLES IN SCHEMA {app} FROM {roles};
REVOKE ALL ON ALL SEQUENCES IN SCHEMA {app} FROM {roles};
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {app} FROM {roles};
REVOKE ALL ON SCHEMA {app} FROM {roles};
"""
_BEGIN = """
SET LOCAL search_path TO {app}, public;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {app} FROM PUBLIC;
GRANT USAGE ON SCHEMA {app} TO {roles};
GRANT SELECT ON migrations TO {roles};
"""
_KNOWN = Statement("known_roles", "SELECT rolname FROM pg_roles WHERE rolname = ANY ($1::text[])")
_DATABASE = Statement("database_name", "SELECT current_database()")
_MAY_CREATE = Statement(
    "may_create_roles",
    "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user",
)


async def role_names(database: Database, schemas: Sequence[Schema]) -> dict[Role, str]:
    """What each role is called in this database; `ValueError` when a name would be too long."""
    prefix: str = await database.fetchval(_DATABASE)
    names = {role: role.name_in(prefix) for schema in schemas for role in schema.roles}
    for name in names.values():
        if len(name.encode()) > MAX_NAME_BYTES:
            raise ValueError(f"{name} is too long for the name of a role")
    return names


async def known_roles(database: Database, names: Sequence[str]) -> set[str]:
    """Which of these roles the server has."""
    return {row["rolname"] for row in await database.fetch(_KNOWN, list(names))}


async def may_create_roles(database: Database) -> bool:
    """Whether who we are may make roles."""
    return await database.fetchval(_MAY_CREATE) is True


async def make_roles(database: Database, passwords: Mapping[str, str], known: set[str]) -> None:
    """Make the roles, or give those that are `known` a new password; all of them or none."""
    async with database.scripts() as scripts:
        for name, password in passwords.items():
            verb = "ALTER" if name in known else "CREATE"
            await scripts.run(
                f"{verb.lower()}_role",
                f"{verb} ROLE {quoted(name)} LOGIN PASSWORD '{verifier(password)}'",
            )


async def give_rights(
    database: Database, schema: Schema, names: Mapping[Role, str], *, take: bool
) -> None:
    """Give an app's roles what its `roles.sql` says; with `take`, nothing else stays."""
    own = {role.key: quoted(names[role]) for role in schema.roles}
    if not own:
        return
    roles = ", ".join(own.values())
    async with database.scripts() as scripts:
        await scripts.execute(PATIENCE)
        await scripts.fetch(LOCK)
        if take:
            await scripts.run("take_rights", _TAKE.format(app=schema.name, roles=roles))
        await scripts.run("begin_rights", _BEGIN.format(app=schema.name, roles=roles))
        script = schema.rights.read_text(encoding="utf-8")
        groups = {name: _joined(own, members) for name, members in schema.groups.items()}
        await scripts.run(
            f"roles of {schema.name}", filled(script, {**own, **groups, "all": roles})
        )


def _joined(own: Mapping[str, str], members: Sequence[Role]) -> str:
    """The members of a group; of an empty one the owner, who has every right anyway."""
    return ", ".join(own[one.key] for one in members) or "CURRENT_USER"


def filled(script: str, names: Mapping[str, str]) -> str:
    """The script with the roles' names in place; `KeyError` for a role that is not declared."""
    return _PLACE.sub(lambda match: names[match.group(1)], script)


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def verifier(password: str, salt: bytes | None = None) -> str:
    """What PostgreSQL keeps of a password: SCRAM-SHA-256 (RFC 5803). ASCII passwords only."""
    salt = secrets.token_bytes(16) if salt is None else salt
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, ROUNDS)
    client = hmac.digest(salted, b"Client Key", "sha256")
    stored = hashlib.sha256(client).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    shown = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${ROUNDS}:{shown[0]}${shown[1]}:{shown[2]}"

"""Whether a database role may run a statement: the server is asked to plan it, not to do it.

Planning with `force_generic_plan` checks every right that running would need, for any parameters.
(What functions do inside, and sequences, are looked at only when something runs.)
"""

import re
from collections.abc import Iterable, Mapping
from importlib.resources.abc import Traversable
from itertools import count

from holdfast.cli import SCHEMAS
from holdfast.platform.data.database import Database, Scripts
from holdfast.platform.data.failures import StatementRejected
from holdfast.platform.data.provision import Owner, Provided, provide
from holdfast.platform.data.queries import Statement, load
from holdfast.platform.data.roles import quoted, role_names
from holdfast.platform.runtime.schema import Role, Schema

ROLES = [(schema, role) for schema in SCHEMAS for role in schema.roles]
_PARAMETER = re.compile(r"\$(\d+)")
_numbers = count(1)


def statements_of(schema: Schema) -> Mapping[str, Statement]:
    """Every statement of an app by the name that use cases call it."""
    if schema.queries.is_file():
        return dict(load(schema.queries))
    return {
        f"{entry.name.removesuffix('.sql')}.{name}": statement
        for entry in sorted(schema.queries.iterdir(), key=name_of)
        if entry.name.endswith(".sql")
        for name, statement in load(entry).items()
    }


def name_of(entry: Traversable) -> str:
    return entry.name


async def planned(scripts: Scripts, statement: Statement) -> str | None:
    """Plan the statement; None when it may run, or why it may not."""
    name = f"asked_{next(_numbers)}"
    places = max((int(n) for n in _PARAMETER.findall(statement.sql)), default=0)
    nulls = f"({', '.join(['NULL'] * places)})" if places else ""
    await scripts.run("mark", "SAVEPOINT asked")
    try:
        await scripts.run(statement.name, f"PREPARE {name} AS {statement.sql}")
        await scripts.run(statement.name, f"EXPLAIN EXECUTE {name} {nulls}")
    except StatementRejected as error:
        await scripts.run("back", "ROLLBACK TO asked")
        return str(error)
    await scripts.run("forget", f"DEALLOCATE {name}")
    return None


async def generic(scripts: Scripts) -> None:
    """Plans are for any parameters from now on."""
    await scripts.run("generic", "SET LOCAL plan_cache_mode = force_generic_plan")


async def refused(scripts: Scripts, sql: Iterable[str]) -> list[str]:
    """Those of the statements that this role may not run."""
    return [text for text in sql if "permission denied" in str(await asked(scripts, text))]


async def asked(scripts: Scripts, sql: str) -> str | None:
    """Plan a text; see `planned`."""
    return await planned(scripts, Statement("asked", sql))


async def provided(owner: Owner) -> Provided:
    """All apps' tables and roles in a database; its owner may act as any of them, for the tests."""
    done = await provide(owner, SCHEMAS, post=True)
    assert not done.shared, done.shared
    async with await Database.connect(owner.dsn, limits=owner.limits) as database:
        names = ", ".join(map(quoted, (await role_names(database, SCHEMAS)).values()))
        await database.execute(Statement("join", f"GRANT {names} TO CURRENT_USER"))
    return done


async def as_role(owner: Owner, schema: Schema, role: Role) -> Database:
    """An open door with the role's own address."""
    from holdfast.platform.data.role_files import role_file

    address = role_file(owner.data, role.process).read_text().strip()
    return await Database.connect(address, limits=owner.limits, schema=schema.name)

"""The law of what `holdfast migrate` does: plan, apply or verify, and say it in lines.

Apart from the command's declaration, for it needs the driver.
"""

import asyncio
from collections.abc import Sequence

from holdfast.platform.data.database import Database
from holdfast.platform.data.migrate import standing
from holdfast.platform.data.provision import owner_of, provide
from holdfast.platform.data.verify import differences
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.schema import Schema

EXIT_DIFFERENT = 1


def plan(effective: Effective, schemas: Sequence[Schema], *, post: bool) -> int:
    """Print what `migrate` would apply."""
    return asyncio.run(_plan(effective, schemas, post))


def migrate(effective: Effective, schemas: Sequence[Schema], *, post: bool) -> int:
    """Apply what is due, make roles and give rights; print what was done."""
    return asyncio.run(_migrate(effective, schemas, post))


def verify(effective: Effective, schemas: Sequence[Schema]) -> int:
    """Print how the schemas differ from what the scripts make; 1 when they do."""
    return asyncio.run(_verify(effective, schemas))


async def _plan(effective: Effective, schemas: Sequence[Schema], post: bool) -> int:
    owner = owner_of(effective)
    async with await Database.connect(owner.dsn, limits=owner.limits) as database:
        for schema in schemas:
            found = await standing(database, schema.name, schema.migrations, post=post)
            print(f"{schema.name}: {len(found.done)} applied, {len(found.due)} due")
            for migration in found.due:
                print(f"  {migration.label}")
            for migration in found.later:
                print(f"  {migration.label}  later, with --post")
            for label in found.newer:
                print(f"  {label}  there already, of a newer program")
    return 0


async def _migrate(effective: Effective, schemas: Sequence[Schema], post: bool) -> int:
    owner = owner_of(effective)
    done = await provide(owner, schemas, post=post)
    for app, migrations in done.applied.items():
        print(f"{app}: {len(migrations)} applied")
        for migration in migrations:
            print(f"  {migration.label}")
    if done.shared:
        print(f"roles: all processes share one, for {done.shared}")
    else:
        print(f"roles: each process has its own; its address is in {owner.data / 'roles'}")
    return 0


async def _verify(effective: Effective, schemas: Sequence[Schema]) -> int:
    owner = owner_of(effective)
    wrong = 0
    async with await Database.connect(owner.dsn, limits=owner.limits) as database:
        for schema in schemas:
            found = await differences(database, schema.name, schema.migrations)
            wrong += len(found)
            print(
                f"{schema.name}: " + (f"{len(found)} differences" if found else "as it should be")
            )
            for difference in found:
                print(f"  {difference}")
    return EXIT_DIFFERENT if wrong else 0

"""The law of verification: the schema is what the chain of scripts makes, or every difference has a
name.

The chain is run once more, into a schema beside that nobody sees, in a transaction that is undone;
then both catalogs are compared: tables, views, columns, types, constraints, indexes, sequences,
functions, triggers. Rights are not compared: they are given anew by every `holdfast migrate`.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from secrets import token_hex

from holdfast.platform.data.database import Database, Scripts
from holdfast.platform.data.migrate import run_chain, standing
from holdfast.platform.data.queries import Statement

Catalog = Mapping[str, str]
"""What a thing is called (`column orders.paid`) -> how it is defined."""

_PATH = Statement("verify_path", "SELECT set_config('search_path', $1 || ', public', true)")
_CATALOG = Statement(
    "catalog",
    """
    WITH home AS (SELECT oid FROM pg_namespace WHERE nspname = $1),
    relations AS (
        SELECT c.oid, c.relname, c.relkind, c.relpersistence, c.reloptions, c.relrowsecurity
        FROM pg_class AS c WHERE c.relnamespace = (SELECT oid FROM home)
    )
    SELECT CASE relkind WHEN 'r' THEN 'table ' WHEN 'p' THEN 'table ' WHEN 'v' THEN 'view '
                        WHEN 'm' THEN 'view ' ELSE 'type ' END || relname AS name,
           concat_ws(' ', relkind, relpersistence, array_to_string(reloptions, ','),
                     CASE WHEN relrowsecurity THEN 'row security' END,
                     CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(oid, true) END
           ) AS definition
    FROM relations WHERE relkind IN ('r', 'p', 'v', 'm', 'c')
    UNION ALL
    SELECT 'column ' || relname || '.' || attname,
           concat_ws(' ',
               'place ' || row_number() OVER (PARTITION BY attrelid ORDER BY attnum),
               format_type(atttypid, atttypmod),
               CASE WHEN attnotnull THEN 'not null' END,
               'identity ' || nullif(attidentity::text, ''),
               'generated ' || nullif(attgenerated::text, ''),
               'default ' || pg_get_expr(adbin, adrelid, true),
               'storage ' || attstorage::text,
               'collation ' || (SELECT collname FROM pg_collation WHERE oid = attcollation))
    FROM relations JOIN pg_attribute ON attrelid = relations.oid
    LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE relkind IN ('r', 'p', 'c') AND attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT 'constraint ' || relname || '.' || conname, pg_get_constraintdef(one.oid, true)
    FROM pg_constraint AS one JOIN relations ON conrelid = relations.oid
    UNION ALL
    SELECT 'index ' || relname, pg_get_indexdef(relations.oid, 0, true)
           || CASE WHEN indisvalid THEN '' ELSE ' (not valid)' END
    FROM relations JOIN pg_index ON indexrelid = relations.oid
    UNION ALL
    SELECT 'sequence ' || relname,
           concat_ws(' ', format_type(seqtypid, NULL), seqstart, seqincrement, seqmin, seqmax,
                     seqcache, seqcycle)
    FROM relations JOIN pg_sequence ON seqrelid = relations.oid
    UNION ALL
    SELECT 'function ' || proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
           concat_ws(' ', 'arguments', pg_get_function_arguments(p.oid),
                     'returns', pg_get_function_result(p.oid), lanname, prokind, provolatile,
                     proparallel, CASE WHEN proisstrict THEN 'strict' END, prosrc)
    FROM pg_proc AS p JOIN pg_language ON pg_language.oid = prolang
    WHERE pronamespace = (SELECT oid FROM home) AND prokind <> 'a'
    UNION ALL
    SELECT 'trigger ' || relname || '.' || tgname,
           pg_get_triggerdef(t.oid, true) || ' ' || tgenabled::text
    FROM pg_trigger AS t JOIN relations ON tgrelid = relations.oid
    WHERE NOT tgisinternal
    UNION ALL
    SELECT 'type ' || typname,
           concat_ws(' ', typtype, format_type(nullif(typbasetype, 0), typtypmod), typdefault,
                     CASE WHEN typnotnull THEN 'not null' END,
                     (SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum
                      WHERE enumtypid = one.oid),
                     (SELECT string_agg(conname || ' ' || pg_get_constraintdef(c.oid, true), ','
                                        ORDER BY conname)
                      FROM pg_constraint AS c WHERE contypid = one.oid))
    FROM pg_type AS one WHERE typnamespace = (SELECT oid FROM home) AND typtype IN ('e', 'd', 'r')
    """,
)


@dataclass(frozen=True, slots=True)
class Difference:
    """A thing that is not what the chain makes; `wanted` or `found` is None where it is missing."""

    name: str
    wanted: str | None
    found: str | None

    def __str__(self) -> str:
        if self.found is None:
            return f"{self.name} is missing"
        if self.wanted is None:
            return f"{self.name} is there and should not be"
        return f"{self.name} is [{_line(self.found)}] and should be [{_line(self.wanted)}]"


class _Undone(Exception):
    """Ends the transaction that made the chain once more."""


async def differences(database: Database, app: str, folder: Traversable) -> list[Difference]:
    """How the schema `app` differs from what the scripts that it says were applied make.

    What a newer program has added is not known here, so it is named as too much. Changes nothing.
    """
    beside = f"verify_{token_hex(8)}"
    wanted: Catalog = {}
    found: Catalog = {}
    with suppress(_Undone):
        async with database.scripts() as scripts:
            found = await catalog(scripts, app)
            now = await standing(scripts, app, folder)
            await run_chain(scripts, beside, now.done)
            wanted = await catalog(scripts, beside)
            raise _Undone
    return compared(wanted, found)


async def catalog(scripts: Scripts, schema: str) -> Catalog:
    """Everything in a schema, its own name left out; the search path is on it afterwards."""
    await scripts.fetch(_PATH, schema)
    rows = await scripts.fetch(_CATALOG, schema)
    return {row["name"]: row["definition"] for row in rows}


def compared(wanted: Catalog, found: Catalog) -> list[Difference]:
    """What is not the same, in the order of names. What belongs to a missing or surplus table is
    not told again."""
    names = sorted(
        name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)
    )
    lone = {
        name.partition(" ")[2]
        for name in names
        if name.startswith("table ") and (name not in wanted or name not in found)
    }
    return [
        Difference(name, wanted.get(name), found.get(name))
        for name in names
        if name.partition(" ")[2].partition(".")[0] not in lone or name.startswith("table ")
    ]


def _line(definition: str) -> str:
    shown = " ".join(definition.split())
    return shown if len(shown) <= 200 else shown[:200] + " ..."

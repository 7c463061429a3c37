"""Reference pages that follow from the code: `python -m tests.support.reference` writes them anew.

Tests compare the pages in docs/reference with what these functions return, so they cannot lie.
"""

import ast
import asyncio
import inspect
import json
import textwrap
from pathlib import Path
from typing import Any

from holdfast.apps import APPS
from holdfast.cli import SCHEMAS, SECTIONS, SHORTCUTS
from holdfast.platform.runtime.setting import keys_of, written
from tests.support.endpoints import addresses_of, endpoints_page, whole_site
from tests.support.hints import hints_page

REFERENCE = Path(__file__).resolve().parent.parent.parent / "docs" / "reference"
SETTINGS_HEAD = """# Settings

Flags win over environment variables, these over `holdfast.toml` (in the working directory, or
named by `--config` or `HOLDFAST_CONFIG`), these over the defaults. `holdfast config` prints the
effective ones with their origin. Any setting can be given as `--set section.key=value`, or as the
variable `HOLDFAST_SECTION_KEY`. An unknown key or variable is an error that names the nearest
right one. Keys that end in `_s` are seconds and also take `90s`, `5m`, `1h30m`. [?] and [I] mark
what the course protocol leaves open. A running balancer takes new values of keys marked *live*
over, see [admin](admin.md).

This page is written by `python -m tests.support.reference` and held to the code by
`tests/test_settings.py`.
"""

ROLES_HEAD = """# Database roles

Each kind of process reaches the database with a role of its own, which may do what the statements
of its use cases need, and nothing else. The owner of the tables migrates and prepares them; no
process works as the owner. Processes that are not named here (nodes, the balancer) get no address.

- A role is named `<database>_<process>`. Its address with its password is in
  `<data>/roles/<process>.dsn`, which only its owner reads; `holdfast up` hands each process its
  own. On a fleet, `holdfast migrate` makes them, and each process is given its file with
  `--set database.dsn_file=...`.
- Rights are given by every `holdfast migrate` and every start of `holdfast up`, from the app's
  `store/roles.sql`, in one transaction. What is not there is taken away by `holdfast migrate
  --post`, and by `holdfast up` on its own server: older processes may need it still. Nobody has a
  right on a function unless it is there.
- Orders, seats, counters and money are written by functions that run with their owner's rights on a
  fixed search path. The booking process may call those; it cannot write the tables.
- With `database.dsn`, the address's user needs CREATEROLE. Without it, or where the server does
  not let new roles in, all processes share the one role; `holdfast up` and `holdfast migrate` say
  so. A role that is there already, with a password that the data folder does not know, is left
  alone.

- Accounts, sessions, tokens and the audit log are in the schema `people`, which the platform owns.
  Processes that let people in have a part in it with the same role; the audit log they can only
  read and add to. A process that only writes down what people do can add to it, and reads nothing.

A statement is named as in the app's `store/queries.sql`, or as in `store/queries/<file>.sql` with
the file's name before it. `copy TABLE` adds rows to a table.

This page is written by `python -m tests.support.reference`. `tests/test_database_roles.py` holds
it to the code, and the code to a real server: each role can plan every statement listed, misses
each of its rights as soon as it is taken away, and is refused what is another's.
"""


def settings_page() -> str:
    """docs/reference/settings.md."""
    sections = {**SECTIONS, **{name: s for app in APPS for name, s in app.sections.items()}}
    flags = {s.key: s.flag for s in [*SHORTCUTS, *(s for app in APPS for s in app.shortcuts)]}
    lines = [SETTINGS_HEAD]
    for section, declaration in sections.items():
        lines += [f"## [{section}]", "", "| key | default | meaning |", "|---|---|---|"]
        said = field_docstrings(declaration)
        for key in keys_of(section, declaration):
            flag = f" (`{flags[key.dotted]}`)" if key.dotted in flags else ""
            default = written(key.default)
            shown = f"`{default}`" if default else "empty"
            help_ = key.facts.help or said.get(key.name, "")
            assert help_, f"{key.dotted} has no help"
            live = " *live*" if key.facts.live else ""
            lines.append(f"| `{key.name}`{flag} | {shown} | {help_}{live} |")
        lines.append("")
    return "\n".join(lines)


def field_docstrings(declaration: type[Any]) -> dict[str, str]:
    """The strings that stand below the fields of a class."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(declaration))).body
    assert isinstance(tree, ast.ClassDef)
    said: dict[str, str] = {}
    for before, node in zip(tree.body, tree.body[1:], strict=False):
        if (
            isinstance(before, ast.AnnAssign)
            and isinstance(before.target, ast.Name)
            and isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Constant)
        ):
            said[before.target.id] = " ".join(str(node.value.value).split())
    return said


def roles_page() -> str:
    """docs/reference/database-roles.md."""
    lines = [ROLES_HEAD]
    for schema in SCHEMAS:
        for role in schema.roles:
            lines += [f"## `{role.process}` in `{schema.name}`", ""]
            lines += [f"Role `<database>_{role.key}`.", ""]
            lines += ["| use case | statements |", "|---|---|"]
            for use in role.uses:
                named = ", ".join(f"`{name}`" for name in use.statements)
                lines.append(f"| {use.what} | {named} |")
            lines.append("")
    return "\n".join(lines)


def documented_paths(document: bytes) -> set[str]:
    """`METHOD /path` of an OpenAPI document."""
    paths = json.loads(document)["paths"]
    return {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}


async def made_endpoints_page() -> str:
    """docs/reference/endpoints.md, of the sites as they are."""
    async with whole_site() as site:
        return endpoints_page(addresses_of(site))


if __name__ == "__main__":
    (REFERENCE / "settings.md").write_text(settings_page(), encoding="utf-8")
    (REFERENCE / "database-roles.md").write_text(roles_page(), encoding="utf-8")
    (REFERENCE / "hints.md").write_text(hints_page(), encoding="utf-8")
    (REFERENCE / "endpoints.md").write_text(asyncio.run(made_endpoints_page()), encoding="utf-8")

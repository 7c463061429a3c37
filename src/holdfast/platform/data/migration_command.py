"""The law of `holdfast migrate`: it shows, applies or checks what the apps' schemas should be.

Exit codes: 0 done (or nothing to do), 1 the schema is not what the scripts make, 2 a mistake.
Without flags it is safe while older processes run; `--post` is not.
"""

import argparse
from collections.abc import Sequence

from holdfast.platform.runtime.app import Command
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.schema import Schema


def migrate_command(schemas: Sequence[Schema]) -> Command:
    """The command, for the apps that have these schemas."""

    def run(given: argparse.Namespace, effective: Effective) -> int:
        from holdfast.platform.data import migration_actions as actions  # noqa: PLC0415  the driver

        if given.plan:
            return actions.plan(effective, schemas, post=given.post)
        if given.verify:
            return actions.verify(effective, schemas)
        return actions.migrate(effective, schemas, post=given.post)

    return Command("migrate", "bring the database's schemas up to date", _arguments, run)


def _arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--plan", action="store_true", help="only show what would be applied")
    what.add_argument(
        "--verify", action="store_true", help="only check that the schema is what the scripts make"
    )
    parser.add_argument(
        "--post",
        action="store_true",
        help="also what older processes do not survive: none of them runs any more",
    )

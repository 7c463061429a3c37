"""The law of two commands for whoever sets a fleet up: its secrets, and its first start.

`holdfast up` does both by itself; where processes are started one by one, somebody has to do them
once. Both may be run again, and take nothing away.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from holdfast.platform.runtime.app import App, Command
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.schema import Schema


def fleet_commands(apps: Sequence[App], schemas: Sequence[Schema]) -> tuple[Command, Command]:
    """`holdfast secrets` and `holdfast prepare` for these apps."""

    def secrets(given: argparse.Namespace, effective: Effective) -> int:
        from holdfast.platform.data import fleet_actions as actions  # noqa: PLC0415  the driver

        actions.write_secrets(given.to, effective, apps, schemas)
        return 0

    def prepare(_: argparse.Namespace, effective: Effective) -> int:
        from holdfast.platform.data import fleet_actions as actions  # noqa: PLC0415  the driver

        actions.prepare(effective, apps, schemas)
        return 0

    return (
        Command("secrets", "make the keys, tokens and passwords of a fleet", _to, secrets),
        Command("prepare", "make tables, roles and what a first start needs", _none, prepare),
    )


def _to(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--to", type=Path, required=True, metavar="FOLDER", help="where the files are written"
    )


def _none(_: argparse.ArgumentParser) -> None:
    """No flags of its own."""

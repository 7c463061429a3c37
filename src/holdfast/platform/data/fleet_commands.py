"""The law of two commands for whoever sets a fleet up: its secrets, and its first start.

`holdfast up` does both by itself; where processes are started one by one, somebody has to do them
once. Both may be run again, and take nothing away.
"""

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path

from holdfast.errors import Mistake
from holdfast.platform.data.cluster.plan import members_apart
from holdfast.platform.data.fleet_secrets import make_secrets
from holdfast.platform.data.settings import DatabaseSettings
from holdfast.platform.runtime.app import App, Command
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.schema import Schema
from holdfast.platform.runtime.settings import FleetSettings

FLEET_KEY, GATEWAY_KEY = "fleet.key", "gateway.key"


def fleet_commands(apps: Sequence[App], schemas: Sequence[Schema]) -> tuple[Command, Command]:
    """`holdfast secrets` and `holdfast prepare` for these apps."""

    def secrets(given: argparse.Namespace, effective: Effective) -> int:
        settings = effective.section(DatabaseSettings)
        first_port = settings.cluster_port + effective.section(FleetSettings).port_offset
        try:
            members = members_apart(settings.members, first_port) if settings.members else ()
        except ValueError as error:
            raise Mistake(f"database.members: {error}.") from None
        keys = [FLEET_KEY, GATEWAY_KEY, *(name for app in apps for name in app.secrets)]
        roles = [role for schema in schemas for role in schema.roles]
        for path in make_secrets(given.to, keys, roles, members):
            print(path)
        return 0

    def prepare(_: argparse.Namespace, effective: Effective) -> int:
        from holdfast.platform.data.provision import owner_of, provide  # noqa: PLC0415  the driver

        for app in apps:
            app.check(effective)
        done = asyncio.run(provide(owner_of(effective), schemas, post=False))
        for app in apps:
            app.prepare(effective)
        for schema, applied in done.applied.items():
            print(f"{schema}: {len(applied)} new scripts, prepared")
        if done.shared:
            print(f"roles: all processes share one, for {done.shared}")
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

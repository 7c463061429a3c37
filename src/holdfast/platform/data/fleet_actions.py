"""The law of what `holdfast secrets` and `holdfast prepare` do; `fleet_commands` is their words."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from holdfast.errors import Mistake
from holdfast.platform.data.cluster.plan import members_apart
from holdfast.platform.data.fleet_secrets import make_secrets
from holdfast.platform.data.provision import owner_of, provide
from holdfast.platform.data.settings import DatabaseSettings
from holdfast.platform.runtime.app import App
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.schema import Schema
from holdfast.platform.runtime.settings import FleetSettings

FLEET_KEY, GATEWAY_KEY = "fleet.key", "gateway.key"


def write_secrets(
    folder: Path, effective: Effective, apps: Sequence[App], schemas: Sequence[Schema]
) -> None:
    """Make what is missing in the folder, and print all files."""
    settings = effective.section(DatabaseSettings)
    first_port = settings.cluster_port + effective.section(FleetSettings).port_offset
    try:
        members = members_apart(settings.members, first_port) if settings.members else ()
    except ValueError as error:
        raise Mistake(f"database.members: {error}.") from None
    keys = [FLEET_KEY, GATEWAY_KEY, *(name for app in apps for name in app.secrets)]
    roles = [role for schema in schemas for role in schema.roles]
    for path in make_secrets(folder, keys, roles, members):
        print(path)


def prepare(effective: Effective, apps: Sequence[App], schemas: Sequence[Schema]) -> None:
    """Make tables and roles, then what each app needs once; print what was done."""
    for app in apps:
        app.check(effective)
    done = asyncio.run(provide(owner_of(effective), schemas, post=False))
    for app in apps:
        app.prepare(effective)
    for schema, applied in done.applied.items():
        print(f"{schema}: {len(applied)} new scripts, prepared")
    if done.shared:
        print(f"roles: all processes share one, for {done.shared}")

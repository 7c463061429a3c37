"""The law of `holdfast doctor`: gather facts, judge, tell; exit code 1 when something is wrong."""

import argparse
import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import holdfast
from holdfast.errors import Mistake
from holdfast.platform.auth.tables import people_schema
from holdfast.platform.balancer.declaration import beat_ports
from holdfast.platform.balancer.server_names import tls_entries
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.data.checkup import checkup
from holdfast.platform.data.provision import owner_of
from holdfast.platform.data.settings import DatabaseSettings
from holdfast.platform.doctor import judgement
from holdfast.platform.doctor.facts import Server
from holdfast.platform.doctor.findings import Finding, as_json, as_lines, exit_code
from holdfast.platform.doctor.ports import Wanted, look_at_ports
from holdfast.platform.doctor.probes import (
    look_at_folder,
    look_at_machine,
    look_at_programs,
    look_at_software,
)
from holdfast.platform.doctor.secret_files import look_at_certificates, look_at_secrets
from holdfast.platform.gateway.declaration import fronted
from holdfast.platform.gateway.settings import GatewaySettings
from holdfast.platform.runtime.app import App
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.schema import Schema
from holdfast.platform.runtime.settings import FleetSettings

ROOT = Path(holdfast.__file__).resolve().parent.parent.parent
"""The folder of the sources, where there are any."""


def doctor(given: argparse.Namespace, effective: Effective, apps: Sequence[App]) -> int:
    """Run all checks and print what was found."""
    findings = examine(effective, apps)
    if given.json:
        print(json.dumps(as_json(findings), indent=2))
    else:
        print("\n".join(as_lines(findings)))
    return exit_code(findings)


def examine(effective: Effective, apps: Sequence[App]) -> list[Finding]:
    """All findings, in the order in which things are needed."""
    fleet = effective.section(FleetSettings)
    balancer = effective.section(BalancerSettings)
    database = effective.section(DatabaseSettings)
    folder = look_at_folder(fleet.data)
    machine = look_at_machine()
    own = [app.schema for app in apps if app.schema is not None]
    schemas = [people_schema(apps), *own]
    return [
        *judgement.of_software(look_at_software(ROOT)),
        *judgement.of_machine(machine, balancer.connections, balancer.copies),
        *judgement.of_folder(folder),
        *judgement.of_ports(look_at_ports(_wanted(effective, apps)), is_running=folder.is_in_use),
        *judgement.of_programs(look_at_programs(database, balancer)),
        *judgement.of_server(_server(effective, schemas, is_running=folder.is_in_use)),
        *judgement.of_certificates(
            look_at_certificates(tls_entries(balancer.tls)), machine.clock or datetime.now(UTC)
        ),
        *judgement.of_secrets(look_at_secrets(fleet.data, _named(fleet, database))),
    ]


def _wanted(effective: Effective, apps: Sequence[App]) -> Iterator[Wanted]:
    """The ports of a machine that runs everything."""
    fleet = effective.section(FleetSettings)
    balancer = effective.section(BalancerSettings)
    gateway = effective.section(GatewaySettings)
    for app in fronted(apps):
        for one in app.listeners(effective):
            yield Wanted(one.name, one.transport, fleet.host, fleet.port(one.port))
    for number in range(gateway.copies):
        port = fleet.port(gateway.beat_port + number) if gateway.beat_port else 0
        yield Wanted(f"heartbeats of gateway {number + 1}", "udp", gateway.host, port)
    yield Wanted("heartbeats", "udp", fleet.host, fleet.port(balancer.heartbeat_port))
    for number, port in enumerate(beat_ports(effective)[1:], start=2):
        yield Wanted(f"heartbeats of balancer {number}", "udp", fleet.host, fleet.port(port))
    yield Wanted("admin", "tcp", "127.0.0.1", fleet.port(balancer.admin_port))
    yield Wanted("figures", "tcp", fleet.metrics_host, fleet.port(fleet.supervisor_port))


def _server(effective: Effective, schemas: Sequence[Schema], *, is_running: bool) -> Server:
    database = effective.section(DatabaseSettings)
    try:
        owner = owner_of(effective)
    except Mistake:  # no address: it is made at the first start
        return Server(is_due=False)
    if owner.is_own_server and not is_running:
        return Server(is_due=False)  # our own server runs only while we do
    seen = asyncio.run(checkup(owner, schemas))
    server = Server(is_due=True, error=seen.error, replicas_wanted=database.replicas)
    return replace(
        server,
        version=seen.version,
        connections=seen.connections,
        connections_limit=seen.connections_limit,
        replicas=seen.replicas,
        replica_lag_bytes=seen.lag_bytes,
        skew_s=seen.skew_s,
        due_migrations=seen.due,
    )


def _named(fleet: FleetSettings, database: DatabaseSettings) -> list[Path]:
    return [Path(name) for name in (fleet.key_file, database.dsn_file) if name]

"""deploy/compose.yaml is what docs/reference/data-centres.md says, and fits the program it runs."""

import re
from argparse import Namespace
from collections import Counter
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml

from holdfast.apps import APPS
from holdfast.cli import SECTIONS, commands, processes
from holdfast.platform.auth.tables import people_schema
from holdfast.platform.gateway.settings import GatewaySettings
from holdfast.platform.runtime.config import Effective, Flag
from holdfast.platform.runtime.settings import FleetSettings

FILE = Path(__file__).resolve().parent.parent / "deploy" / "compose.yaml"
INTERNAL_PORTS = {8101, 8102, 8103}
"""Between flights' own processes; nobody outside asks there."""
TEXT = re.sub(r"\$\{[A-Z_0-9]+:-([^}]*)\}", r"\1", FILE.read_text(encoding="utf-8"))
FOUND: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = FOUND["services"]
ONCE = "prepare"
LABEL = "holdfast.data-centre"
ADDRESS = re.compile(r"\b\d+\.\d+\.\d+\.\d+(?:/\d+)?")


def of_data_centre(number: str) -> list[dict[str, Any]]:
    return [one for one in SERVICES.values() if one.get("labels", {}).get(LABEL) == number]


def settings(service: dict[str, Any]) -> Effective:
    sections = {**SECTIONS, **{name: s for app in APPS for name, s in app.sections.items()}}
    return Effective.load(sections, environment=service["environment"])


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_may_do_little_and_take_little(name: str) -> None:
    service = SERVICES[name]
    assert service["user"] == "10001:10001"
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"mem_limit", "cpus", "pids_limit", "init"} <= set(service)
    assert service["logging"]["options"]["max-size"]
    assert ("healthcheck" in service) is (name != ONCE)
    assert not {"privileged", "cap_add", "devices", "network_mode"} & set(service)


@pytest.mark.parametrize("name", SERVICES)
def test_its_command_and_settings_are_known_to_the_program(name: str) -> None:
    service = SERVICES[name]
    settings(service)
    match service["command"]:
        case ["run", process]:
            assert process in processes()
        case [command]:
            assert command in commands()


def test_only_the_balancers_are_published_with_all_ports_that_are_for_clients() -> None:
    published = {name: one["ports"] for name, one in SERVICES.items() if "ports" in one}
    assert set(published) == {"balancer-1", "balancer-2"}
    for name, ports in published.items():
        effective = settings(SERVICES[name])
        listened = {
            (each.transport, each.port) for app in APPS for each in app.listeners(effective)
        }
        given = {_port_of(port) for port in ports}
        assert given == {one for one in listened if one[1] not in INTERNAL_PORTS}


def _port_of(port: str) -> tuple[str, int]:
    number, _, transport = port.rpartition(":")[2].partition("/")
    return transport or "tcp", int(number)


def test_both_data_centres_run_every_process() -> None:
    one, other = (Counter(tuple(s["command"]) for s in of_data_centre(n)) for n in "12")
    assert one == other
    assert {command[1] for command in one} == set(processes())


def test_http_is_answered_by_gateways_and_by_nobody_past_them() -> None:
    behind = {p.name for app in APPS for p in app.processes} - {"node"}
    gateways = {n: s for n, s in SERVICES.items() if s["command"] == ["run", "gateway"]}
    for name, service in SERVICES.items():
        command, told = service["command"], settings(service).section(GatewaySettings)
        assert told.copies > 0, f"{name} must know that there are gateways"
        has_key = "gateway.key" in map(_source, service["secrets"])
        assert has_key is (command[-1] in {*behind, "gateway"}), name
        beats = settings(service).section(FleetSettings).heartbeat_targets
        for one in gateways.values():
            places = {f"{place['ipv4_address']}:8091" for place in one["networks"].values()}
            assert command[-1] not in behind or places & set(beats), f"{name} beats to all gateways"
    balancers = {
        place["ipv4_address"]
        for name, one in SERVICES.items()
        if name.startswith("balancer")
        for network, place in one["networks"].items()
        if network != "edge"
    }
    for one in gateways.values():
        assert set(settings(one).section(GatewaySettings).believed) == balancers
        assert set(one["networks"]) == {"net-1", "net-2"}


def test_the_database_stands_in_three_places() -> None:
    members = {n: s for n, s in SERVICES.items() if s["command"] == ["run", "database-member"]}
    assert [members[name].get("labels", {}).get(LABEL) for name in sorted(members)] == [
        "1",
        "2",
        None,
    ]
    assert all(set(member["networks"]) == {"db-net"} for member in members.values())
    assert FOUND["networks"]["db-net"]["internal"] is True


def test_every_address_is_fixed_and_of_somebody() -> None:
    networks = {
        name: ip_network(one["ipam"]["config"][0]["subnet"])
        for name, one in FOUND["networks"].items()
    }
    held = []
    for service in SERVICES.values():
        for name, place in service["networks"].items():
            assert ip_address(place["ipv4_address"]) in networks[name]
            held.append(place["ipv4_address"])
    assert len(held) == len(set(held))
    known = {*held, *map(str, networks.values()), "0.0.0.0"}
    texts = [str(text) for s in SERVICES.values() for text in s["environment"].values()]
    assert {address for text in texts for address in ADDRESS.findall(text)} <= known
    assert not [text for text in texts if text.startswith("http") and not ADDRESS.search(text)]


def test_secrets_are_the_files_that_the_command_makes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    members = SERVICES["db-1"]["environment"]["HOLDFAST_DATABASE_MEMBERS"]
    sections = {**SECTIONS, **{name: s for app in APPS for name, s in app.sections.items()}}
    flags = [Flag("database.members", members, "--set")]
    given = Namespace(to=tmp_path / "secrets")
    assert commands()["secrets"].run(given, Effective.load(sections, flags=flags)) == 0
    made = {Path(line).name for line in capsys.readouterr().out.splitlines()}
    assert set(FOUND["secrets"]) == made
    for name, secret in FOUND["secrets"].items():
        assert secret["file"].endswith(f"/{name}")
    for service in SERVICES.values():
        assert {_source(secret) for secret in service["secrets"]} <= made


def test_only_who_has_a_role_in_the_database_gets_an_address_of_it() -> None:
    schemas = [*(app.schema for app in APPS if app.schema is not None), people_schema(APPS)]
    roles = {role.process for schema in schemas for role in schema.roles}
    for name, service in SERVICES.items():
        sources = {_source(secret) for secret in service["secrets"]}
        addresses = {source.removesuffix(".dsn") for source in sources if source.endswith(".dsn")}
        match service["command"]:
            case ["run", process]:
                assert addresses == ({process} if process in roles else set())
                assert ("db-net" in service["networks"]) is (
                    process in roles or process == "database-member"
                )
            case _:
                assert (name, addresses) == (ONCE, {*roles, "database"})


def _source(secret: str | dict[str, str]) -> str:
    return secret if isinstance(secret, str) else secret["source"]

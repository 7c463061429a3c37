"""The law of the command line: it parses, composes what the apps declare, and explains mistakes.

Every command takes the same settings flags; a mistake of the user is one sentence on stderr and
exit code 2. What a command does lives with its app, and what `up` does lives in `up`.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from holdfast import __version__
from holdfast.apps import APPS
from holdfast.errors import HoldfastError, Mistake
from holdfast.platform.auth.commands import people_commands
from holdfast.platform.auth.settings import PeopleSettings
from holdfast.platform.auth.tables import people_schema
from holdfast.platform.balancer.declaration import BALANCER, FLEET, balancer_process
from holdfast.platform.balancer.settings import BalancerSettings
from holdfast.platform.data.backup.commands import COMMANDS as BACKUP_COMMANDS
from holdfast.platform.data.cluster.commands import CLUSTER
from holdfast.platform.data.cluster.declaration import member_process
from holdfast.platform.data.fleet_commands import fleet_commands
from holdfast.platform.data.migration_command import migrate_command
from holdfast.platform.data.settings import DatabaseSettings
from holdfast.platform.doctor.declaration import doctor_command
from holdfast.platform.gateway.declaration import fronted, gateway_process
from holdfast.platform.gateway.settings import GatewaySettings
from holdfast.platform.load.declaration import load_command
from holdfast.platform.runtime.announce import announce_mistake
from holdfast.platform.runtime.app import App, Command, Process, Shortcut, chosen
from holdfast.platform.runtime.config import Effective, Flag, set_flag, settings_file
from holdfast.platform.runtime.settings import FleetSettings

EXIT_MISTAKE = 2
EXIT_FAILURE = 1
EXIT_INTERRUPTED = 130

SECTIONS = {
    "fleet": FleetSettings,
    "database": DatabaseSettings,
    "balancer": BalancerSettings,
    "people": PeopleSettings,
    "gateway": GatewaySettings,
}
SHORTCUTS = (
    Shortcut("--data", "fleet.data", "folder of the database and the keys"),
    Shortcut("--host", "fleet.host", "address that the public ports listen on"),
    Shortcut("--port-offset", "fleet.port_offset", "number added to every listening port"),
    Shortcut("--apps", "fleet.apps", "what runs here: grading or flights; both by default"),
    Shortcut("--replicas", "database.replicas", "database servers beside the leader: 0 or 2"),
)
SCHEMAS = (people_schema(APPS), *(app.schema for app in APPS if app.schema is not None))
COMMANDS = (
    BALANCER,
    CLUSTER,
    doctor_command(APPS),
    load_command(APPS),
    FLEET,
    *BACKUP_COMMANDS,
    migrate_command(SCHEMAS),
    *fleet_commands(APPS, SCHEMAS),
    *people_commands(APPS),
)


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.command is None:
        parser.print_help()
        return EXIT_MISTAKE
    try:
        return _perform(given)
    except Mistake as mistake:
        announce_mistake(str(mistake))  # whoever started us, if it waits for us
        print(f"holdfast: {mistake}", file=sys.stderr)
        return EXIT_MISTAKE
    except HoldfastError as error:
        print(f"holdfast: {error}", file=sys.stderr)
        return EXIT_FAILURE
    except BrokenPipeError:  # the reader of our output has left, for example `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILURE
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED


def processes(apps: Sequence[App] = APPS) -> dict[str, Process]:
    """All processes of these apps that `holdfast run` knows, by name."""
    platform = [balancer_process(fronted(apps)), gateway_process(apps), member_process()]
    known = [*platform, *(process for app in apps for process in app.processes)]
    return {process.name: process for process in known}


def commands() -> dict[str, Command]:
    """All commands that the platform and the apps add, by name."""
    added = [*COMMANDS, *(command for app in APPS for command in app.commands)]
    return {command.name: command for command in added}


def _perform(given: argparse.Namespace) -> int:
    effective = _effective(given)
    if given.command == "config":
        return _print_config(effective)
    if given.command == "up":
        from holdfast.up import up

        return up(effective, chosen(effective, APPS))
    if given.command == "run":
        _process(given.process, effective).run(effective)
        return 0
    return commands()[given.command].run(given, effective)


def _process(name: str, effective: Effective) -> Process:
    known = processes(chosen(effective, APPS))
    if name not in known:
        raise Mistake(f"{name} is of an application that fleet.apps leaves out")
    return known[name]


def _effective(given: argparse.Namespace) -> Effective:
    flags = [
        Flag(shortcut.key, value, shortcut.flag)
        for shortcut in _shortcuts()
        if (value := getattr(given, _slot(shortcut), None)) is not None
    ]
    flags += [set_flag(text) for text in given.set or ()]
    sections = {**SECTIONS, **{name: s for app in APPS for name, s in app.sections.items()}}
    environment = dict(os.environ)
    return Effective.load(
        sections,
        flags=flags,
        environment=environment,
        file=settings_file(environment, given.config),
    )


def _shortcuts() -> list[Shortcut]:
    return [*SHORTCUTS, *(shortcut for app in APPS for shortcut in app.shortcuts)]


def _slot(shortcut: Shortcut) -> str:
    """Where argparse keeps a shortcut's value; a dot keeps it apart from a command's own flags."""
    return f"setting.{shortcut.key}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="holdfast",
        description="An assignment server for programs that talk over a network, and a flight"
        " booking system: two applications on one small platform.",
    )
    parser.add_argument("--version", action="version", version=f"holdfast {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND")
    _add(subparsers, "up", "run everything on this machine")
    running = _add(subparsers, "run", "run one process in the foreground, for fleets")
    known = processes()
    running.add_argument("process", metavar="PROCESS", choices=known, help=", ".join(known))
    _add(subparsers, "config", "print the effective settings and where each comes from")
    for command in commands().values():
        _add_command(subparsers, command)
    return parser


def _add_command(
    subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]", command: Command
) -> None:
    added = _add(subparsers, command.name, command.summary)
    command.arguments(added)
    if command.tasks:
        tasks = added.add_subparsers(dest="task", metavar="TASK", required=command.needs_task)
        for task in command.tasks:
            task.arguments(_add(tasks, task.name, task.summary, default=argparse.SUPPRESS))


def _add(
    subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    summary: str,
    *,
    default: str | None = None,
) -> argparse.ArgumentParser:
    """A parser with the settings' flags. A task's are suppressed where they are not given: they
    would undo the ones before it."""
    # "resolve": a command's own flag of the same name (student --host) wins over the shortcut
    parser = subparsers.add_parser(
        name,
        help=summary,
        description=summary,
        conflict_handler="resolve",
    )
    group = parser.add_argument_group("settings")
    group.add_argument(
        "--config", type=Path, metavar="FILE", default=default, help="read this holdfast.toml"
    )
    group.add_argument(
        "--set",
        action="append",
        metavar="SECTION.KEY=VALUE",
        default=default,
        help="any setting; may be repeated",
    )
    for shortcut in _shortcuts():
        slot, flag = _slot(shortcut), shortcut.flag
        group.add_argument(flag, dest=slot, metavar="VALUE", default=default, help=shortcut.help)
    return parser


def _print_config(effective: Effective) -> int:
    rows = effective.rows()
    wide = max(len(row.key) for row in rows)
    widest = min(max(len(row.value) for row in rows), 40)
    for row in rows:
        print(f"{row.key:<{wide}}  {row.value:<{widest}}  {row.origin}")
    return 0

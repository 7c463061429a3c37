"""How an application declares itself to the platform: listeners, processes, settings, commands.

An app exports one `App`; `holdfast.apps` collects them; the command line, the supervisor and the
balancer are composed from the declarations. Nothing here does I/O.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from holdfast.errors import Mistake
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.journey import Journey, Program
from holdfast.platform.runtime.schema import Schema
from holdfast.platform.runtime.settings import FleetSettings
from holdfast.platform.runtime.site import Site

Transport = Literal["tcp", "udp"]


@dataclass(frozen=True, slots=True)
class Listener:
    """A public port of the balancer and the service behind it.

    `port` is the default, before the port offset. `proxied`: the member gets a PROXY protocol v2
    header with the client's address and this listener's port. `refusal`: the bytes a TCP client
    gets when no member can be reached, before the connection is closed; never a hang. `busy`: the
    same for a client over a connection limit; without it, it gets `refusal`. `says` puts any other
    sentence into the listener's protocol; without it, a client gets `busy` instead. `policy`: how a
    member is best chosen for this service (`balancer.policies`), where the operator names none.
    `replayable`: its members can go on with a session that another one began
    (docs/reference/session-handover.md).
    """

    name: str
    transport: Transport
    port: int
    service: str
    proxied: bool = True
    refusal: bytes = b""
    busy: bytes = b""
    policy: str = ""
    says: Callable[[str], bytes] | None = None
    replayable: bool = False


@dataclass(frozen=True, slots=True)
class Process:
    """A kind of process that `holdfast run NAME` starts in the foreground.

    `run` gets the effective settings and returns when the process was told to stop. `copies` tells
    the supervisor how many of them `holdfast up` runs.

    `of_copy` gives settings that each copy has for itself, by its number from 1.

    `stage` is the order of their life: the database is 0 and the balancer 2, so 1 is for what the
    database must outlive and the balancer reaches, 3 for what needs the balancer. They stop in
    descending order.

    `lets_people_in`: it knows accounts, sessions and tokens (`platform.auth`), so its database role
    reaches them. `logs_people_in`: it knows accounts and sessions only; programs' tokens, the first
    admin's link and the audit log are not for it. `records_acts`: it only writes to the audit log.

    `imports` are the modules that `run` loads when it runs: a nursery loads them once for all.
    """

    name: str
    summary: str
    run: Callable[[Effective], None]
    stage: int = 1
    copies: Callable[[Effective], int] = field(default=lambda _: 1)
    lets_people_in: bool = False
    logs_people_in: bool = False
    records_acts: bool = False
    of_copy: Callable[[Effective, int], Mapping[str, object]] = field(default=lambda *_: {})
    imports: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """A subcommand an app adds to the command line; `run` returns the exit code.

    One with `tasks` is a group of them (`holdfast NAME TASK`): what runs is the task. Without
    `needs_task` it can be run without naming one, too.
    """

    name: str
    summary: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Effective], int]
    tasks: "Sequence[Command]" = ()
    needs_task: bool = True

    @staticmethod
    def group(
        name: str, summary: str, tasks: "Sequence[Command]", *, alone: "Command | None" = None
    ) -> "Command":
        """A command that is nothing but its tasks, or `alone` when none is named."""

        def run(given: argparse.Namespace, effective: Effective) -> int:
            if alone is not None and given.task is None:
                return alone.run(given, effective)
            chosen = next(task for task in tasks if task.name == given.task)
            return chosen.run(given, effective)

        arguments = alone.arguments if alone is not None else lambda _: None
        return Command(name, summary, arguments, run, tuple(tasks), needs_task=alone is None)


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A flag that stands for one setting: `--time-scale 0.01` for `course.time_scale`."""

    flag: str
    key: str
    help: str


@dataclass(frozen=True, slots=True)
class App:
    """Everything the platform knows of an application.

    `sections` maps a settings section (`[grading]` in holdfast.toml) to the frozen dataclass that
    declares its keys, defaults and help; `shortcuts` are flags for some of them. `check`
    raises a `Mistake` before anything is started; `prepare` runs once in the supervisor, on a
    migrated database, before the app's processes start (demo data); `summary` gives lines for the
    start-up summary; `schema` is what it keeps in the database; `secrets` are the files of keys
    and tokens that its processes on several machines share; `people_url` tells where people log
    in, if they do; `sites` are what the gateway serves in front of its HTTP listeners.
    """

    name: str
    listeners: Callable[[Effective], Sequence[Listener]]
    processes: Sequence[Process]
    commands: Sequence[Command]
    sections: Mapping[str, type[Any]]
    shortcuts: Sequence[Shortcut] = ()
    check: Callable[[Effective], None] = field(default=lambda _: None)
    prepare: Callable[[Effective], None] = field(default=lambda _: None)
    summary: Callable[[Effective], Sequence[str]] = field(default=lambda _: ())
    schema: Schema | None = None
    journeys: Sequence[Journey] = ()
    """What `holdfast load` plays."""
    programs: Sequence[Program] = ()
    """What it plays with `--attempts`."""
    secrets: Sequence[str] = ()
    people_url: Callable[[Effective], str] | None = None
    sites: Callable[[Effective], Sequence[Site]] = field(default=lambda _: ())


def chosen(effective: Effective, apps: Sequence[App]) -> tuple[App, ...]:
    """Those of the apps that `fleet.apps` names, or all; a `Mistake` for a name that is none."""
    wanted = effective.section(FleetSettings).apps
    known = [app.name for app in apps]
    for name in wanted:
        if name not in known:
            raise Mistake(f"fleet.apps names {name!r}: there are {' and '.join(known)}")
    return tuple(app for app in apps if not wanted or app.name in wanted)

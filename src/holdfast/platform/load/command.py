"""The law of `holdfast load`: it asks only this machine, unless its user owns the target.

First the idle connections are opened; then the crowd is played, and before it goes, each of them is
asked again; the fleet's processes are asked what they took before and after. Exit code 1 when more
than one request in a hundred failed, or one idle connection or attempt in a hundred was lost.
"""

import argparse
import asyncio
import json
import os
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_address

from holdfast.errors import Mistake
from holdfast.platform.load import fleet_cost
from holdfast.platform.load.attempts import Attempts
from holdfast.platform.load.crowd import Crowd, Plan, Route
from holdfast.platform.load.idle import Idle
from holdfast.platform.load.report import IdleSeen, Run, as_json, as_lines
from holdfast.platform.runtime.app import App
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.journey import Journey
from holdfast.platform.runtime.settings import FleetSettings

BAD_SHARE = 0.01
"""More failures than this, and the run shows a fault, not a load."""


def load(given: argparse.Namespace, effective: Effective, apps: Sequence[App]) -> int:
    """Play, print, and return the exit code."""
    journeys = [journey for app in apps for journey in app.journeys]
    if given.mix == "list":
        print("\n".join(f"{one.name:<12} {one.weight:6g}  {one.summary}" for one in journeys))
        return 0
    check_target(given.target, owned=given.i_own_the_target)
    mix = mix_of(given.mix, journeys)
    routes = [
        (Route(one, one.port(effective), one.headers(effective)), weight) for one, weight in mix
    ]
    plan = Plan(
        host=given.target,
        routes=routes,
        persons=min(given.driven or given.users, given.users),
        think_s=given.think,
        seconds=given.seconds,
        connections=given.connections,
        seed=given.seed,
    )
    fleet = effective.section(FleetSettings)
    ports = [fleet.port(port) for port in given.idle_port or ()]
    ports = ports or list(dict.fromkeys(route.port for route, _ in routes))
    idle = Idle(given.target, tuple(ports), given.idle, given.idle_pace, given.idle_path)
    programs = [one for app in apps for one in app.programs] if given.attempts else []
    plays = [one.begin(effective, given.target) for one in programs]
    attempts = Attempts(plays, given.attempts, given.seconds, given.seed)
    run = asyncio.run(_play(plan, idle, attempts, given, effective))
    print(json.dumps(as_json(run), indent=2) if given.json else "\n".join(as_lines(run)))
    asked = run.tally.answered + run.tally.dropped
    bad = (
        run.idle.lost > BAD_SHARE * given.idle,
        run.programs.failures > BAD_SHARE * run.programs.begun,
        run.tally.failures > BAD_SHARE * asked,
        asked == given.idle == run.programs.begun == 0,
    )
    return int(any(bad))


def check_target(host: str, *, owned: bool) -> None:
    """`Mistake` unless the host is this machine's loopback, or its owner asks for it."""
    try:
        is_here = ip_address(host).is_loopback
    except ValueError:
        is_here = host == "localhost"
    if not is_here and not owned:
        raise Mistake(
            f"{host} is another machine: loading what belongs to somebody else is an attack. If it "
            "is yours, say so with --i-own-the-target."
        )


def mix_of(text: str, journeys: Sequence[Journey]) -> list[tuple[Journey, float]]:
    """The journeys of `name=weight,...`, all with their usual weights without a text; `Mistake`."""
    known = {one.name: one for one in journeys}
    if not text:
        return [(one, one.weight) for one in journeys if one.weight > 0]
    found = []
    for part in text.split(","):
        name, _, weight = part.strip().partition("=")
        if name not in known:
            raise Mistake(f"--mix: there is no visitor {name!r}; there are {', '.join(known)}.")
        found.append((known[name], _weight(name, weight)))
    return found


def _weight(name: str, text: str) -> float:
    try:
        weight = float(text or "1")
    except ValueError:
        weight = 0.0
    if not 0 < weight < 1e9:
        raise Mistake(f"--mix: the weight of {name} must be a positive number.")
    return weight


async def _play(
    plan: Plan, idle: Idle, attempts: Attempts, given: argparse.Namespace, effective: Effective
) -> Run:
    data = effective.section(FleetSettings).data
    calm = await asyncio.to_thread(fleet_cost.look, data)
    crowd = Crowd(plan)
    try:
        await idle.open()
        opening_cpu_s = idle.cpu_s
        before = await asyncio.to_thread(fleet_cost.look, data)
        asking = asyncio.create_task(_ask_before(idle, plan.seconds))
        trying = asyncio.create_task(attempts.run())
        seconds = await crowd.play()
        after = await asyncio.to_thread(fleet_cost.look, data)
        await asyncio.gather(asking, trying)
    finally:
        await idle.close()
    used = fleet_cost.cost(before, after)
    grown = fleet_cost.growth(calm, before)
    return Run(
        users=given.users,
        driven=plan.persons,
        think_s=plan.think_s,
        seconds=seconds,
        cores=len(os.sched_getaffinity(0)),
        tally=crowd.tally,
        cost=replace(used, own_cpu_s=used.own_cpu_s + idle.cpu_s - opening_cpu_s),
        idle=IdleSeen(idle.wanted, idle.ports, idle.opened, idle.again, grown),
        programs=attempts.seen,
        machine_bytes=os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
    )


async def _ask_before(idle: Idle, seconds: float) -> None:
    """Ask all idle ones again so that it is done when the crowd goes, if there is time for it."""
    await asyncio.sleep(max(0.0, seconds - idle.round_s))
    await idle.ask_again()

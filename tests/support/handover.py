"""Course tests played against a real fleet while the nodes that serve them are killed.

A round plays all tests at once as one student and kills, at random moments, the node that runs one
of its attempts. Everything random comes from a seed; the moment of a kill also depends on the
machine.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.roster import UserId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.entrypoints.student_driver import Job, Report, Target, play_client
from tests.support.fleet import Fleet

ENDS_S = 120.0
LOOK_EVERY_S = 0.05
LEAST_NODES = 2
"""Nodes that must serve before one is killed: a session needs somewhere to go."""


@dataclass(slots=True)
class Round:
    """What became of one round. `hit`: the tests whose node was killed while they ran."""

    passed: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    hit: set[str] = field(default_factory=set)
    kills: int = 0


async def play_round(
    course: Fleet, uid: int, tests: Sequence[str], *, kills: int, dice: Random, rules: Rules
) -> Round:
    """Play the tests at once as `uid`; kill `kills` nodes meanwhile, if there is time for them."""
    found = Round()
    target = Target("127.0.0.1", course.offset)
    known = {attempt["id"] for attempt in course.attempts(uid)}
    async with asyncio.timeout(ENDS_S):
        clients = [
            asyncio.create_task(play_client(Job(TestId(test), UserId(uid)), target, rules))
            for test in tests
        ]
        killer = asyncio.create_task(_kill(course, uid, kills, dice, found))
        reports = await asyncio.gather(*clients)
        killer.cancel()
        with suppress(asyncio.CancelledError):
            await killer
    judging = (
        _judge(course, uid, test, report, known, found)
        for test, report in zip(tests, reports, strict=True)
    )
    await asyncio.gather(*judging)
    return found


async def _kill(course: Fleet, uid: int, kills: int, dice: Random, found: Round) -> None:
    """Again and again: wait a random time, choose one of the running attempts, kill its node.

    The first kill comes at once and takes any node: some tests last no longer than that.
    """
    await asyncio.sleep(dice.uniform(0.0, 0.4))
    while found.kills < kills:
        nodes = await asyncio.to_thread(_ready_nodes, course)
        running = [one for one in await _attempts(course, uid) if one["verdict"] is None]
        chosen = sorted(one["node"] for one in running if one["node"] in nodes)
        if not found.kills and not chosen:
            chosen = sorted(nodes)
        if chosen and len(nodes) >= LEAST_NODES:
            node = dice.choice(chosen)
            course.kill_pid(nodes[node])
            found.kills += 1
            found.hit |= {each["test"] for each in running if each["node"] == node}
        await asyncio.sleep(dice.uniform(0.0, 0.8))


def _ready_nodes(course: Fleet) -> dict[str, int]:
    """Process ids of the nodes that serve, by name: ready more often than ended."""
    return {
        node: pid
        for node, pid in course.nodes().items()
        if len(course.said("node_ready", f"node={node} "))
        > len(course.said("child_ended", f"child={node} "))
    }


async def _attempts(course: Fleet, uid: int) -> list[dict[str, Any]]:
    with suppress(OSError):
        return await asyncio.to_thread(course.attempts, uid)
    return []


async def _judge(
    course: Fleet, uid: int, test: str, report: Report, known: set[str], found: Round
) -> None:
    """Passed is: one attempt, recorded as passed, and the client saw no trouble."""
    attempts: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    until = loop.time() + 20.0
    while loop.time() < until:
        attempts = [
            one
            for one in await _attempts(course, uid)
            if one["test"] == test and one["id"] not in known
        ]
        if attempts and all(one["verdict"] is not None for one in attempts):
            break
        await asyncio.sleep(LOOK_EVERY_S)
    verdicts = [one["verdict"] for one in attempts]
    if verdicts == ["pass"] and not report.trouble:
        found.passed.append(test)
    else:
        reasons = "; ".join(str(one["reason"]) for one in attempts)
        outcome = "" if report.outcome is None else report.outcome.reason
        found.failed[test] = f"{verdicts} {reasons} client: {report.trouble} {outcome}".strip()

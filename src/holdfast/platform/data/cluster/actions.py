"""The law of what `holdfast cluster` does: a thin, readable layer over Patroni's API.

It finds the members in the data folder and asks whichever answers. Exit codes: 0 as wished, 1 not
(status: the cluster is not healthy), 2 a mistake. Nothing is decided here: Patroni refuses what
would lose data, and its words are shown.
"""

import argparse
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict

from holdfast.errors import DefiniteError, Mistake
from holdfast.platform.data.cluster.plan import ClusterPlan, MemberPlan
from holdfast.platform.data.cluster.record import passwords_of, recorded_plan
from holdfast.platform.data.cluster.rest import Answer, ask, tell
from holdfast.platform.data.cluster.status import (
    ClusterStatus,
    completed,
    freshest,
    read_status,
    table,
)
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.settings import FleetSettings

EXIT_UNHEALTHY = 1
SETTLE_S = 60.0
"""A switchover takes some seconds, a copy of a large database is not waited for."""
POLL_S = 0.2


class Refused(DefiniteError):
    """Patroni did not do it; its own words say why."""


def _status(given: argparse.Namespace, effective: Effective) -> int:
    plan = _plan(effective)
    status = _completed(plan, _asked(plan) or ClusterStatus(()))
    complaint = status.complaint([member.name for member in plan.members])
    if given.json:
        said = {
            "healthy": complaint is None,
            "complaint": complaint,
            "paused": status.paused,
            "members": [asdict(member) for member in status.members],
        }
        print(json.dumps(said, indent=2))
    else:
        print("\n".join(table(status)))
        print(complaint or "Healthy: a leader, and all others confirm its commits.")
    return EXIT_UNHEALTHY if complaint else 0


def _switchover(given: argparse.Namespace, effective: Effective) -> int:
    plan = _plan(effective)
    leader = _leader(plan)
    said: dict[str, object] = {"leader": leader.name}
    if given.member is not None:
        said["candidate"] = _candidate(plan, given.member)
    _check(tell(leader, "/switchover", said, password=passwords_of(plan.data).rest))
    status = _settled(
        plan, lambda status: status.leader is not None and status.leader.name != leader.name
    )
    assert status.leader is not None
    print(f"The leader is {status.leader.name}; it was {leader.name}.")
    return 0


def _candidate(plan: ClusterPlan, name: str) -> str:
    """A wished leader must have everything: it is a synchronous replica."""
    member = _member(plan, name)
    status = _asked(plan)
    ready = [one.name for one in status.members if one.is_synchronous] if status else []
    if member.name not in ready:
        raise Refused(
            f"{member.name} is no synchronous replica and cannot lead now; "
            f"{' or '.join(ready) or 'no member'} can"
        )
    return member.name


def _restart(given: argparse.Namespace, effective: Effective) -> int:
    plan = _plan(effective)
    member = _member(plan, given.member)
    _check(tell(member, "/restart", {}, password=passwords_of(plan.data).rest, within_s=SETTLE_S))
    print(f"PostgreSQL of {member.name} was restarted.")
    return 0


def _reinit(given: argparse.Namespace, effective: Effective) -> int:
    plan = _plan(effective)
    member = _member(plan, given.member)
    if member == _leader(plan):
        raise Mistake(f"{member.name} is the leader: its data is what the others copy.")
    password = passwords_of(plan.data).rest
    _check(tell(member, "/reinitialize", {"force": True}, password=password))
    print(f"{member.name} copies the leader; `holdfast cluster status` shows how far it is.")
    return 0


def _plan(effective: Effective) -> ClusterPlan:
    return recorded_plan(effective.section(FleetSettings).data.absolute())


def _asked(plan: ClusterPlan) -> ClusterStatus | None:
    """What the members say; None when none of them answers."""
    answers = (ask(member, "/cluster") for member in plan.members)
    seen = (read_status(answer.said) for answer in answers if answer is not None)
    return freshest([status for status in seen if status is not None])


def _completed(plan: ClusterPlan, status: ClusterStatus) -> ClusterStatus:
    addresses = {m.name: f"{m.address}:{m.postgres}" for m in plan.members}
    return completed(status, addresses)


def _leader(plan: ClusterPlan) -> MemberPlan:
    status = _asked(plan)
    if status is None:
        raise Refused("no member of the cluster answers")
    if status.leader is None:
        raise Refused("the cluster has no leader just now")
    return _member(plan, status.leader.name)


def _member(plan: ClusterPlan, name: str) -> MemberPlan:
    try:
        return plan.member(name)
    except KeyError:
        known = ", ".join(member.name for member in plan.members)
        raise Mistake(f"There is no member {name}; the members are {known}.") from None


def _check(answer: Answer | None) -> None:
    if answer is None:
        raise Refused("the member did not answer; `holdfast cluster status` shows what is")
    if not answer.is_ok:
        raise Refused(f"Patroni refused: {answer.text[:300]}")


def _settled(plan: ClusterPlan, is_so: Callable[[ClusterStatus], bool]) -> ClusterStatus:
    deadline = time.monotonic() + SETTLE_S
    while True:
        status = _asked(plan)
        if status is not None and is_so(status):
            return status
        if time.monotonic() > deadline:
            raise Refused(f"it has not happened within {SETTLE_S:g} s")
        time.sleep(POLL_S)


ACTIONS: Mapping[str, Callable[[argparse.Namespace, Effective], int]] = {
    "status": _status,
    "switchover": _switchover,
    "restart": _restart,
    "reinit": _reinit,
}

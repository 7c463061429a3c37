"""The law of a member's guard: a small process that runs one Patroni with its PostgreSQL.

    python -m holdfast.platform.data.cluster.member_guard '{"name": "m1", "plan": {...}}'

It ends both when it is told to or when its parent is gone. When the guard itself is killed, the
kernel asks Patroni to end; the next guard waits for the lock and ends whatever is left.
"""

import json
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from holdfast.errors import Mistake
from holdfast.platform.data.backup.health import ArchiveWatch
from holdfast.platform.data.cluster.member import SHUTDOWN_S, Member
from holdfast.platform.data.cluster.observer import Observer
from holdfast.platform.data.cluster.plan import ClusterPlan, read_plan
from holdfast.platform.data.cluster_folder import Interrupted
from holdfast.platform.data.program import KILL_S
from holdfast.platform.runtime.announce import announce_mistake, announce_ready
from holdfast.platform.runtime.ears import Ears
from holdfast.platform.runtime.folder import Lock
from holdfast.platform.runtime.logs import Format, Log, configure

LEFTOVER_S = 40.0
"""A server that is left over may need so long for its end."""
LOCK_S = SHUTDOWN_S + KILL_S + LEFTOVER_S + 5
STOP_S = LOCK_S + 5
"""What a supervisor should allow a guard for its end."""
READY_S = 120.0
"""Copying an empty database takes seconds, starting after a crash seconds to minutes."""
LOOK_S = 0.5

_log = Log("database")


def argv_of_member_guard(plan: ClusterPlan, name: str, log_format: Format = "text") -> list[str]:
    """The command line of the guard of one member, with this Python."""
    said = json.dumps({"name": name, "plan": plan.text(), "log_format": log_format})
    return [sys.executable, "-m", "holdfast.platform.data.cluster.member_guard", said]


def main(arguments: Sequence[str]) -> int:
    """Run a guard; returns its exit code: 0 after a stop, 2 for a mistake."""
    said = json.loads(arguments[0])
    name = said["name"]
    configure(f"database-{name}", said["log_format"])
    ears = Ears()
    try:
        plan = read_plan(said["plan"])
        with _lock(plan, name, ears):
            return _guard(plan, name, ears)
    except Interrupted:
        return 0
    except Mistake as mistake:
        if not announce_mistake(str(mistake)):
            _log.error("mistake", what=str(mistake))
        return 2


def _lock(plan: ClusterPlan, name: str, ears: Ears) -> Lock:
    path = plan.folder / f"{name}.lock"
    lock = Lock.take(path, within_s=LOCK_S, given_up=ears.stop_asked)
    if lock is None and ears.stop_asked():
        raise Interrupted
    if lock is None:
        raise Mistake(f"Another process guards the member {name} in {plan.data}.")
    return lock


def _guard(plan: ClusterPlan, name: str, ears: Ears) -> int:
    member = Member(plan, name)
    _log.info("prepared", detail=member.prepare())
    member.start()
    with ExitStack() as held:
        held.callback(_end, member)
        if plan.fast_failover and plan.store == "etcd":
            held.enter_context(Observer(plan, name))
        _watch(member, ears)
    return 0


def _watch(member: Member, ears: Ears) -> None:
    kept = Path(member.plan.archive)
    watch = ArchiveWatch(member.postgres, kept, _log) if member.plan.archive else None
    is_ready = False
    began = time.monotonic()
    while not ears.stop_asked():
        if not is_ready and member.is_ready():
            is_ready = True
            address = f"{member.me.address}:{member.me.postgres}"
            announce_ready({"database": address})
            _log.info("member_ready", address=address, after_s=round(time.monotonic() - began, 1))
        if watch is not None and is_ready:
            member.wake_archiving()
            watch.look()
        happened = member.keep()
        if happened is not None:
            _log.warning("member_kept", what=happened)
        ears.wait(LOOK_S)


def _end(member: Member) -> None:
    _log.info("member_stopped", manner=member.stop())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

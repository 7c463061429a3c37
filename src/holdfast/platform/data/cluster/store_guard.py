"""The law of a store's guard: a small process that runs one etcd, and ends it with itself.

    python -m holdfast.platform.data.cluster.store_guard '{"name": "m1", "plan": {...}}'

etcd knows neither our gate nor our lifeline. A store that ended is started anew by the supervisor,
through a new guard; the other two carry on meanwhile.
"""

import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from holdfast.errors import Mistake
from holdfast.platform.data.cluster import origin
from holdfast.platform.data.cluster.configuration import etcd_command
from holdfast.platform.data.cluster.plan import ClusterPlan, read_plan
from holdfast.platform.data.cluster.programs import check_reach, etcd_program
from holdfast.platform.data.cluster.record import passwords_of
from holdfast.platform.data.cluster.store import is_serving
from holdfast.platform.data.cluster_folder import Interrupted, environment_of_server
from holdfast.platform.data.program import KILL_S, Program
from holdfast.platform.runtime.announce import announce_mistake, announce_ready
from holdfast.platform.runtime.ears import Ears
from holdfast.platform.runtime.folder import Lock
from holdfast.platform.runtime.logs import Format, Log, configure

SHUTDOWN_S = 5.0
LOCK_S = SHUTDOWN_S + KILL_S + 5
STOP_S = LOCK_S + 5
"""What a supervisor should allow a guard for its end."""
LOOK_S = 0.2

_log = Log("store")


def argv_of_store_guard(plan: ClusterPlan, name: str, log_format: Format = "text") -> list[str]:
    """The command line of the guard of one store member, with this Python."""
    said = json.dumps({"name": name, "plan": plan.text(), "log_format": log_format})
    return [sys.executable, "-m", "holdfast.platform.data.cluster.store_guard", said]


def main(arguments: Sequence[str]) -> int:
    """Run a guard; returns its exit code: 0 after a stop, 2 for a mistake, 1 for a lost etcd."""
    said = json.loads(arguments[0])
    name = said["name"]
    configure(f"store-{name}", said["log_format"])
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
    path = plan.folder / f"store-{name}.lock"
    lock = Lock.take(path, within_s=LOCK_S, given_up=ears.stop_asked)
    if lock is None and ears.stop_asked():
        raise Interrupted
    if lock is None:
        raise Mistake(f"Another process guards the store {name} in {plan.data}.")
    return lock


def _guard(plan: ClusterPlan, name: str, ears: Ears) -> int:
    etcd = _prepared(plan, name)
    member = plan.member(name)
    etcd.start()
    is_ready = False
    while not ears.stop_asked():
        if (code := etcd.exit_code()) is not None:
            _log.error("store_ended", code=code, log=str(_log_of(plan, name)))
            return 1
        if not is_ready and is_serving(member):
            is_ready = True
            announce_ready({"store": f"{member.address}:{member.client}"})
        etcd.trim_log()
        ears.wait(LOOK_S if not is_ready else LOOK_S * 10)
    _log.info("store_stopped", manner=etcd.stop(SHUTDOWN_S))
    return 0


def _prepared(plan: ClusterPlan, name: str) -> Program:
    program = etcd_program()
    account = origin.account_of(plan)
    folder = plan.store_of(name)
    if not folder.exists():
        folder.mkdir(mode=0o700)
        account.own(folder)
    check_reach(account, folder)
    # Members of two clusters never take each other for their own, whatever their ports.
    token = hashlib.sha256(passwords_of(plan.data).store.encode()).hexdigest()[:32]
    argv = etcd_command(plan, plan.member(name), program, token)
    return Program(argv, _log_of(plan, name), account, environment_of_server())


def _log_of(plan: ClusterPlan, name: str) -> Path:
    return plan.folder / f"store-{name}.log"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

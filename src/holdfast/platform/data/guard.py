"""The law of the guard: a small process that starts PostgreSQL, watches it, and ends it.

    python -m holdfast.platform.data.guard '{"data": "/srv/holdfast", ...}'

PostgreSQL knows neither our gate nor our lifeline; the guard does. It ends the server cleanly when
it is told to or when its parent is gone, and ends itself when the server does, so that the
supervisor starts both anew. It holds a lock, so a new guard waits for the end of the old one.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from holdfast.errors import Mistake
from holdfast.platform.data.backup.health import ArchiveWatch
from holdfast.platform.data.cluster_folder import Interrupted
from holdfast.platform.data.embedded import (
    KILL_S,
    QUIT_S,
    SHUTDOWN_S,
    EmbeddedServer,
    ServerPlan,
)
from holdfast.platform.data.guard_figures import ServerFacts, server_source
from holdfast.platform.runtime.announce import announce_mistake, announce_ready
from holdfast.platform.runtime.ears import Ears
from holdfast.platform.runtime.folder import Lock
from holdfast.platform.runtime.logs import Format, Log, configure
from holdfast.platform.telemetry.targets import Target
from holdfast.platform.telemetry.thread_port import ThreadPort

NAME, LOOPBACK = "database", "127.0.0.1"
LOCK = "postgres.lock"
LOCK_S = SHUTDOWN_S + QUIT_S + KILL_S + 5
"""An old guard may need all of its server's shut-down time."""
STOP_S = LOCK_S + 5
"""What a supervisor should allow a guard for its end."""

_log = Log("database")


def argv_of_guard(plan: ServerPlan, log_format: Format = "text") -> list[str]:
    """The command line of a guard for `plan`, with this Python."""
    said = {**asdict(plan), "data": str(plan.data.absolute()), "log_format": log_format}
    return [sys.executable, "-m", "holdfast.platform.data.guard", json.dumps(said)]


def main(arguments: Sequence[str]) -> int:
    """Run a guard; returns its exit code: 0 after a stop, 2 for a mistake, 1 for a lost server."""
    said = json.loads(arguments[0])
    configure("database", said.pop("log_format", "text"))
    plan = ServerPlan(**{**said, "data": Path(said["data"])})
    ears = Ears()
    try:
        with _lock(plan, ears):
            return _guard(plan, ears)
    except Interrupted:
        return 0
    except Mistake as mistake:
        if not announce_mistake(str(mistake)):
            _log.error("mistake", what=str(mistake))
        return 2


def _lock(plan: ServerPlan, ears: Ears) -> Lock:
    lock = Lock.take(plan.data / LOCK, within_s=LOCK_S, given_up=ears.stop_asked)
    if lock is None and ears.stop_asked():
        raise Interrupted
    if lock is None:
        raise Mistake(f"Another process guards the database in {plan.data}.")
    return lock


def _guard(plan: ServerPlan, ears: Ears) -> int:
    server = EmbeddedServer(plan, given_up=ears.stop_asked)
    try:
        dsn = server.start()
    finally:
        for event, detail in server.notes:
            _log.info(event, detail=detail)
    facts = ServerFacts(plan.folder, lambda: server.exit_code() is None)
    port = ThreadPort(Target(NAME, NAME, LOOPBACK), facts.why_not, [server_source(facts)])
    port.open(plan.data)
    announce_ready({"database": dsn.rpartition("@")[2]})
    try:
        return _watch(plan, server, ears)
    finally:
        port.close()


def _watch(plan: ServerPlan, server: EmbeddedServer, ears: Ears) -> int:
    watch = ArchiveWatch(plan.folder, Path(plan.archive), _log) if plan.archive else None
    while not ears.stop_asked():
        if (code := server.exit_code()) is not None:
            _log.error("server_ended", code=code, log=plan.log)
            return 1
        if watch is not None:
            server.wake_archiving()
            watch.look()
        ears.wait()
    manner = server.stop()
    _log.info("server_stopped", manner=manner)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

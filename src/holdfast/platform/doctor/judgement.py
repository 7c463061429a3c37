"""PURE. What the facts mean: each rule is one function, each number has its reason.

A rule that needs a fact that nobody knows says nothing, or says that it is not known.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from holdfast.platform.balancer.admission import FILES_APART, FILES_EACH
from holdfast.platform.doctor.facts import (
    Certificate,
    Folder,
    Machine,
    Port,
    Program,
    SecretFile,
    Server,
    Software,
)
from holdfast.platform.doctor.findings import Finding, doubtful, well, wrong
from holdfast.platform.runtime.descriptors import clients_within

MIN_PYTHON = (3, 11)
MIN_POSTGRES = 14
"""What the migrations are tested with begins there."""
MIN_FREE_BYTES, FEW_FREE_BYTES = 256 << 20, 2 << 30
"""Less than 16 segments of the log, and the server stops; 2 GB last a class for a term."""
MIN_INODES, FEW_INODES = 1_000, 50_000
MIN_MEMORY, FEW_MEMORY = 200 << 20, 700 << 20
"""A fleet of one machine takes about 600 MB with its database."""
ENTROPY_BITS = 128
SKEW_S, MAX_SKEW_S = 1.0, 20.0
"""A lease of minutes bears a second; heartbeats are refused beyond `balancer.clock_window_s`."""
CLOCK_FROM, CLOCK_TO = 2025, 2100
"""A machine whose battery is empty wakes up in 1970 or 2000."""
SOON_S = 21 * 86_400.0
"""Who renews by hand needs a reminder; who renews by program does it a month before."""
USED_SHARE = 0.8
LAG_BYTES = 64 << 20
"""Four segments: a replica that is so far behind answers old."""
_REMOTE = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "glusterfs", "ceph"})
_FLEETING = frozenset({"tmpfs", "ramfs", "overlay"})
_OTHERS = 0o077
_FAST_PATH = {
    True: "The relay's fast path is compiled.",
    False: "The relay works in Python only, at two thirds of the connections: with a C compiler "
    "and Python's headers, installing Holdfast again compiles its fast path.",
}


def of_software(facts: Software) -> list[Finding]:
    """Python and packages."""
    area, version = "software", ".".join(map(str, facts.python))
    found = [well(area, f"Python {version}.")]
    if facts.python < MIN_PYTHON:
        found = [wrong(area, f"Python {version} is too old.", "Install Python 3.11 or newer.")]
    if facts.locked is None:
        return [*found, well(area, "There is no lock file here to compare the packages with.")]
    missing = sorted(set(facts.locked) - set(facts.installed))
    other = sorted(
        f"{name} {facts.installed[name]} (lock: {version})"
        for name, version in facts.locked.items()
        if name in facts.installed and facts.installed[name] != version
    )
    if missing:
        todo = "Run `make setup` in the source folder."
        found.append(wrong(area, f"Packages are missing: {_some(missing)}.", todo))
    if other:
        todo = "Run `make setup`, or accept what nobody has tested."
        found.append(doubtful(area, f"Packages differ from the lock: {_some(other)}.", todo))
    if not missing and not other:
        found.append(well(area, f"All {len(facts.locked)} packages are those of the lock file."))
    return found


def of_machine(facts: Machine, connections: int, copies: int = 1) -> list[Finding]:
    """Descriptors against `balancer.connections`, memory, randomness, text encoding, clock."""
    found = [_files(facts, connections, copies)]
    if facts.memory_free is not None:
        found.append(_memory(facts.memory_free))
    if facts.entropy is not None and facts.entropy < ENTROPY_BITS:
        todo = "Wait, or give the machine a source of randomness (rng-tools)."
        found.append(doubtful("machine", "The kernel has little randomness for keys.", todo))
    if facts.encoding.lower().replace("-", "") != "utf8":
        todo = "Set LANG=C.UTF-8 where Holdfast is started."
        what = f"Text is read as {facts.encoding}: names of students would break."
        found.append(wrong("machine", what, todo))
    if facts.clock is not None:
        found.append(_clock(facts.clock, facts.clock_synchronised))
    if facts.fast_path is not None:
        found.append(well("machine", _FAST_PATH[facts.fast_path]))
    return found


def of_ports(ports: Sequence[Port], *, is_running: bool) -> list[Finding]:
    """Each port is free or ours; while the fleet runs it must be ours."""
    found = []
    for port in ports:
        name = f"{port.transport.upper()} {port.number} ({port.name})"
        if port.holder and not port.is_ours:
            todo = "End that program, or set --port-offset."
            found.append(wrong("ports", f"{name} is taken by {port.holder}.", todo))
        elif port.refused and not port.holder:
            todo = "Choose another port or address, or give the right to listen there."
            found.append(wrong("ports", f"{name} cannot be had: {port.refused}.", todo))
        elif is_running and not port.holder:
            todo = "Look into the log of the balancer and of the supervisor."
            found.append(wrong("ports", f"Nobody listens at {name}, though it should.", todo))
    if not found:
        state = "ours" if is_running else "free"
        found = [well("ports", f"All {len(ports)} ports are {state}.")]
    return found


def of_folder(facts: Folder) -> list[Finding]:
    """The data folder: ours, writable, with room, on a disk that keeps what was written."""
    area = "data"
    if facts.state in ("foreign", "file"):
        is_what = "holds other things" if facts.state == "foreign" else "is a file"
        todo = "Choose a new or empty folder with --data."
        return [wrong(area, f"{facts.path} {is_what}.", todo)]
    found = []
    if facts.refused:
        todo = "Make it writable for the user that runs Holdfast, or choose another with --data."
        found.append(wrong(area, f"{facts.path} cannot be written: {facts.refused}.", todo))
    if not facts.owner_is_us:
        todo = "Start as its owner, or as root."
        found.append(doubtful(area, f"{facts.path} belongs to another user.", todo))
    found += _room(facts)
    if facts.file_system in _REMOTE:
        todo = "Use a disk of this machine: locks and durable writes are not sure over a network."
        found.append(wrong(area, f"{facts.path} lies on {facts.file_system}.", todo))
    elif facts.file_system in _FLEETING:
        todo = "Use a disk or a volume: what is there goes with the machine or the container."
        found.append(doubtful(area, f"{facts.path} lies on {facts.file_system}.", todo))
    if not found:
        used = "in use by a running Holdfast" if facts.is_in_use else "ready"
        found = [well(area, f"{facts.path} is {used} ({facts.file_system or 'a disk'}).")]
    return found


def of_server(facts: Server) -> list[Finding]:
    """The database: there, new enough, migrated, with room, its replicas near, its clock ours."""
    area = "database"
    if not facts.is_due:
        return [well(area, "There is none yet: `holdfast up` makes its own.")]
    if facts.error:
        todo = "Start it, or correct database.dsn; `holdfast up` starts its own server."
        return [wrong(area, f"It does not answer: {facts.error}.", todo)]
    found = [well(area, f"PostgreSQL {facts.version} answers.")]
    if facts.version < MIN_POSTGRES:
        found = [
            wrong(area, f"PostgreSQL {facts.version} is too old.", f"Use {MIN_POSTGRES} or newer.")
        ]
    if facts.due_migrations:
        due = _some(facts.due_migrations)
        found.append(wrong(area, f"Migrations are due: {due}.", "Run `holdfast migrate`."))
    if facts.connections >= USED_SHARE * facts.connections_limit:
        what = f"{facts.connections} of {facts.connections_limit} connections are in use."
        todo = "Raise max_connections, or lower database.pool_size."
        found.append(doubtful(area, what, todo))
    if facts.replicas < facts.replicas_wanted:
        what = f"{facts.replicas} of {facts.replicas_wanted} replicas follow the leader."
        todo = "See `holdfast cluster`: a lost replica is made anew by its guard."
        found.append(wrong(area, what, todo))
    if facts.replica_lag_bytes > LAG_BYTES:
        what = f"A replica is {facts.replica_lag_bytes >> 20} MB behind."
        found.append(doubtful(area, what, "Look at its disk and network."))
    if abs(facts.skew_s) > SKEW_S:
        what = f"Its clock is {facts.skew_s:+.1f} s against this machine's."
        judge = wrong if abs(facts.skew_s) > MAX_SKEW_S else doubtful
        found.append(judge("clock", what, "Let both follow the same time servers (NTP)."))
    return found


def of_programs(programs: Iterable[Program]) -> list[Finding]:
    """PostgreSQL, and what a cluster or the kernel path need."""
    return [
        wrong("programs", f"{one.name}: {one.error}", "Install it, or choose settings without it.")
        if one.error
        else well("programs", f"{one.name}: {one.found}.")
        for one in programs
    ]


def of_certificates(certificates: Iterable[Certificate], now: datetime) -> list[Finding]:
    """TLS files: readable, and valid for a while."""
    found = []
    for one in certificates:
        if one.error:
            found.append(wrong("tls", f"{one.name}: {one.error}", "Correct balancer.tls."))
        elif one.ends_at is not None:
            found.append(_lifetime(one.name, (one.ends_at - now).total_seconds()))
    return found


def of_secrets(files: Sequence[SecretFile]) -> list[Finding]:
    """Files with keys and tokens are read by their owner only."""
    open_ones = [one.path for one in files if one.mode & _OTHERS]
    strange = [one.path for one in files if not one.owner_is_us]
    found = []
    if open_ones:
        todo = "Run `chmod 600` on them; if others may have read them, make new ones."
        found.append(wrong("secrets", f"Others may read {_some(open_ones)}.", todo))
    if strange:
        todo = "Give them to the user that runs Holdfast (chown)."
        found.append(doubtful("secrets", f"Another user owns {_some(strange)}.", todo))
    if files and not found:
        found = [well("secrets", f"{len(files)} files with secrets, read by their owner only.")]
    return found


def _files(facts: Machine, connections: int, copies: int) -> Finding:
    """A process takes what it may have, so the hard limit counts."""
    most = clients_within(facts.files_hard, apart=FILES_APART, each=FILES_EACH)
    what = f"A balancer process may open {facts.files_hard} files, enough for {most} clients"
    many = f" ({copies} of them: {copies * most})" if copies > 1 else ""
    if most >= connections:
        return well("machine", f"{what}{many}; balancer.connections lets {connections} in.")
    todo = (
        "Raise the limit (ulimit -Hn, LimitNOFILE=), share the clients out (balancer.copies), or "
        "lower balancer.connections."
    )
    told = f"{what}{many}, not for the {connections} of balancer.connections: the rest is refused."
    return doubtful("machine", told, todo)


def _memory(free: int) -> Finding:
    what = f"{free >> 20} MB of memory are free."
    if free < MIN_MEMORY:
        return wrong("machine", what, "A fleet takes about 600 MB: free some, or add some.")
    if free < FEW_MEMORY:
        return doubtful("machine", what, "A fleet of one machine takes about 600 MB.")
    return well("machine", what)


def _clock(clock: datetime, synchronised: bool | None) -> Finding:
    shown = clock.strftime("%Y-%m-%d %H:%M:%S UTC")
    if not CLOCK_FROM <= clock.year < CLOCK_TO:
        return wrong("clock", f"It is said to be {shown}.", "Set the clock; use NTP.")
    if synchronised is False:
        todo = "Switch NTP on (timedatectl set-ntp true)."
        return doubtful("clock", f"Nobody keeps the clock ({shown}) right.", todo)
    return well("clock", f"It is {shown}.")


def _room(facts: Folder) -> list[Finding]:
    found = []
    if facts.free_bytes is not None and facts.free_bytes < FEW_FREE_BYTES:
        judge = wrong if facts.free_bytes < MIN_FREE_BYTES else doubtful
        what = f"{facts.free_bytes >> 20} MB are free where {facts.path} is."
        found.append(judge("data", what, "Make room: a full disk stops the database."))
    # File systems that make inodes as they need them say 0 of 0: that is None here.
    if facts.free_inodes is not None and facts.free_inodes < FEW_INODES:
        judge = wrong if facts.free_inodes < MIN_INODES else doubtful
        what = f"{facts.free_inodes} more files fit where {facts.path} is."
        found.append(judge("data", what, "Remove small files there, or use another disk."))
    return found


def _lifetime(name: str, left_s: float) -> Finding:
    days = int(left_s // 86_400)
    if left_s <= 0:
        return wrong("tls", f"The certificate of {name} has expired.", "Renew it now.")
    if left_s < SOON_S:
        return doubtful("tls", f"The certificate of {name} ends in {days} days.", "Renew it.")
    return well("tls", f"The certificate of {name} is valid for {days} days.")


def _some(names: Sequence[str], most: int = 4) -> str:
    """A list that fits in a sentence."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more

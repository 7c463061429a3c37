"""The law of cost: what the fleet's processes say they took, before and after a run.

They are asked at their ports of figures (`telemetry.targets`); what runs on other machines is not.
"""

import http.client
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from holdfast.platform.load.tally import Cost
from holdfast.platform.telemetry.targets import targets_in

ASK_S = 3.0
MAX_PAGE_BYTES = 4 << 20
CPU, SERVER_CPU = "process_cpu_seconds_total", "holdfast_database_cpu_seconds_total"
MEMORY, SERVER_MEMORY = "process_resident_memory_bytes", "holdfast_database_memory_bytes"
FILES, MOST_FILES = "process_open_fds", "process_max_fds"
_NUMBER = re.compile(r"-\d+$")
_SAMPLE = re.compile(r"^([a-z_]+) (\S+)$", re.M)


@dataclass(frozen=True, slots=True)
class Look:
    """One moment: processor seconds and bytes of each process, and of this one; open descriptors
    and how many there may be; `many`: whoever is several processes."""

    cpu_s: Mapping[str, float]
    memory: Mapping[str, float]
    own_cpu_s: float
    files: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    many: frozenset[str] = frozenset()


def look(data: Path) -> Look:
    """Ask all processes of a data folder; those that do not answer are left out."""
    cpu: dict[str, float] = {}
    memory: dict[str, float] = {}
    files: dict[str, tuple[int, int]] = {}
    many = set()
    for target in targets_in(data):
        with suppress(OSError, http.client.HTTPException, ValueError):
            found = dict(_SAMPLE.findall(_page(target.address, target.path)))
            cpu[target.process] = float(found[CPU]) + float(found.get(SERVER_CPU, 0))
            memory[target.process] = float(found[MEMORY]) + float(found.get(SERVER_MEMORY, 0))
            files[target.process] = (int(float(found[FILES])), int(float(found[MOST_FILES])))
            if SERVER_CPU in found:
                many.add(target.process)
    return Look(cpu, memory, time.process_time(), files, frozenset(many))


def cost(before: Look, after: Look) -> Cost:
    """What happened between two looks."""
    both = [name for name in after.cpu_s if name in before.cpu_s]
    return Cost(
        {name: max(0.0, after.cpu_s[name] - before.cpu_s[name]) for name in both},
        after.memory,
        after.own_cpu_s - before.own_cpu_s,
        after.files,
        after.many,
    )


def growth(calm: Look, full: Look) -> dict[str, float]:
    """How many bytes each kind of process holds more than before, all of a kind together."""
    grown: dict[str, float] = {}
    for name in full.memory.keys() & calm.memory.keys():
        kind = _NUMBER.sub("", name)
        grown[kind] = grown.get(kind, 0.0) + full.memory[name] - calm.memory[name]
    return grown


def _page(address: str, path: str) -> str:
    line = http.client.HTTPConnection(address, timeout=ASK_S)
    try:
        line.request("GET", path)
        return line.getresponse().read(MAX_PAGE_BYTES).decode("utf-8", "replace")
    finally:
        line.close()

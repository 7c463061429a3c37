"""The law of cost: what the fleet's processes say they took, before and after a run.

They are asked at their ports of figures (`telemetry.targets`); what runs on other machines is not.
"""

import http.client
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from holdfast.platform.load.tally import Cost
from holdfast.platform.telemetry.targets import targets_in

ASK_S = 3.0
MAX_PAGE_BYTES = 4 << 20
CPU, SERVER_CPU = "process_cpu_seconds_total", "holdfast_database_cpu_seconds_total"
MEMORY, SERVER_MEMORY = "process_resident_memory_bytes", "holdfast_database_memory_bytes"
_SAMPLE = re.compile(r"^([a-z_]+) (\S+)$", re.M)


@dataclass(frozen=True, slots=True)
class Look:
    """One moment: processor seconds and bytes of each process, and of this one."""

    cpu_s: Mapping[str, float]
    memory: Mapping[str, float]
    own_cpu_s: float


def look(data: Path) -> Look:
    """Ask all processes of a data folder; those that do not answer are left out."""
    cpu: dict[str, float] = {}
    memory: dict[str, float] = {}
    for target in targets_in(data):
        with suppress(OSError, http.client.HTTPException, ValueError):
            found = dict(_SAMPLE.findall(_page(target.address, target.path)))
            cpu[target.process] = float(found[CPU]) + float(found.get(SERVER_CPU, 0))
            memory[target.process] = float(found[MEMORY]) + float(found.get(SERVER_MEMORY, 0))
    return Look(cpu, memory, time.process_time())


def cost(before: Look, after: Look) -> Cost:
    """What happened between two looks."""
    both = [name for name in after.cpu_s if name in before.cpu_s]
    return Cost(
        {name: max(0.0, after.cpu_s[name] - before.cpu_s[name]) for name in both},
        after.memory,
        after.own_cpu_s - before.own_cpu_s,
    )


def _page(address: str, path: str) -> str:
    line = http.client.HTTPConnection(address, timeout=ASK_S)
    try:
        line.request("GET", path)
        return line.getresponse().read(MAX_PAGE_BYTES).decode("utf-8", "replace")
    finally:
        line.close()

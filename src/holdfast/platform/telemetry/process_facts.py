"""The law of facts: what the system knows of this process, asked for when a page is made."""

import os
import resource
from pathlib import Path

from holdfast.platform.telemetry.figures import ProcessFacts


def process_facts(started_at: float) -> ProcessFacts:
    """What the system knows of this process; zeros where there is no /proc."""
    times = os.times()
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        resident = pages * os.sysconf("SC_PAGE_SIZE")
        files = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  names only, no Path for each
    except (OSError, ValueError, IndexError):
        resident, files = 0, 0
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return ProcessFacts(started_at, times.user + times.system, resident, files, most)

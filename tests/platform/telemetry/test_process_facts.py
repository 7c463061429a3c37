"""What the system knows of a process is asked of the system."""

import os
import time

from holdfast.platform.telemetry.process_facts import process_facts


def test_a_process_that_works_and_opens_files_says_so() -> None:
    before = process_facts(3.0)
    read_end, write_end = os.pipe()
    try:
        until = time.process_time() + 0.02
        while time.process_time() < until:
            pass
        after = process_facts(3.0)
    finally:
        os.close(read_end)
        os.close(write_end)
    assert after.open_files == before.open_files + 2
    assert after.cpu_s > before.cpu_s
    assert after.resident_bytes > 1_000_000
    assert after.most_files >= after.open_files
    assert after.started_at == 3.0

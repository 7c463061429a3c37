"""A place for packet programs (bpffs) of a test's own, where this machine takes such at all."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from holdfast.platform.balancer.packets import calls
from holdfast.platform.balancer.packets.calls import Hook
from holdfast.platform.balancer.packets.code import Code


@contextmanager
def packet_programs() -> Iterator[Path]:
    """A folder where programs get names; skips where the kernel or the user's rights are not
    enough."""
    if os.geteuid():
        pytest.skip("packet programs need root")
    code = Code()
    code.leave(-1)
    try:
        os.close(calls.load(code.assembled(), Hook.INGRESS, "probe"))
    except (OSError, calls.Refused) as error:
        pytest.skip(f"this kernel takes no packet programs: {error}")
    with tempfile.TemporaryDirectory() as place:
        subprocess.run(["mount", "-t", "bpf", "bpf", place], check=True)
        try:
            yield Path(place)
        finally:
            subprocess.run(["umount", place], check=True)

"""Compiles the relay's fast path when Holdfast is installed or packed, if there is a C compiler.

It is optional: without a compiler, without Python's headers, or on another system than Linux,
Holdfast is installed all the same, and its balancer relays every connection in Python. The reason
is printed; `FAST_PATH_BUILD=required` makes it an error, `no` leaves it out.
"""

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCE = Path("src/holdfast/platform/balancer/_fast_path.c")
BUILT = SOURCE.with_name("_fast_path.abi3.so")
"""For every Python from 3.11 on."""
FLAGS = ("-std=gnu11", "-O2", "-Wall", "-Wextra", "-fPIC", "-fstack-protector-strong", "-shared")


class FastPathHook(BuildHookInterface):  # type: ignore[type-arg]
    """What hatchling calls before it builds."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and say so in the wheel's tag."""
        if self.target_name != "wheel":
            return
        why = compile_in(Path(self.root))
        if why is None:
            build_data["artifacts"].append(f"/{BUILT}")
            build_data["pure_python"] = False
            platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
            build_data["tag"] = f"cp311-abi3-{platform}"
            return
        Path(self.root, BUILT).unlink(missing_ok=True)
        self.app.display_warning(f"the relay's fast path is not compiled: {why}")


def compile_in(root: Path) -> str | None:
    """Compile the fast path where its source is; why that could not be, if so."""
    wish = os.environ.get("FAST_PATH_BUILD", "")  # not HOLDFAST_...: these are settings
    why = "it was not wanted" if wish == "no" else _compile(root)
    if why is not None and wish == "required":
        raise RuntimeError(f"the relay's fast path cannot be compiled: {why}")
    return why


def _compile(root: Path) -> str | None:
    if sys.platform != "linux":
        return "it is for Linux"
    compiler = shlex.split(os.environ.get("CC") or "cc")
    if shutil.which(compiler[0]) is None:
        return "there is no C compiler"
    headers = sysconfig.get_path("include")
    if not Path(headers, "Python.h").exists():
        return f"Python's headers are not in {headers}"
    source = root / SOURCE
    known_by = f'-DFINGERPRINT="{hashlib.sha256(source.read_bytes()).hexdigest()}"'
    command = [*compiler, *FLAGS, known_by, f"-I{headers}", str(source), "-o", str(root / BUILT)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  ours
    return None if ran.returncode == 0 else ran.stderr.strip()[-2000:] or "the compiler failed"

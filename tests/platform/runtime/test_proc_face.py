"""A process shows the command line and the environment that it was given."""

import json
import subprocess
import sys

import pytest

from holdfast.platform.runtime.nursery import is_possible
from tests.support.nurseries import own_environment

pytestmark = pytest.mark.skipif(not is_possible(), reason="this is Linux's way")

SCRIPT = """
import json, os, subprocess, sys
from holdfast.platform.runtime.proc_face import look_like
look_like(json.loads(sys.argv[1]), json.loads(sys.argv[2]))
filling = [bytes(1000) for _ in range(20_000)]  # the heap still grows
assert subprocess.run(["/bin/true"]).returncode == 0
for name in ("cmdline", "environ"):
    print(json.dumps(os.fsdecode(open(f"/proc/self/{name}", "rb").read())))
"""


@pytest.mark.parametrize(
    ("argv", "environment"),
    [
        (["holdfast", "run", "node"], {"A": "1", "HOLDFAST_X": ""}),
        (["x" * 50_000, "ü"], {"LONG": "y" * 50_000}),
        (["alone"], {}),
    ],
    ids=["short", "long", "without an environment"],
)
def test_both_are_shown_whole_to_everybody(argv: list[str], environment: dict[str, str]) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT, json.dumps(argv), json.dumps(environment)],
        capture_output=True,
        text=True,
        env=own_environment(),
        timeout=30,
        check=True,
    )
    line, pairs = (json.loads(each) for each in ran.stdout.splitlines())
    assert line == "".join(f"{word}\0" for word in argv)
    assert pairs == "".join(f"{name}={text}\0" for name, text in environment.items())


def test_orphans_come_to_whoever_adopts_them_and_only_meanwhile() -> None:
    script = """
import os
from holdfast.platform.runtime.proc_face import adopt_orphans
def orphaned():
    told, telling = os.pipe()
    if (between := os.fork()) == 0:
        if (pid := os.fork()) == 0:
            os._exit(5)
        os.write(telling, str(pid).encode())
        os._exit(0)
    os.waitpid(between, 0)
    return int(os.read(told, 32))
adopt_orphans(True)
assert os.waitstatus_to_exitcode(os.waitpid(orphaned(), 0)[1]) == 5
adopt_orphans(False)
try:
    os.waitpid(orphaned(), 0)
except ChildProcessError:
    print("not ours")
"""
    ran = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env=own_environment(),
        timeout=30,
        check=True,
    )
    assert ran.stdout == "not ours\n"

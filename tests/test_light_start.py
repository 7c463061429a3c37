"""A declaration costs nothing: names, help texts and settings load no part that works.

Every typed command and every process of a fleet begins with the command line, and pays for what it
imports before it does anything. Each of these runs an interpreter of its own and looks at what is
loaded in the end.
"""

import subprocess
import sys

import pytest

HEAVY = (
    "argon2",
    "asyncio",
    "asyncpg",
    "click",
    "cryptography",
    "h11",
    "httpx",
    "jinja2",
    "joserfc",
    "msgspec",
    "rich",
    "ssl",
    "starlette",
    "subprocess",
    "uvicorn",
    "uvloop",
)
"""What serves, asks, stores or draws."""
WORKING = ("wire", "service", "pages")
"""Shelves of an app that no declaration needs."""
RUN = """
import sys
from holdfast.cli import run
try:
    run(sys.argv[1:])
except SystemExit:
    pass
print("|".join(sys.modules), file=sys.stderr)
"""


def loaded(*words: str) -> frozenset[str]:
    """The modules that a command of the command line has loaded when it ends."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, *words],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return frozenset(done.stderr.splitlines()[-1].split("|"))


@pytest.mark.parametrize(
    "words",
    [
        ("--help",),
        ("config",),
        ("run", "balancer", "--help"),
        ("flights", "search", "--help"),
        ("student", "--help"),
        ("cluster", "status", "--help"),
    ],
    ids=" ".join,
)
def test_words_and_settings_load_nothing_that_works(words: tuple[str, ...]) -> None:
    modules = loaded(*words)
    assert "holdfast.cli" in modules
    assert sorted(modules.intersection(HEAVY)) == []
    shelves = [
        name
        for name in modules
        if name.startswith("holdfast.") and set(name.split(".")[2:3]) & set(WORKING)
    ]
    assert sorted(shelves) == []

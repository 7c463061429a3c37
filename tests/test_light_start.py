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
LOAD = """
import importlib, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
print("|".join(sys.modules), file=sys.stderr)
"""


def ends_with(program: str, *words: str) -> frozenset[str]:
    """The modules that a program has loaded when it ends."""
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
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
    modules = ends_with(RUN, *words)
    assert "holdfast.cli" in modules
    assert sorted(modules.intersection(HEAVY)) == []
    shelves = [
        name
        for name in modules
        if name.startswith("holdfast.") and set(name.split(".")[2:3]) & set(WORKING)
    ]
    assert sorted(shelves) == []


NODE = (
    "holdfast.grading.domain.scenarios",
    "holdfast.grading.entrypoints.node",
    "holdfast.grading.store.remote",
    "holdfast.grading.wiring.processes",
)
FIRST_START = ("holdfast.grading.wiring.prepare", "holdfast.grading.wiring.store")
SEATS = ("holdfast.flights.wiring.processes", "holdfast.flights.wiring.sites.seats")
SELLING = (
    "holdfast.flights.entrypoints.search_api",
    "holdfast.flights.service.hold_and_book",
    "holdfast.flights.service.search_offers",
    "holdfast.flights.service.snapshot",
)
DATABASE, WEB = ("asyncpg",), ("jinja2", "starlette", "uvicorn", "holdfast.grading.pages")
BALANCER = ("holdfast.platform.balancer.process",)


@pytest.mark.parametrize(
    ("modules", "unused"),
    [
        (BALANCER, ("asyncio", "httpx", *DATABASE, *WEB)),
        (NODE, (*DATABASE, *WEB, "holdfast.flights")),
        (FIRST_START, (*WEB, "holdfast.flights")),
        (SEATS, (*SELLING, "httpx", "jinja2", "holdfast.flights.pages", "holdfast.grading")),
    ],
    ids=["balancer", "node", "first start of grading", "seats"],
)
def test_a_process_loads_nothing_of_what_others_do(
    modules: tuple[str, ...], unused: tuple[str, ...]
) -> None:
    assert sorted(ends_with(LOAD, *modules).intersection(unused)) == []

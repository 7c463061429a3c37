"""What a nursery imports for the processes: all that they need, and nothing that is one process's.

A module that makes an id, a clock's reading or dice when it is imported would give them to all
processes alike: the same values are looked for in two interpreters.
"""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from holdfast.apps import APPS
from holdfast.cli import SECTIONS
from holdfast.platform.runtime.app import App
from holdfast.platform.runtime.config import Effective
from holdfast.up import nursery_of
from tests.support.nurseries import own_environment
from tests.support.processes import SOURCE

LOOK = """
import itertools, json, random, sys
from importlib import import_module
from pathlib import Path
for module in json.loads(sys.argv[1]):
    import_module(module)
own = {n: vars(m) for n, m in sys.modules.items() if n.split(".")[0] == "holdfast"}
plain = (str, bytes, int, float)
print(json.dumps({
    "modules": sorted(sys.modules),
    "values": {f"{n}.{k}": repr(v) for n, names in own.items() for k, v in names.items()
               if isinstance(v, plain) and not k.startswith("__")},
    "dice": [f"{n}.{k}" for n, names in own.items() for k, v in names.items()
             if isinstance(v, random.Random)],
    "threads": len(list(Path("/proc/self/task").iterdir())),
    "files": len(list(Path("/proc/self/fd").iterdir())) - 1,
}))
"""


def effective() -> Effective:
    """The default settings."""
    sections = {**SECTIONS, **{name: s for app in APPS for name, s in app.sections.items()}}
    return Effective.load(sections, environment={})


def modules_of(*apps: App) -> tuple[str, ...]:
    """What a nursery of these apps imports."""
    plan = nursery_of(effective(), apps)
    assert plan is not None
    return plan.modules


@cache
def looked(modules: Sequence[str], _time: int = 0) -> dict[str, object]:
    """A fresh interpreter that has imported them."""
    ran = subprocess.run(
        [sys.executable, "-c", LOOK, json.dumps([m for m in modules if _is_there(m)])],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=own_environment(),
        timeout=100,
        check=True,
    )
    found: dict[str, object] = json.loads(ran.stdout)
    return found


def _is_there(module: str) -> bool:
    """All but what is not installed on every system."""
    return find_spec(module.partition(".")[0]) is not None


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")
def test_what_is_imported_starts_no_thread_and_opens_nothing() -> None:
    found = looked(modules_of(*APPS))
    assert found["threads"] == 1
    assert found["files"] == 3


def test_nothing_that_is_imported_makes_what_only_one_process_may_have() -> None:
    one, two = looked(modules_of(*APPS)), looked(modules_of(*APPS), 1)
    assert one is not two
    assert one["values"] == two["values"]
    assert len(str(one["values"])) > 10_000
    assert one["dice"] == []


def test_what_the_processes_import_when_they_run_is_imported_before() -> None:
    there = looked(modules_of(*APPS))["modules"]
    assert isinstance(there, list)
    wirings = [SOURCE / "holdfast" / app.name / "wiring" / "processes.py" for app in APPS]
    balancer = SOURCE / "holdfast/platform/balancer/process.py"
    gateway = SOURCE / "holdfast/platform/gateway/process.py"
    for path in [*wirings, balancer, gateway]:
        assert set(_inner_imports(path)) <= set(there), path


def test_every_process_says_what_it_imports() -> None:
    for app in APPS:
        for process in app.processes:
            assert process.imports, process.name
            for module in process.imports:
                assert find_spec(module) is not None, module


def test_an_app_that_does_not_run_here_is_not_imported_but_for_its_declaration() -> None:
    for app in APPS:
        others = [other.name for other in APPS if other is not app]
        assert not [m for m in modules_of(app) for o in others if m.startswith(f"holdfast.{o}")]


def test_nobody_has_to_have_one() -> None:
    assert (
        nursery_of(effective().with_values({"fleet.nursery": False}, origin="test"), APPS) is None
    )


def test_no_module_reads_the_environment_when_it_is_imported() -> None:
    for path in sorted(SOURCE.rglob("*.py")):
        for node in _outside_of_functions(ast.parse(path.read_text(encoding="utf-8"))):
            assert not isinstance(node, ast.Attribute) or node.attr not in ("environ", "getenv"), (
                f"{os.path.relpath(path, SOURCE)}:{node.lineno}"
            )


def _inner_imports(path: Path) -> Iterable[str]:
    """The modules that functions of a file import."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    for function in functions:
        for node in ast.walk(function):
            if isinstance(node, ast.ImportFrom) and node.module:
                yield node.module


def _outside_of_functions(tree: ast.AST) -> Iterable[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node
            yield from _outside_of_functions(node)

"""The house stays tidy: budgets, names, laws and mirrors of style, held as tests.

A module that needs an exception argues it in `EXCEPTIONS`, beside its reason.
"""

import ast
import re
import statistics
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src" / "holdfast"
MODULES = sorted(SRC.rglob("*.py"))
TEST_FILES = sorted((ROOT / "tests").rglob("test_*.py"))

MAX_MODULE_LINES = 500
MAX_MEDIAN_MODULE_LINES = 150
MAX_FUNCTION_LINES = 60
USUAL_FUNCTION_LINES = 40
USUAL_SHARE = 0.95
MAX_POSITIONAL = 5
MAX_NESTING = 3
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|NotImplemented(Error)?)\b")
FOREIGN = re.compile(r"pypi\.org|pythonhosted|registry\.npmjs|deb\.debian\.org|/work/|/root/")

# module -> test files that cover it under another name, with the reason
MIRRORED_ELSEWHERE: dict[str, str] = {}

Function = ast.FunctionDef | ast.AsyncFunctionDef
BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.With, ast.AsyncWith, ast.Try, ast.Match)


def name_of(path: Path) -> str:
    return str(path.relative_to(SRC))


def functions(tree: ast.AST) -> Iterator[Function]:
    return (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))


def length(function: Function) -> int:
    assert function.end_lineno is not None
    return function.end_lineno - function.lineno + 1


def nesting(node: ast.AST, depth: int = 0, *, is_elif: bool = False) -> int:
    """The deepest block inside `node`; an elif counts as its if, an inner function from zero."""
    here = depth + 1 if isinstance(node, BLOCKS) and not is_elif else depth
    deepest = here
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        chained = isinstance(node, ast.If) and node.orelse == [child] and isinstance(child, ast.If)
        deepest = max(deepest, nesting(child, here, is_elif=chained))
    return deepest


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_is_short_and_opens_with_its_law(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MAX_MODULE_LINES
    law = ast.get_docstring(ast.parse(text))
    assert law, "every module opens with its law"
    if path.name != "__init__.py":
        assert len(law.splitlines()) <= 24, "a law is short"


def test_the_median_module_is_short() -> None:
    sizes = [len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES]
    assert statistics.median(sizes) <= MAX_MEDIAN_MODULE_LINES


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_function_fits_on_a_screen(path: Path) -> None:
    for function in functions(parse(path)):
        where = f"{name_of(path)}:{function.lineno} {function.name}"
        assert length(function) <= MAX_FUNCTION_LINES, where
        positional = [*function.args.posonlyargs, *function.args.args]
        named = [a for a in positional if a.arg not in ("self", "cls")]
        assert len(named) <= MAX_POSITIONAL, where
        assert nesting(function) <= MAX_NESTING, where


def test_nearly_all_functions_are_shorter_still() -> None:
    lengths = [length(function) for path in MODULES for function in functions(parse(path))]
    share = sum(n <= USUAL_FUNCTION_LINES for n in lengths) / len(lengths)
    assert share >= USUAL_SHARE, f"{share:.3f}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_public_things_say_what_they_are(path: Path) -> None:
    for node in parse(path).body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{name_of(path)}:{node.lineno} {node.name}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_names_say_what_is_inside(path: Path) -> None:
    assert not FORBIDDEN_NAMES & {part.removesuffix(".py") for part in path.parts}


def tracked() -> list[Path]:
    """Files that git knows or would take: caches and data are none of them."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = [ROOT / line for line in listed.stdout.splitlines()]
    return [path for path in paths if path.is_file() and path != Path(__file__)]


def test_nothing_unfinished_and_nothing_of_one_machine_is_in_the_tree() -> None:
    for path in tracked():
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not UNFINISHED.search(text), path
        assert not FOREIGN.search(text), path


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_has_a_test_file_of_its_name(path: Path) -> None:
    if path.name in ("__init__.py", "__main__.py"):
        return
    relative = path.relative_to(SRC)
    if name_of(path) in MIRRORED_ELSEWHERE:
        assert (ROOT / MIRRORED_ELSEWHERE[name_of(path)]).exists()
        return
    mirror = ROOT / "tests" / relative.parent / f"test_{relative.stem.lstrip('_')}.py"
    assert mirror.exists(), f"{name_of(path)} wants {mirror.relative_to(ROOT)}"


def promises() -> list[Path]:
    pages = (ROOT / "docs" / "reference").glob("*.md")
    return sorted(page for page in pages if page.stem not in ("performance", "index"))


@pytest.mark.parametrize("page", promises(), ids=lambda page: page.stem)
def test_a_promise_has_a_test_file_of_its_name(page: Path) -> None:
    wanted = f"test_{page.stem.replace('-', '_')}.py"
    assert any(path.name == wanted for path in TEST_FILES), wanted


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_has_hashes_and_names_no_index(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "--hash=sha256:" in text
    assert "index-url" not in text
    assert "://" not in text


def test_every_dependency_has_a_line_in_the_decisions() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    decisions = "\n".join(
        page.read_text(encoding="utf-8") for page in (ROOT / "docs" / "decisions").glob("*.md")
    )
    block = re.search(r"^dependencies = \[(.*?)^\]", project, re.S | re.M)
    extra = re.search(r"^dev = \[(.*?)^\]", project, re.S | re.M)
    assert block
    assert extra
    for name in re.findall(r'"([A-Za-z0-9_-]+)', block.group(1) + extra.group(1)):
        assert f"`{name}`" in decisions, f"{name} has no line in docs/decisions"

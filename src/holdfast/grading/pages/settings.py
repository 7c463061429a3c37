"""The law of settings shown: the course's numbers with the words their declaration gives them.

`Rules` explains each number in the text below its field; that text is read from the source, so a
page and the code cannot say different things. A test's page shows the numbers its code names.
"""

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from functools import cache
from types import CodeType, FunctionType
from typing import Any

from holdfast.grading.domain.rules import Rules
from holdfast.grading.pages.words import duration_words, number_words

MAX_DEPTH = 6
"""How far calls are followed from a scenario's body: scenarios are shallow."""
SCENARIOS = "holdfast.grading.domain.scenarios"
"""Classes are followed only there: the engine's own are the same for all tests."""
SCALED = {"lease_s", "renew_min_s", "lease_test_s"}
"""What the practice factor shortens; `Rules` has a `_scaled_s` property for each."""
_MARKS = re.compile(r"\s*\[[?I]\]")


@dataclass(frozen=True, slots=True)
class SettingLine:
    """One setting: its name, its effective value in words and what it is for."""

    name: str
    value: str
    meaning: str


def settings_lines(rules: Rules, names: frozenset[str] | None = None) -> tuple[SettingLine, ...]:
    """The settings called `names` (or all of them), in their order."""
    meanings = _meanings()
    return tuple(
        SettingLine(field.name, value_words(rules, field.name), meanings.get(field.name, ""))
        for field in fields(Rules)
        if names is None or field.name in names
    )


def value_words(rules: Rules, name: str) -> str:
    """The effective value: durations in words, scaled ones by the practice factor."""
    value = getattr(rules, name)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int | float):
        return str(value)
    if not name.endswith("_s"):
        return number_words(value)
    if name in SCALED and rules.time_scale != 1.0:
        return f"{duration_words(value * rules.time_scale)} (instead of {duration_words(value)})"
    return duration_words(value)


def settings_named_by(play: Callable[..., Any]) -> frozenset[str]:
    """The settings a scenario's code names, in its body or in what that calls."""
    known = {field.name for field in fields(Rules)}
    used = {name for code in _codes(play, MAX_DEPTH, set()) for name in code.co_names}
    scaled = {name for name in SCALED if f"{name.removesuffix('_s')}_scaled_s" in used}
    found = used & known | scaled
    return frozenset(found | {"time_scale"} if scaled else found)


def _codes(play: object, depth: int, seen: set[int]) -> Iterator[CodeType]:
    if depth == 0 or id(play) in seen:
        return
    seen.add(id(play))
    if isinstance(play, type) and play.__module__.startswith(SCENARIOS):
        for member in vars(play).values():
            yield from _codes(member, depth - 1, seen)
    if not isinstance(play, FunctionType):
        return
    for code in _nested(play.__code__):
        yield code
        for name in code.co_names:
            yield from _codes(play.__globals__.get(name), depth - 1, seen)


def _nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _nested(constant)


@cache
def _meanings() -> dict[str, str]:
    """Field name to the text below it in the source of `Rules`; empty without its source."""
    try:
        tree = ast.parse(inspect.getsource(Rules))
    except OSError:
        return {}
    declaration = tree.body[0]
    assert isinstance(declaration, ast.ClassDef)
    found = {}
    for before, after in zip(declaration.body, declaration.body[1:], strict=False):
        if not (isinstance(before, ast.AnnAssign) and isinstance(before.target, ast.Name)):
            continue
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            found[before.target.id] = _MARKS.sub("", inspect.cleandoc(str(after.value.value)))
    return found

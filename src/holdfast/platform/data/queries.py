"""The law of SQL text: it lives in `queries.sql` files, each statement with a name and a reason.

A statement begins with `-- name: open_attempt`; the comment lines that follow are its
documentation; the rest, to the next name, is one SQL statement with `$1, $2` parameters.
"""

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable

_NAME = re.compile(r"--\s*name:\s*(\S+)\s*")
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]*")
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/|(\$\w*\$).*?\1", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement with its name (it appears in errors) and its documentation."""

    name: str
    sql: str
    doc: str = field(default="", compare=False)


class Queries(Mapping[str, Statement]):
    """The statements of one `queries.sql`: `queries.open_attempt` or `queries["open_attempt"]`."""

    __slots__ = ("_statements",)

    def __init__(self, statements: Mapping[str, Statement]) -> None:
        self._statements = dict(statements)

    def __getitem__(self, name: str) -> Statement:
        return self._statements[name]

    def __getattr__(self, name: str) -> Statement:
        if name.startswith("_"):
            raise AttributeError(name)
        found = self._statements.get(name)
        if found is None:
            near = difflib.get_close_matches(name, self._statements, n=1)
            hint = f"; did you mean {near[0]}" if near else ""
            raise AttributeError(f"no statement is named {name}{hint}")
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._statements)

    def __len__(self) -> int:
        return len(self._statements)


def load(resource: Traversable) -> Queries:
    """The statements of a `queries.sql` file (a `Path` or a package resource)."""
    return parse(resource.read_text(encoding="utf-8"), source=resource.name)


def parse(text: str, *, source: str = "queries.sql") -> Queries:
    """The statements in `text`; `ValueError` names the source and line of what is wrong."""
    statements: dict[str, Statement] = {}
    name: str | None = None
    lines: list[str] = []

    def keep() -> None:
        if name is not None:
            statements[name] = _statement(name, lines, source)

    for number, line in enumerate(text.splitlines(), start=1):
        match = _NAME.fullmatch(line.strip())
        if match is None:
            if name is None and line.strip() and not line.lstrip().startswith("--"):
                raise ValueError(f"{source}:{number}: SQL before the first `-- name:`")
            lines.append(line)
            continue
        keep()
        name, lines = match.group(1), []
        if not _IDENTIFIER.fullmatch(name):
            raise ValueError(f"{source}:{number}: {name} is not a lower_case name")
        if name in statements:
            raise ValueError(f"{source}:{number}: {name} is there twice")
    keep()
    return Queries(statements)


def _statement(name: str, lines: list[str], source: str) -> Statement:
    doc = []
    rest = list(lines)
    while rest and (not rest[0].strip() or rest[0].lstrip().startswith("--")):
        doc.append(rest.pop(0).strip().removeprefix("--").strip())
    sql = "\n".join(rest).strip().removesuffix(";").strip()
    if not sql:
        raise ValueError(f"{source}: {name} has no SQL")
    if ";" in _QUOTED.sub("", sql):
        raise ValueError(f"{source}: {name} holds more than one statement")
    return Statement(name, sql, "\n".join(doc).strip())

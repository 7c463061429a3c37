"""The law of routing: an address leads to one operation for each method, with or without a slash.

PURE. Addresses are a tree of their parts, so finding one costs its length, not the number of
operations. A part that is written out wins over a `{name}`, for all methods: so the OpenAPI page
reads, too.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

MAX_PARTS = 12
"""Parts of an address; ours have seven at most."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """What serves the address, and the parts that stand for its `{name}`s."""

    target: T
    path: dict[str, str]


@dataclass(frozen=True, slots=True)
class WrongMethod:
    """The address is there, for these methods."""

    allowed: tuple[str, ...]


@dataclass(slots=True)
class _Node(Generic[T]):
    children: "dict[str, _Node[T]]" = field(default_factory=dict)
    any_part: "_Node[T] | None" = None
    targets: dict[str, tuple[T, tuple[str, ...]]] = field(default_factory=dict)


class Routes(Generic[T]):
    """Targets by method and path template, such as `/air/offers/{id}`."""

    def __init__(self, targets: Iterable[tuple[str, str, T]]) -> None:
        """`targets`: method, template, target. Two for one address are an error of the program."""
        self._root: _Node[T] = _Node()
        self._plain: dict[tuple[str, str], Found[T]] = {}
        for method, template, target in targets:
            self._add(method, template, target)

    def find(self, method: str, path: str) -> Found[T] | WrongMethod | None:
        """Who serves it; `HEAD` is served by `GET`."""
        wanted = "GET" if method == "HEAD" else method
        plain = self._plain.get((wanted, path))
        if plain is not None:
            return plain
        parts = _parts(path)
        if len(parts) > MAX_PARTS:
            return None
        return self._straight(wanted, parts) or self._around(wanted, parts)

    def _straight(self, wanted: str, parts: list[str]) -> Found[T] | None:
        """The usual way: at each part what is written out, or else what stands for any."""
        node, values = self._root, []
        for part in parts:
            child = node.children.get(part)
            if child is None:
                child = node.any_part
                if child is None or not part:
                    return None
                values.append(part)
            node = child
        known = node.targets.get(wanted)
        return Found(known[0], dict(zip(known[1], values, strict=True))) if known else None

    def _around(self, wanted: str, parts: list[str]) -> Found[T] | WrongMethod | None:
        """All ways, for addresses that the beginning of another one hides; and wrong methods."""
        for node, values in _walk(self._root, parts, 0, ()):
            known = node.targets.get(wanted)
            if known is not None:
                target, names = known
                return Found(target, dict(zip(names, values, strict=True)))
            if node.targets:
                return _wrong_method(node.targets)
        return None

    def _add(self, method: str, template: str, target: T) -> None:
        node = self._root
        names: list[str] = []
        for part in _parts(template):
            if part.startswith("{"):
                names.append(part[1:-1])
                node.any_part = node.any_part or _Node()
                node = node.any_part
            else:
                node = node.children.setdefault(part, _Node())
        assert method not in node.targets, f"{method} {template} is declared twice"
        node.targets[method] = (target, tuple(names))
        if not names:
            self._plain[method, template] = Found(target, {})


def _parts(path: str) -> list[str]:
    """The parts of a path; one slash at its end means nothing, an empty part is a part."""
    return path.removeprefix("/").removesuffix("/").split("/")


def _walk(
    node: _Node[T], parts: list[str], at: int, values: tuple[str, ...]
) -> "Iterable[tuple[_Node[T], tuple[str, ...]]]":
    """All nodes that the parts may mean, the most literal first."""
    if at == len(parts):
        yield node, values
        return
    part = parts[at]
    if part in node.children:
        yield from _walk(node.children[part], parts, at + 1, values)
    if node.any_part is not None and part:
        yield from _walk(node.any_part, parts, at + 1, (*values, part))


def _wrong_method(allowed: Iterable[str]) -> WrongMethod:
    methods = {*allowed, "HEAD"} if "GET" in allowed else set(allowed)
    return WrongMethod(tuple(sorted(methods)))

"""The law of one setting: how a key is declared, and how text becomes its value.

A section is a frozen dataclass; its fields are the keys. Text comes from flags, the environment
and files; it is parsed here once, and whoever holds a section holds checked values. A key that
ends in `_s` is a duration in seconds and also understands `250ms`, `90s`, `5m`, `1h30m`, `2d`.
"""

import json
import math
import re
import types
from collections.abc import Sequence
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")

_UNITS_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+")
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_TRUE = frozenset({"true", "yes", "on", "1"})
_FALSE = frozenset({"false", "no", "off", "0"})
_SECRET_NAME = re.compile(r"(^|_)(password|secret|token|pin)$")
_PASSWORD_IN_URL = re.compile(r"(?<=://)([^/@\s]*?):([^/\s]*)@")
_PASSWORD_IN_QUERY = re.compile(r"(?<=[?&\s]password=)[^&\s]*")


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a key besides its type: a line of help, bounds, whether it is secret, and
    whether the balancer takes a new value over while it runs (`live`)."""

    help: str = ""
    minimum: float | None = None
    maximum: float | None = None
    secret: bool = False
    live: bool = False


def setting(
    default: T,
    help: str,  # noqa: A002  the word everybody looks for
    *,
    minimum: float | None = None,
    maximum: float | None = None,
    secret: bool = False,
    live: bool = False,
) -> T:
    """Declare a key of a section: `lease_s: float = setting(300.0, "Length of a lease.")`.

    Bounds are inclusive and hold for numbers only. Plain dataclass fields are keys as well.
    """
    facts = Facts(help, minimum, maximum, secret, live)
    return field(default=default, metadata={"setting": facts})


@dataclass(frozen=True, slots=True)
class Key:
    """One key: `section.name`, its type, default and facts."""

    section: str
    name: str
    kind: Any  # a type form: int, str | None, tuple[str, ...], Literal["a", "b"]
    default: object
    facts: Facts

    @property
    def dotted(self) -> str:
        return f"{self.section}.{self.name}"

    @property
    def variable(self) -> str:
        return f"HOLDFAST_{self.section}_{self.name}".upper()

    @property
    def is_flag(self) -> bool:
        """Whether the key is a plain yes or no."""
        return self.kind is bool

    def parse(self, text: str) -> object:
        """The value that `text` (a flag, a variable) stands for; `ValueError` says what is due."""
        return self._bounded(_parse(self.kind, text.strip(), duration=self.name.endswith("_s")))

    def accept(self, value: object) -> object:
        """The value of a parsed TOML or Python value; `ValueError` says what is due."""
        duration = self.name.endswith("_s")
        return self._bounded(_accept(self.kind, value, duration=duration))

    def shown(self, value: object) -> str:
        """The value for people: secrets and passwords inside addresses are masked."""
        text = written(value)
        if (self.facts.secret or _SECRET_NAME.search(self.name)) and text:
            return "***"
        text = _PASSWORD_IN_URL.sub(r"\1:***@", text)
        return _PASSWORD_IN_QUERY.sub("***", text)

    def _bounded(self, value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return value
        low, high = self.facts.minimum, self.facts.maximum
        if low is not None and value < low:
            raise ValueError(f"at least {low:g}")
        if high is not None and value > high:
            raise ValueError(f"at most {high:g}")
        return value


def keys_of(section: str, declaration: type[Any]) -> tuple[Key, ...]:
    """The keys a section dataclass declares, in its order. Every field needs a default."""
    hints = get_type_hints(declaration)
    found = []
    for entry in fields(declaration):
        default = entry.default
        if default is MISSING and entry.default_factory is not MISSING:
            default = entry.default_factory()
        if default is MISSING:
            raise TypeError(f"{declaration.__name__}.{entry.name} needs a default")
        facts = entry.metadata.get("setting", Facts())
        found.append(Key(section, entry.name, hints[entry.name], default, facts))
    return tuple(found)


def written(value: object) -> str:
    """`value` as text that `Key.parse` reads back to the same value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (tuple, list)):
        items = [written(item) for item in value]
        if any(not item or item != item.strip() or set(item) & set(',["') for item in items):
            return json.dumps(items)
        return ",".join(items)
    return str(value)


def _parse(kind: Any, text: str, *, duration: bool) -> object:
    if (inner := _optional(kind)) is not None:
        return None if not text else _parse(inner, text, duration=duration)
    if get_origin(kind) is tuple:
        return _accept(kind, _list_items(text), duration=duration)
    if kind is bool:
        return _parse_bool(text)
    if kind is int:
        return _parse_int(text)
    if kind is float:
        return _parse_float(text, duration=duration)
    return _accept(kind, text, duration=duration)


def _accept(kind: Any, value: object, *, duration: bool) -> object:
    if (inner := _optional(kind)) is not None:
        return None if value is None else _accept(inner, value, duration=duration)
    if get_origin(kind) is tuple:
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise ValueError("a list")
        return tuple(_item(get_args(kind)[0], item, duration=duration) for item in value)
    if get_origin(kind) is Literal:
        if value not in get_args(kind):
            raise ValueError("one of " + ", ".join(map(str, get_args(kind))))
        return value
    if kind is Path:
        if not isinstance(value, (str, Path)) or not str(value):
            raise ValueError("a path")
        return Path(value).expanduser()
    return _accept_plain(kind, value, duration=duration)


def _accept_plain(kind: Any, value: object, *, duration: bool) -> object:
    if kind is float and duration and isinstance(value, str):
        return _parse_float(value, duration=True)
    if kind is float and isinstance(value, (int, float)) and not isinstance(value, bool):
        if not math.isfinite(value):
            raise ValueError("a finite number")
        return float(value)
    if kind is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if kind is bool and isinstance(value, bool):
        return value
    if kind is str and isinstance(value, str):
        if "\0" in value:
            raise ValueError("text without zero bytes")
        return value
    if kind not in _DUE:
        raise TypeError(f"a setting cannot have the type {kind}")
    raise ValueError(_DUE[kind])


_DUE: dict[object, str] = {
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "text",
}


def _optional(kind: Any) -> Any | None:
    """`int` of `int | None`; None of any other type."""
    if get_origin(kind) not in (Union, types.UnionType):
        return None
    inner = [part for part in get_args(kind) if part is not type(None)]
    if len(inner) != 1 or len(inner) == len(get_args(kind)):
        raise TypeError(f"a setting cannot have the type {kind}")
    return inner[0]


def _item(kind: Any, value: object, *, duration: bool) -> object:
    if isinstance(value, str):
        return _parse(kind, value.strip(), duration=duration)
    return _accept(kind, value, duration=duration)


def _list_items(text: str) -> list[object]:
    if text.startswith("["):
        try:
            loaded = json.loads(text)
        except ValueError:
            raise ValueError("a list such as a,b or a JSON array") from None
        return list(loaded)
    return [part.strip() for part in text.split(",")] if text else []


def _parse_bool(text: str) -> bool:
    lowered = text.lower()
    if lowered in _TRUE:
        return True
    if lowered in _FALSE:
        return False
    raise ValueError("true or false")


def _parse_int(text: str) -> int:
    if not re.fullmatch(r"[+-]?\d{1,18}", text, re.ASCII):
        raise ValueError("a whole number")
    return int(text)


def _parse_float(text: str, *, duration: bool) -> float:
    if duration and _DURATION.fullmatch(text):
        return sum(float(number) * _UNITS_S[unit] for number, unit in _PART.findall(text))
    due = 'a duration such as "90s", "5m" or a number of seconds' if duration else "a number"
    try:
        value = float(text)
    except ValueError:
        raise ValueError(due) from None
    if not math.isfinite(value):
        raise ValueError(due)
    return value

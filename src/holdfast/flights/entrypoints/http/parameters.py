"""The law of parameters: each is declared with its bounds, and what comes is checked against them.

PURE. The same declaration makes the schema of the OpenAPI document and the check of the request,
so neither can say what the other does not hold.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from holdfast.flights.entrypoints.http.cursors import (
    CURSOR_PATTERN,
    MAX_CURSOR_CHARS,
    decode_cursor,
)
from holdfast.flights.entrypoints.http.faults import ApiFault, invalid_field, validation_required

MAX_LIMIT = 200
"""Entries of a page at most; clients know this number."""
DEFAULT_LIMIT = 50
"""Entries of a page that names no number."""
MAX_ID_CHARS = 64
"""Ids have 40 characters at most; airports' are shorter."""
Schema = dict[str, Any]
"""A JSON schema, as OpenAPI wants it."""
Read = Callable[[str], object]
"""Text -> value; raises `ValueError` saying what is due."""
_WHOLE = re.compile(r"-?[0-9]{1,9}", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,12})?", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_ID = r"^[A-Za-z0-9_-]+$"
_ID_FORM = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of path or query: made by `text`, `whole`, `flag`, ... below."""

    name: str
    where: Literal["path", "query"]
    schema: Schema
    read: Read = field(compare=False)
    about: str = ""
    required: bool = False
    default: object = None
    max_items: int = 1

    def value_of(self, texts: Sequence[str]) -> object:
        """The value of what came for this name, in order; `ApiFault` 422 when it does not fit.

        One value, or for a repeated parameter a tuple. Of a single one that comes twice, the last
        counts.
        """
        if not texts:
            if self.required:
                raise validation_required(self.name)
            return self.default
        if self.max_items == 1:
            return self._one(texts[-1])
        if len(texts) > self.max_items:
            raise invalid_field(self.name, f"At most {self.max_items} values of '{self.name}'.")
        return tuple(self._one(text) for text in texts)

    def _one(self, text: str) -> object:
        try:
            return self.read(text)
        except ValueError as error:
            raise _unfit(self.name, str(error)) from None


def _unfit(name: str, due: str) -> ApiFault:
    return invalid_field(name, f"Field '{name}' must be {due}.")


def text(
    name: str,
    max_chars: int,
    about: str = "",
    *,
    min_chars: int = 1,
    required: bool = False,
) -> Parameter:
    """A text of bounded length without control characters."""

    def read(given: str) -> object:
        if not (min_chars <= len(given) <= max_chars and given.isprintable()):
            raise ValueError(f"a text of {min_chars} to {max_chars} printable characters")
        return given

    schema = {"type": "string", "minLength": min_chars, "maxLength": max_chars}
    return Parameter(name, "query", schema, read, about, required)


def pattern(
    name: str, form: str, due: str, about: str = "", *, required: bool = False
) -> Parameter:
    """A text that matches `form` wholly; `due` says in words what that is."""
    wanted = re.compile(form, re.ASCII)

    def read(given: str) -> object:
        if not wanted.fullmatch(given):
            raise ValueError(due)
        return given

    return Parameter(
        name, "query", {"type": "string", "pattern": f"^{form}$"}, read, about, required
    )


def identifier(name: str, about: str = "", *, required: bool = False) -> Parameter:
    """An id in the query: its characters and length are checked, not whether it exists."""

    def read(given: str) -> object:
        if not _ID_FORM.fullmatch(given) or len(given) > MAX_ID_CHARS:
            raise ValueError("an id")
        return given

    schema = {"type": "string", "minLength": 1, "maxLength": MAX_ID_CHARS, "pattern": _ID}
    return Parameter(name, "query", schema, read, about, required)


def whole(
    name: str,
    low: int,
    high: int,
    about: str = "",
    *,
    default: int | None = None,
    required: bool = False,
) -> Parameter:
    """A whole number from `low` to `high`."""

    def read(given: str) -> object:
        if not (_WHOLE.fullmatch(given) and low <= int(given) <= high):
            raise ValueError(f"a whole number from {low} to {high}")
        return int(given)

    schema: Schema = {"type": "integer", "minimum": low, "maximum": high}
    if default is not None:
        schema["default"] = default
    return Parameter(name, "query", schema, read, about, required, default)


def number(
    name: str, low: float, high: float, about: str = "", *, required: bool = False
) -> Parameter:
    """A decimal number from `low` to `high`, such as a latitude."""

    def read(given: str) -> object:
        if not (_NUMBER.fullmatch(given) and low <= float(given) <= high):
            raise ValueError(f"a number from {low:g} to {high:g}")
        return float(given)

    schema = {"type": "number", "minimum": low, "maximum": high}
    return Parameter(name, "query", schema, read, about, required)


def flag(name: str, about: str = "", *, default: bool = False) -> Parameter:
    """`true` or `false`."""

    def read(given: str) -> object:
        if given not in ("true", "false"):
            raise ValueError("true or false")
        return given == "true"

    return Parameter(
        name, "query", {"type": "boolean", "default": default}, read, about, default=default
    )


def choice(
    name: str,
    options: Sequence[str],
    about: str = "",
    *,
    default: str | None = None,
    required: bool = False,
) -> Parameter:
    """One of a few words."""

    def read(given: str) -> object:
        if given not in options:
            raise ValueError(f"one of {', '.join(options)}")
        return given

    schema: Schema = {"type": "string", "enum": list(options)}
    if default is not None:
        schema["default"] = default
    return Parameter(name, "query", schema, read, about, required, default)


def day(name: str, about: str = "", *, required: bool = False) -> Parameter:
    """A date as `2026-12-01`; its value is a `date`."""

    def read(given: str) -> object:
        if not _DAY.fullmatch(given):
            raise ValueError("a date like 2026-12-01")
        try:
            return date.fromisoformat(given)
        except ValueError:
            raise ValueError("a date of the calendar") from None

    return Parameter(name, "query", {"type": "string", "format": "date"}, read, about, required)


def repeated(one: Parameter, max_items: int) -> Parameter:
    """The same parameter, any number of times up to `max_items`; its value is a tuple."""
    assert max_items > 1
    schema = {"type": "array", "items": one.schema, "maxItems": max_items}
    if one.required:
        schema["minItems"] = 1
    return Parameter(one.name, one.where, schema, one.read, one.about, one.required, (), max_items)


def in_path(name: str, about: str = "") -> Parameter:
    """An id in the path: what cannot be one is answered as not found."""
    schema = {"type": "string", "minLength": 1, "maxLength": MAX_ID_CHARS, "pattern": _ID}
    return Parameter(name, "path", schema, str, about, required=True)


def is_identifier(given: str) -> bool:
    """Whether a part of a path has the characters and length of an id."""
    return len(given) <= MAX_ID_CHARS and _ID_FORM.fullmatch(given) is not None


def _cursor(name: str, about: str) -> Parameter:
    def read(given: str) -> object:
        key = decode_cursor(given)
        if key is None:
            raise ValueError("a cursor of an earlier page")
        return key

    schema = {"type": "string", "maxLength": MAX_CURSOR_CHARS, "pattern": CURSOR_PATTERN}
    return Parameter(name, "query", schema, read, about)


LIMIT = whole("limit", 1, MAX_LIMIT, "Entries of a page.", default=DEFAULT_LIMIT)
AFTER = _cursor("after", "`meta.after` of a page: what follows it.")
BEFORE = _cursor("before", "`meta.before` of a page: what precedes it.")
PAGING = (LIMIT, AFTER, BEFORE)
"""The parameters of every operation that is `paged`."""

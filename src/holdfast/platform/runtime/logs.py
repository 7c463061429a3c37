"""The law of logs: one line per event, to stderr, a name and `key=value` pairs, or JSON.

`log.info("member_joined", node="n1")`. Values may come from strangers: they are quoted, cut and
hold no line breaks or control characters, so nobody can forge a line. The lines of libraries take
the same way. Nothing is written before `configure`, except warnings, as Python does it.

`with bound(request=...)` gives every line of what is done inside these values, too: so all lines of
one request bear its id, in whatever room they are written.
"""

import json
import logging
import math
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Literal, TextIO

Format = Literal["text", "json"]

MAX_VALUE_CHARS = 2000
"""A longer value is cut: a log line is for people."""
MAX_TRACE_CHARS = 8000
"""A longer traceback keeps its end, where the cause is."""
_ROOT = "holdfast"
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.:/+@%,[]()<>")

_NOTHING: Mapping[str, object] = MappingProxyType({})
_bound: ContextVar[Mapping[str, object]] = ContextVar("holdfast_log", default=_NOTHING)


@contextmanager
def bound(**values: object) -> Iterator[None]:
    """Give all lines of this task, and of tasks it starts, these values until the block ends."""
    token = _bound.set({**_bound.get(), **values})
    try:
        yield
    finally:
        _bound.reset(token)


class Log:
    """The log of one room: events are snake_case names, everything else is a named value."""

    __slots__ = ("_logger",)

    def __init__(self, room: str) -> None:
        self._logger = logging.getLogger(f"{_ROOT}.{room}")

    def debug(self, event: str, /, **values: object) -> None:
        """For the developer of this room."""
        self._write(logging.DEBUG, event, values)

    def info(self, event: str, /, **values: object) -> None:
        """What an operator wants to have seen."""
        self._write(logging.INFO, event, values)

    def warning(self, event: str, /, **values: object) -> None:
        """Something is worse than it should be, and service goes on."""
        self._write(logging.WARNING, event, values)

    def error(self, event: str, /, **values: object) -> None:
        """Something failed that somebody must look at."""
        self._write(logging.ERROR, event, values)

    def exception(self, event: str, /, **values: object) -> None:
        """An error with the traceback of the exception being handled."""
        if self._logger.isEnabledFor(logging.ERROR):
            self._logger.error(event, exc_info=True, extra={"values": {**_bound.get(), **values}})

    def _write(self, level: int, event: str, values: dict[str, object]) -> None:
        if self._logger.isEnabledFor(level):
            self._logger.log(level, event, extra={"values": {**_bound.get(), **values}})


def configure(
    process: str, form: Format = "text", level: str = "info", stream: TextIO | None = None
) -> None:
    """Send all log lines of this process to `stream` (stderr). Repeating it replaces the old."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_Json(process) if form == "json" else _Text(process))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger(_ROOT).setLevel(level.upper())
    logging.raiseExceptions = False  # a closed stderr must not stop a server


def line_of(process: str, form: Format, at: float, event: str, values: Mapping[str, object]) -> str:
    """One line as `configure` has them written, for logs with a writer of their own. `at`: seconds
    since 1970."""
    record = logging.makeLogRecord(
        {"name": _ROOT, "msg": event, "levelname": "INFO", "values": values}
    )
    record.created, record.msecs = at, at % 1 * 1000
    return (_Json(process) if form == "json" else _Text(process)).format(record)


class _Text(logging.Formatter):
    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        parts = [_moment(record), record.levelname.lower(), self._process, _quoted(_event(record))]
        parts += [f"{key}={_quoted(value)}" for key, value in _values(record).items()]
        return " ".join(parts)


class _Json(logging.Formatter):
    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": _moment(record),
            "level": record.levelname.lower(),
            "process": self._process,
            "event": _event(record),
        }
        values = {key: _finite(_plain(value)) for key, value in _values(record).items()}
        return json.dumps({**line, **values, **line})


def _event(record: logging.LogRecord) -> str:
    if hasattr(record, "values"):
        return str(record.msg)
    return f"{record.name}: {record.getMessage()}"[:MAX_VALUE_CHARS]


def _values(record: logging.LogRecord) -> dict[str, object]:
    values = dict(getattr(record, "values", {}))
    if record.exc_info:
        trace = logging.Formatter().formatException(record.exc_info)
        values["traceback"] = _Trace(trace[-MAX_TRACE_CHARS:])
    return values


class _Trace(str):
    """A traceback: longer than other values may be."""

    __slots__ = ()


def _plain(value: object) -> object:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    text = str(value)
    return text if isinstance(value, _Trace) else text[:MAX_VALUE_CHARS]


def _finite(value: object) -> object:
    """JSON has no word for endless and undefined numbers."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _quoted(value: object) -> str:
    plain = _plain(value)
    if isinstance(plain, float):
        return f"{plain:.6g}"
    text = str(plain)
    return text if text and _PLAIN.issuperset(text) else json.dumps(text)


def _moment(record: logging.LogRecord) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
    return f"{whole}.{int(record.msecs):03}Z"

"""The law of one answer: what is stored with a call's key is what is sent, byte for byte.

`Told` makes the shape once: with a key it becomes the stored answer before the effect happens, and
the same bytes are sent when it has happened; without one the shape is sent.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

from holdfast.flights.entrypoints.http.operation import Call
from holdfast.flights.service.answering import Telling
from holdfast.flights.service.ports.access import StoredAnswer

T = TypeVar("T")


class Told(Generic[T]):
    """How one call tells what it does; `shape` makes the value that is sent."""

    __slots__ = ("_call", "_shape", "_stored")

    def __init__(self, call: Call, shape: Callable[[T], object]) -> None:
        self._call = call
        self._shape = shape
        self._stored: StoredAnswer | None = None

    @property
    def telling(self) -> Telling[T] | None:
        """For the use case; None for a call without a key."""
        return Telling(self._call.once, self._tell) if self._call.once else None

    def answer(self, done: T) -> object:
        """What the handler returns once it is done."""
        return self._stored if self._stored is not None else self._shape(done)

    def _tell(self, done: T) -> StoredAnswer:
        self._stored = self._call.answer(self._shape(done))
        return self._stored

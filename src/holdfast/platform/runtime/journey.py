"""The law of a journey: what one kind of visitor asks of an application, for `holdfast load`.

An app declares its visitors' journeys; the load generator knows no app. A journey is a generator:
it yields what it asks, is given the answer, and ends when the visit does. It draws what it needs
from its person's dice, so the same seed makes the same crowd. Nothing here does I/O.
"""

from collections.abc import Awaitable, Callable, Generator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from holdfast.platform.runtime.config import Effective

if TYPE_CHECKING:
    from random import Random


@dataclass(frozen=True, slots=True)
class Ask:
    """One request. `name` is what it is counted by; with `cached`, an answer's ETag is sent the
    next time, as browsers do. `good` are the statuses that are no failure."""

    name: str
    target: str
    method: str = "GET"
    body: bytes = b""
    cached: bool = False
    good: tuple[int, ...] = (200, 201, 304)


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back: `status` 0 when nothing did; the body, whole."""

    status: int
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Person:
    """Who visits: a number within the crowd, and dice of their own."""

    number: int
    dice: "Random"


Steps = Generator[Ask, Heard, None]


@dataclass(frozen=True, slots=True)
class Journey:
    """A kind of visitor. `weight`: its usual share of the crowd; `port`: where it asks, with the
    offset; `headers`: what it sends with each request, such as a token."""

    name: str
    summary: str
    weight: float
    port: Callable[[Effective], int]
    begin: Callable[[Person], Steps]
    headers: Callable[[Effective], Mapping[str, str]] = field(default=lambda _: {})


class Played(Enum):
    """What became of a visitor's program: it got what a right one gets, it was told that it is not
    right, or it had no answer."""

    RIGHT = "right"
    WRONG = "wrong"
    LOST = "lost"


Play = Callable[[Person], Awaitable[tuple[str, Played]]]
"""Plays once, as a person: what was played, and what became of it. Never raises for what others
do."""


@dataclass(frozen=True, slots=True)
class Program:
    """Visitors who come with programs of their own, which speak the app's own protocol. `begin`
    gets the settings and the host, and may ask there what it needs; `Mistake` when it cannot."""

    name: str
    summary: str
    begin: Callable[[Effective, str], Play]

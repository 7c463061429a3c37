"""What a peer has sent and nobody has taken yet, and who is waiting for it.

PURE. A message is offered to all who wait for its peer, in the order in which they began to wait;
the first whose template matches takes it. When nobody does, an `expect` has diverged and an
`until` remembers how near the message was. The sentences of a divergence are made here.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from holdfast.grading.domain.requests import AwaitClose, Diverged, Listen, Mode
from holdfast.grading.domain.templates import (
    Difference,
    bind,
    compare,
    describe_template,
)
from holdfast.grading.wire.message import Message


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message, or (with None) bytes that were none, and its index in the transcript.

    `explanation`: what looks odd about the message, or what the bytes probably are.
    """

    entry: int
    message: Message | None
    explanation: str = ""


@dataclass(frozen=True, slots=True)
class Clue:
    """Something that may explain a time-out: a sentence and the entry where it shows."""

    text: str
    entry: int
    difference: Difference | None = None


@dataclass(slots=True)
class Listener:
    """One wait of one task for a peer's messages. `deadline_s` is in the attempt's time."""

    request: Listen | AwaitClose
    deadline_s: float
    mistake: Clue | None = None
    unreadable: Clue | None = None
    nearest: Clue | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """The wait is over with this value (None for silence or a close)."""

    message: Message | None


Opinion = Taken | Diverged | None
"""What a listener makes of something: over, diverged, or goes on waiting."""


@dataclass(slots=True)
class Inbox:
    """Arrivals of one peer in order. `stalled`: what its unfinished frame looks like."""

    arrivals: deque[Arrival] = field(default_factory=deque)
    closed: bool = False
    stalled: Clue | None = None
    unreadable: Clue | None = None

    def offer(self, arrival: Arrival, listeners: Sequence[Listener]) -> list[Opinion]:
        """What each listener makes of the arrival. At most one takes it."""
        if arrival.message is None:
            clue = Clue(arrival.explanation, arrival.entry)
            # The first one: a session explains so many in full, later ones only briefly.
            self.unreadable = self.unreadable or clue
            return [_on_unreadable(listener, clue) for listener in listeners]
        for index, listener in enumerate(listeners):
            request = listener.request
            if isinstance(request, Listen) and compare(request.template, arrival.message) is None:
                bind(request.template, arrival.message)
                verdicts: list[Opinion] = [None] * len(listeners)
                verdicts[index] = _on_match(request, arrival.message, arrival.entry)
                return verdicts
        return [_on_miss(listener, arrival, arrival.message) for listener in listeners]

    def on_close(self, listener: Listener) -> Opinion:
        """What a listener makes of the peer's close, once all arrivals were offered."""
        request = listener.request
        if isinstance(request, AwaitClose) or request.mode is Mode.NEVER:
            return Taken(None)
        wanted = describe_template(request.template)
        clue = self._clue(listener)
        if clue is None:
            closed = f"The connection was closed while {wanted} was expected."
            return Diverged(f"{closed}{_advice(request)}")
        ending = " Then the connection was closed." if clue is self.stalled else ""
        return Diverged(f"{clue.text}{ending}", clue.entry, clue.difference)

    def on_deadline(self, listener: Listener) -> Taken | Diverged:
        """What a listener makes of its time being over."""
        request = listener.request
        if isinstance(request, AwaitClose):
            return Diverged(f"The connection was not closed within {_seconds(request.within_s)}.")
        if request.mode is Mode.NEVER:
            return Taken(None)
        clue = self._clue(listener)
        if clue is not None:
            return Diverged(clue.text, clue.entry, clue.difference)
        wanted = describe_template(request.template)
        within = _seconds(request.within_s)
        return Diverged(f"Nothing came within {within}; expected {wanted}.{_advice(request)}")

    def _clue(self, listener: Listener) -> Clue | None:
        # On a stream nothing follows bytes that are no frame; datagrams may: the last one counts.
        seen = [clue for clue in (listener.unreadable, listener.nearest) if clue is not None]
        latest = max(seen, key=_entry, default=None)
        return listener.mistake or self.stalled or latest or self.unreadable


def _entry(clue: Clue) -> int:
    return clue.entry


def _on_match(request: Listen, message: Message, entry: int) -> Opinion:
    if request.mode is not Mode.NEVER:
        return Taken(message)
    came = describe_template(message)
    hint = (
        f"{request.hint} It was {came}."
        if request.hint
        else f"Nothing was expected, but {came} came."
    )
    return Diverged(hint, entry)


def _on_miss(listener: Listener, arrival: Arrival, message: Message) -> Opinion:
    request, entry = listener.request, arrival.entry
    if isinstance(request, AwaitClose) or request.mode is Mode.NEVER:
        return None
    for template, hint in request.wrong:
        if compare(template, message) is None:
            bind(template, message)
            mistake = Clue(f"{hint} {arrival.explanation}".rstrip(), entry)
            if request.wrong_is_final or request.mode is Mode.NEXT:
                return Diverged(mistake.text, entry)
            listener.mistake = mistake
            return None
    difference = compare(request.template, message)
    assert difference is not None  # `offer` has tried the templates before
    clue = Clue(_miss(request, difference, arrival, message), entry, difference)
    if request.mode is Mode.NEXT:
        return Diverged(clue.text, entry, difference)
    nearest = listener.nearest.difference if listener.nearest else None
    if nearest is None or difference.nearness >= nearest.nearness:
        listener.nearest = clue
    return None


def _miss(request: Listen, difference: Difference, arrival: Arrival, message: Message) -> str:
    if difference.is_of_kind:
        wanted, came = describe_template(request.template), difference.got
        return f"Expected {wanted}, but {came} came. {arrival.explanation}".rstrip()
    name = type(message).__name__
    return f"In your {name}, {difference.describe(arrival.explanation)}"


def _on_unreadable(listener: Listener, clue: Clue) -> Opinion:
    request = listener.request
    if isinstance(request, AwaitClose) or request.mode is Mode.NEVER:
        return None
    if request.mode is Mode.NEXT:
        return Diverged(clue.text, clue.entry)
    listener.unreadable = clue
    return None


def _advice(request: Listen) -> str:
    return f" {request.hint}" if request.hint else ""


def _seconds(seconds: float) -> str:
    return f"{seconds:g} s"

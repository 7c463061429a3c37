"""PURE. When observers may take a silent leader's key away: agreed, long enough, in one term.

A *term* is one unbroken leadership: the leader's name and the revision at which its key was made. A
new term, or a single sound of the leader, begins the count anew. A majority of all observers has to
say the same about the same term, so one observer that is cut off itself can do nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass

SILENT_S = 1.5
"""A leader that nobody hears for so long is taken for dead."""
PROBES = 3
"""At least so many probes in a row must have failed: a long pause of the observer is one."""


@dataclass(frozen=True, slots=True)
class Term:
    """One leadership. Only values that are equal speak of the same."""

    leader: str
    revision: int


@dataclass(frozen=True, slots=True)
class Silence:
    """What one observer has heard of a term: nothing since `since` (monotonic s), in `probes`."""

    term: Term | None = None
    since: float = 0.0
    probes: int = 0


def listened(silence: Silence, term: Term | None, *, heard: bool, began: float) -> Silence:
    """After a probe that began at `began` and heard the leader or not."""
    if heard or term is None:
        return Silence(term)
    if silence.term != term or not silence.probes:
        return Silence(term, began, 1)
    return Silence(term, silence.since, silence.probes + 1)


def is_silent(silence: Silence, now: float) -> bool:
    """Whether it has been long enough."""
    return silence.probes >= PROBES and now - silence.since >= SILENT_S


def agreed(me: str, observers: Iterable[str], *, of: int) -> tuple[str, ...] | None:
    """The observers that say so, when I am among them and they are a majority of all `of`."""
    together = tuple(sorted(set(observers)))
    return together if me in together and 2 * len(together) > of else None

"""The law of news: what became of prices when a search that had ended was made again.

PURE. A price that is no more is never left out quietly: each fare that costs something else says
what it cost, and the page says how many do, before it shows anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from holdfast.flights.pages.itineraries import Fare, Itinerary

Key = tuple[str, str, tuple[str, ...]]
"""Flights, brand and cabins: what makes a fare of now the same as one of before."""


@dataclass(frozen=True, slots=True)
class News:
    """What changed. `was`: what fares of now cost before, by offer, where that is something else.
    `before` and `now`: the cheapest of all, as (amount, currency); None where there was nothing."""

    cheaper: int
    dearer: int
    same: int
    gone: int
    was: Mapping[str, str]
    before: tuple[str, str] | None
    now: tuple[str, str] | None

    @property
    def is_any(self) -> bool:
        """Whether anything changed."""
        return bool(self.cheaper or self.dearer or self.gone)


def news(before: Sequence[Itinerary], now: Sequence[Itinerary]) -> News:
    """What changed between two searches for the same wish."""
    old, new = _fares(before), _fares(now)
    was = {}
    cheaper = dearer = same = 0
    for key, fare in new.items():
        known = old.get(key)
        if known is None or known.currency != fare.currency:
            continue
        if fare.minor == known.minor:
            same += 1
            continue
        was[fare.offer_id] = known.total
        cheaper += fare.minor < known.minor
        dearer += fare.minor > known.minor
    return News(
        cheaper=cheaper,
        dearer=dearer,
        same=same,
        gone=len(old.keys() - new.keys()),
        was=was,
        before=_lowest(old),
        now=_lowest(new),
    )


def _fares(found: Sequence[Itinerary]) -> dict[Key, Fare]:
    return {(one.key, *fare.kind): fare for one in found for fare in one.fares}


def _lowest(fares: Mapping[Key, Fare]) -> tuple[str, str] | None:
    cheapest = min(fares.values(), key=lambda one: (one.currency, one.minor), default=None)
    return None if cheapest is None else (cheapest.total, cheapest.currency)

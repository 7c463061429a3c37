"""Class limits after a delivery: what is filed now holds, for its own dates and no others.

Limits have no price and no memory: a full file replaces them; a delta cuts its dates out of what
stands and puts its own there.
"""

from collections.abc import Iterable
from dataclasses import replace

from holdfast.flights.domain.fare import ClassLimits


def limits_after(
    stored: Iterable[ClassLimits],
    filed: Iterable[ClassLimits],
    withdrawn: Iterable[ClassLimits],
    *,
    full: bool,
) -> list[ClassLimits]:
    """All limits of an airline after a delivery."""
    filed = list(filed)
    if full:
        return filed
    cuts: dict[tuple[object, ...], list[ClassLimits]] = {}
    for new in [*filed, *withdrawn]:
        cuts.setdefault(_cabin_of(new), []).append(new)
    kept: list[ClassLimits] = []
    for old in stored:
        pieces = [old]
        for cut in cuts.get(_cabin_of(old), ()):
            pieces = [rest for piece in pieces for rest in _without(piece, cut)]
        kept += pieces
    return kept + filed


def _without(limits: ClassLimits, cut: ClassLimits) -> list[ClassLimits]:
    return [replace(limits, period=period) for period in limits.period.minus(cut.period)]


def _cabin_of(limits: ClassLimits) -> tuple[object, ...]:
    return (limits.number, limits.board, limits.off, limits.cabin)

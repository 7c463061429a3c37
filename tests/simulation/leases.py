"""The viewer lease (G3, T3): for an hour from the first look nothing gets dearer for the viewer.

The hour is counted from the first search that reached the store, answered or not. Two searches that
run at once may be answered in any order, so an answer is compared with those that the viewer had
when he asked.
"""

from dataclasses import dataclass, field

from tests.simulation.log import Broken, Log, Looked, Repriced, Shown
from tests.simulation.prices import LEASE_S

_Key = tuple[str, tuple[object, ...]]


@dataclass
class _Lease:
    """When it began, by the clock of the process that was asked, and what was shown in it."""

    began_at: float
    shown: list[tuple[int, int]] = field(default_factory=list)


class ViewerLeases:
    """The promise about viewers."""

    def __init__(self, log: Log) -> None:
        self._leases: dict[_Key, _Lease] = {}
        log.listen(Looked, self._looked)
        log.listen(Shown, self._shown)
        log.listen(Repriced, self._shown)

    def _looked(self, entry: Looked, _: int) -> None:
        for lease in entry.leases:
            found = self._leases.get((entry.viewer, lease))
            if found is None or entry.at >= found.began_at + LEASE_S:
                self._leases[entry.viewer, lease] = _Lease(entry.at)

    def _shown(self, entry: Shown | Repriced, number: int) -> None:
        for sight in entry.sights:
            lease = self._leases.get((entry.viewer, sight.lease))
            if lease is None:
                raise Broken(f"T3: {sight} was shown and not noted")
            if entry.clock_at >= lease.began_at + LEASE_S:
                continue
            before = [price for when, price in lease.shown if when <= entry.began]
            if before and sight.price > min(before):
                raise Broken(f"T3: {entry.viewer} is shown {sight}, and had seen {min(before)}")
            lease.shown.append((number, sight.price))

"""How many seats of a class are left on a segment: the least of its legs, as `inventory` has it.

What was taken comes from the store at the moment of asking; a leg of which nothing was ever taken
has the seats of its aircraft's configuration or of the limits that were filed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from holdfast.flights.domain.fare import Cabin, ClassLimits
from holdfast.flights.domain.flight import DatedLeg, LegKey, Segment
from holdfast.flights.domain.inventory import LegCabin, opened


class Taken(Protocol):
    """What is taken of one leg and cabin; `capacity` includes authorised overbooking."""

    @property
    def capacity(self) -> int: ...
    @property
    def taken(self) -> int: ...
    @property
    def taken_by_class(self) -> Mapping[str, int]: ...


class Limits(Protocol):
    """Where booking class limits are looked up: `Sales` is one."""

    def limits_of(self, leg: LegKey, cabin: Cabin) -> ClassLimits | None: ...


@dataclass(frozen=True, slots=True)
class Availability:
    """Limits as filed and seats as taken."""

    limits: Limits
    taken: Mapping[tuple[LegKey, Cabin], Taken]
    _cabins: dict[tuple[int, Cabin], tuple[Segment, list[LegCabin]]] = field(
        default_factory=dict, repr=False
    )
    """By `id` of a segment, which is kept with it so that no other one can have that."""

    def seats(self, segment: Segment, cabin: Cabin, booking_class: str) -> int:
        """Seats that this class may sell now on the whole segment, never negative."""
        found = self._cabins.get((id(segment), cabin))
        if found is None:
            found = segment, [self._cabin(leg, cabin) for leg in segment.legs]
            self._cabins[id(segment), cabin] = found
        return min(max(0, one.sellable(booking_class)) for one in found[1])

    def _cabin(self, leg: DatedLeg, cabin: Cabin) -> LegCabin:
        limits = self.limits.limits_of(leg.key, cabin)
        taken = self.taken.get((leg.key, cabin))
        if taken is None:
            if limits is None:
                return _untouched(leg.configuration, cabin)
            return opened(leg.configuration, cabin, limits)
        return LegCabin(
            taken.capacity,
            sold=taken.taken,
            limits=limits.limits if limits is not None else (),
            taken=taken.taken_by_class,
        )


@lru_cache(maxsize=4096)
def _untouched(configuration: str, cabin: Cabin) -> LegCabin:
    """Most flights of a search: configurations are few, and reading them takes longer than all
    the rest."""
    return opened(configuration, cabin)

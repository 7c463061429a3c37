"""What a fares feed holds once it is read: what a store applies, and what was set aside."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from holdfast.flights.domain.fare import ClassLimits, FareKey, FiledFare, SeatTier
from holdfast.flights.domain.filing import Fault


@dataclass(frozen=True, slots=True)
class FaresLoad:
    """The content of one file. `withdrawn...` is what a delta takes back; a full file takes back
    whatever it does not hold. Nothing in it shares dates with anything else of its kind."""

    fares: Sequence[FiledFare] = ()
    limits: Sequence[ClassLimits] = ()
    tiers: Sequence[SeatTier] = ()
    withdrawn: Sequence[FareKey] = ()
    withdrawn_limits: Sequence[ClassLimits] = ()
    withdrawn_tiers: Sequence[SeatTier] = ()
    faults: Sequence[Fault] = field(default=(), compare=False)

    @property
    def good(self) -> int:
        """Records that stand."""
        taken_back = len(self.withdrawn) + len(self.withdrawn_limits) + len(self.withdrawn_tiers)
        return len(self.fares) + len(self.limits) + len(self.tiers) + taken_back

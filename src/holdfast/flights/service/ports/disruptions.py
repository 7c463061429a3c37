"""What airlines changed of sold flights, as buyers and the airline's people see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from holdfast.flights.domain.disruption import AirlineChange
from holdfast.flights.domain.fare import Cabin
from holdfast.flights.domain.flight import LegKey
from holdfast.flights.service.ports.bookings import WrongState

MAX_ORDERS = 200
"""Orders whose changes are read at once: a page of a list."""
MAX_CASES = 1000
"""Re-accommodation cases that are listed at once, the soonest flights first."""


@dataclass(frozen=True, slots=True)
class Case:
    """An order whose seats a leg cannot carry any more; it goes with the order's cancellation, or
    when the leg has room again."""

    leg: LegKey
    cabin: Cabin
    order_id: str
    seats: int


class Disruptions(Protocol):
    """Changes by airlines, and whom to find another flight."""

    async def changes(
        self, owner: str, order_ids: Sequence[str]
    ) -> Mapping[str, tuple[AirlineChange, ...]]:
        """The changes of these orders, oldest first; orders without one are left out."""

    async def accept(
        self, change_id: str, owner: str, at: datetime
    ) -> AirlineChange | WrongState | None:
        """Accept a change, for nothing; again is the same acceptance. `cancelled`: the flight is
        not flown (or the order is over), there is nothing to accept. None: no such change."""

    async def cases(self, carrier: str) -> Sequence[Case]:
        """Orders of a carrier's coming flights that need another flight."""

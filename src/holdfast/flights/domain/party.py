"""Who travels together: types by age, how many seats, and which parties can be sold to."""

from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.flights.domain.fare import PassengerType
from holdfast.flights.domain.offer import Traveller

MAX_TRAVELLERS = 9
"""Of one booking; more is a group, and groups get prices of their own."""
CHILD_FROM = 2
ADULT_FROM = 12
"""Ages in years on the day of asking."""
MAX_AGE = 130


@dataclass(frozen=True, slots=True)
class Party:
    """How many of each type, in a fixed order; only types that travel."""

    counts: tuple[tuple[PassengerType, int], ...]

    @classmethod
    def of(cls, travellers: Sequence[Traveller]) -> "Party":
        """The party of these travellers."""
        types = [who.type for who in travellers]
        return cls(tuple((kind, types.count(kind)) for kind in PassengerType if kind in types))

    @property
    def seats(self) -> int:
        """Seats it takes on each leg: infants sit on laps."""
        return sum(count for kind, count in self.counts if kind is not PassengerType.INFANT)


def type_at(age: int) -> PassengerType:
    """The passenger type of somebody of this age."""
    if age < CHILD_FROM:
        return PassengerType.INFANT
    return PassengerType.CHILD if age < ADULT_FROM else PassengerType.ADULT


def problem_of(travellers: Sequence[Traveller]) -> str | None:
    """Why this party cannot be sold to, as a sentence; None if it can."""
    types = [who.type for who in travellers]
    if not types:
        return "At least one passenger must travel."
    if len(types) > MAX_TRAVELLERS:
        return f"At most {MAX_TRAVELLERS} passengers can be booked together."
    adults = types.count(PassengerType.ADULT)
    if types.count(PassengerType.INFANT) > adults:
        return "Each infant without a seat needs an adult of its own."
    if any(who.age is not None and not 0 <= who.age <= MAX_AGE for who in travellers):
        return f"Ages are whole numbers from 0 to {MAX_AGE}."
    return None

"""The seats of one cabin on one leg and date: what is left, taken, given back, and cut short.

Booking classes are nested (flights-rules, section 3.1): class k may sell while its limit is above
what k and the cheaper classes have taken, and while the cabin has room. The store's function
`class_left` is the same law in SQL; both pass the same tests.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from holdfast.flights.domain.fare import CABIN_LETTERS, Cabin, ClassLimits
from holdfast.flights.domain.schedule import seats_of


@dataclass(frozen=True, slots=True)
class LegCabin:
    """A counter. Always `0 <= sold, held` and `sold + held <= capacity + overbooking`.

    `limits`: classes from the most expensive to the cheapest with what each may sell; empty: every
    class up to the room. `taken` counts sold and held seats by class. `short`: seats taken beyond
    what is really flown, after a smaller aircraft came; they are part of `capacity`, so that
    nothing is ever negative, and go with the next seats that are given back.
    """

    capacity: int
    overbooking: int = 0
    sold: int = 0
    held: int = 0
    limits: tuple[tuple[str, int], ...] = ()
    taken: Mapping[str, int] = field(default_factory=dict)
    short: int = 0

    @property
    def left(self) -> int:
        """Seats that the cabin still has."""
        return self.capacity + self.overbooking - self.sold - self.held

    def sellable(self, booking_class: str) -> int:
        """Seats that this class may sell now, never negative."""
        if not self.limits:
            return self.left
        classes = [name for name, _ in self.limits]
        if booking_class not in classes:
            return 0
        place = classes.index(booking_class)
        below = sum(self.taken.get(name, 0) for name in classes[place:])
        return max(0, min(self.limits[place][1] - below, self.left))

    def take(self, booking_class: str, seats: int, *, held: bool) -> "LegCabin | None":
        """With so many seats more sold or held; None if the class cannot sell them."""
        assert seats >= 0
        if seats > self.sellable(booking_class):
            return None
        return self._counted(booking_class, seats, held=held)

    def settle(self, seats: int) -> "LegCabin":
        """Held seats become sold ones."""
        assert 0 <= seats <= self.held
        return replace(self, held=self.held - seats, sold=self.sold + seats)

    def release(self, booking_class: str, seats: int, *, held: bool) -> "LegCabin":
        """Seats that were taken are given back; those that were too many go for good."""
        assert 0 <= seats <= (self.held if held else self.sold)
        assert seats <= self.taken.get(booking_class, 0)
        gone = min(seats, self.short)
        freed = self._counted(booking_class, -seats, held=held)
        return replace(freed, capacity=self.capacity - gone, short=self.short - gone)

    def resized(self, capacity: int, overbooking: int = 0) -> "LegCabin":
        """With the seats of another aircraft. Nobody who has a seat loses it here: what is missing
        is `short`, and somebody has to be found another flight."""
        short = max(0, self.sold + self.held - capacity - overbooking)
        return replace(self, capacity=capacity + short, overbooking=overbooking, short=short)

    def relimited(self, limits: tuple[tuple[str, int], ...]) -> "LegCabin":
        """With other limits of classes; what was taken stays taken."""
        return replace(self, limits=limits)

    def _counted(self, booking_class: str, seats: int, *, held: bool) -> "LegCabin":
        return replace(
            self,
            held=self.held + (seats if held else 0),
            sold=self.sold + (0 if held else seats),
            taken={**self.taken, booking_class: self.taken.get(booking_class, 0) + seats},
        )


def opened(configuration: str, cabin: Cabin, limits: ClassLimits | None = None) -> LegCabin:
    """The counter of a cabin of which nothing was sold: seats of the aircraft's configuration
    (`C028Y189`), unless the airline filed another capacity with its `limits`."""
    letters = seats_of(configuration)
    seats = sum(letters.get(letter, 0) for letter, named in CABIN_LETTERS.items() if named is cabin)
    if limits is None:
        return LegCabin(seats)
    capacity = seats if limits.capacity is None else limits.capacity
    return LegCabin(capacity, limits.overbooking, limits=limits.limits)


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Seats that one live order has on a leg that got too small."""

    order_id: str
    seats: int
    is_held: bool
    booked_at: datetime


def displaced(orders: Iterable[Occupancy], short: int) -> tuple[Occupancy, ...]:
    """Whom to find another flight: unpaid holds first, then who booked last, whole orders, until
    at least `short` seats are found (fewer only if there are no more)."""
    found: list[Occupancy] = []
    for one in sorted(orders, key=lambda o: (o.is_held, o.booked_at, o.order_id), reverse=True):
        if short <= 0:
            break
        found.append(one)
        short -= one.seats
    return tuple(found)

"""The port of a held order's new price: it takes effect where the order is locked."""

from dataclasses import dataclass
from typing import Protocol

from holdfast.flights.domain.order import Order
from holdfast.flights.service.ports.bookings import Answering, Refused, WrongState


@dataclass(frozen=True, slots=True)
class Repricing:
    """`read`: the order that was priced anew; `order`: how it is to stand."""

    read: Order
    order: Order


RepriceOutcome = Order | Refused | WrongState | None


class Repricings(Protocol):
    """None: no such order of this owner."""

    async def reprice(
        self, repricing: Repricing, answering: Answering | None = None
    ) -> RepriceOutcome:
        """Let a held order cost this, once its price guarantee has ended and as long as its hold
        lasts: one transaction. `price_holds`: the guarantee has not ended; `changed`: the order is
        not what was priced. No money moves."""

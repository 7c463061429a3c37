"""What buyers and airlines do about changed flights: look, accept, find the cases that are left.

The changes themselves are found where a schedule is stored, in the same transaction
(`store.disruptions.reconcile`). Accepting costs nothing (G6); declining is cancelling, and then all
of the money comes back (`cancel_order`).
"""

from collections.abc import Sequence

from holdfast.flights.domain.disruption import AirlineChange
from holdfast.flights.service.answering import Draw
from holdfast.flights.service.ports.bookings import WrongState
from holdfast.flights.service.ports.disruptions import Case, Disruptions


async def changes_of(
    disruptions: Disruptions, owner: str, order_id: str
) -> Sequence[AirlineChange]:
    """What happened to an order, oldest first."""
    return (await disruptions.changes(owner, [order_id])).get(order_id, ())


async def accept_change(
    disruptions: Disruptions, owner: str, change_id: str, draw: Draw
) -> AirlineChange | WrongState | None:
    """The accepted change; `cancelled` if there is nothing left to accept; None: no such change."""
    return await disruptions.accept(change_id, owner, draw.now())


async def open_cases(disruptions: Disruptions, carrier: str) -> Sequence[Case]:
    """Orders of a carrier that need another flight: for its people, and for health pages."""
    return await disruptions.cases(carrier)

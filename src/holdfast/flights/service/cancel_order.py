"""Give an order back: a quote of what is refunded, and its confirmation before it expires.

Refunds follow from what was paid and the terms that were bought, seats too (G6); where the airline
changed the flights and the buyer has not accepted that, all of it comes back.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from holdfast.flights.domain.booking_rules import departure, refund
from holdfast.flights.domain.disruption import ChangeKind
from holdfast.flights.domain.order import Cancellation, Order
from holdfast.flights.service.answering import Draw, Telling, told
from holdfast.flights.service.ports.bookings import Bookings, QuoteOutcome, WrongState
from holdfast.flights.service.ports.disruptions import Disruptions

QUOTE_S = 1800.0
"""A refund quote is good for half an hour, as an offer is; never beyond the departure."""


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """The two steps. `quote_s`: for how long a quote is good."""

    bookings: Bookings
    disruptions: Disruptions
    draw: Draw
    quote_s: float = QUOTE_S

    async def quote(
        self, order_id: str, owner: str, telling: Telling[Cancellation] | None = None
    ) -> QuoteOutcome:
        """A refund quote, or why not; None: no such order of this owner."""
        order = await self.bookings.order(order_id, owner)
        if order is None:
            return None
        now = self.draw.now()
        leaves_at = departure(order.offer)
        is_changed = await self._is_changed(order)
        if leaves_at <= now and not is_changed:
            return WrongState("departed")
        back = refund(order, is_airline_s_change=is_changed)
        ends = now + timedelta(seconds=self.quote_s)
        made = Cancellation(
            id=self.draw.id("ore"),
            order_id=order_id,
            live_mode=order.live_mode,
            refund=back,
            created_at=now,
            expires_at=min(ends, leaves_at) if now < leaves_at else ends,
            paid=order.paid,
            refund_to=order.payment_type if back.minor else None,
        )
        return await self.bookings.quote_cancellation(made, owner, told(telling, made))

    async def confirm(
        self, cancellation_id: str, owner: str, telling: Telling[Cancellation] | None = None
    ) -> QuoteOutcome:
        """The confirmed cancellation, or why not; confirming again is the same confirmation."""
        found = await self.bookings.cancellation(cancellation_id, owner)
        if found is None:
            return None
        at = found.confirmed_at or self.draw.now()
        answering = told(telling, replace(found, confirmed_at=at))
        return await self.bookings.confirm_cancellation(cancellation_id, owner, at, answering)

    async def _is_changed(self, order: Order) -> bool:
        """Whether the airline moved or cancelled a flight and the buyer has not accepted it."""
        changes = await self.disruptions.changes(order.owner, [order.id])
        return any(
            change.accepted_at is None and change.kind is not ChangeKind.EQUIPMENT
            for change in changes.get(order.id, ())
        )

"""Changing an order: a search for other slices, a choice among what it finds, and doing it.

The search is an ordinary one, so its prices are locked like any; the difference and the penalty are
fixed with it. A trip that became cheaper returns nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from holdfast.flights.domain.money import Money
from holdfast.flights.domain.offer import Query, SliceAsk, Traveller
from holdfast.flights.domain.order import Order, Payment, PaymentType
from holdfast.flights.domain.order_change import (
    AddedSlice,
    ChangeRequest,
    NoChange,
    OrderChange,
    change_offers,
    is_made_for,
    why_not,
)
from holdfast.flights.service.answering import Draw, Telling, told
from holdfast.flights.service.check_query import BadQuery
from holdfast.flights.service.ports.bookings import (
    AmountDiffers,
    Bookings,
    OfferExpired,
    WrongState,
)
from holdfast.flights.service.ports.order_changes import ChangeOutcome, Confirming, OrderChanges
from holdfast.flights.service.search_offers import Asker, SearchOffers

MAX_CONNECTIONS = 1
"""Changes of aircraft in the new slices: as many as a search has that says nothing."""


@dataclass(frozen=True, slots=True)
class AskForChange:
    """What could be changed. `search` finds the new slices."""

    bookings: Bookings
    changes: OrderChanges
    search: SearchOffers
    draw: Draw

    async def request(
        self, order_id: str, asker: Asker, removed: Sequence[str], added: Sequence[AddedSlice]
    ) -> ChangeRequest | NoChange | BadQuery | None:
        """The stored request with what was found; None: no such order of this owner."""
        order = await self.bookings.order(order_id, asker.owner)
        if order is None:
            return None
        refused = why_not(order, removed, added, self.draw.now())
        if refused is not None:
            return refused
        found = await self.search.search(_query(order, added), asker)
        if isinstance(found, BadQuery):
            return found
        request_id = self.draw.id("ocr")
        request = ChangeRequest(
            id=request_id,
            owner=asker.owner,
            live_mode=order.live_mode,
            order_id=order_id,
            created_at=found.created_at,
            removed=tuple(removed),
            added=tuple(added),
            offers=change_offers(order, removed, found.offers, request_id=request_id),
        )
        await self.changes.keep_request(request)
        return request


@dataclass(frozen=True, slots=True)
class ChangeOrder:
    """Choosing and doing."""

    bookings: Bookings
    changes: OrderChanges
    draw: Draw

    async def choose(self, offer_id: str, owner: str) -> OrderChange | OfferExpired | None:
        """The change that an offer stands for, not done yet; None: no such offer."""
        found = await self.changes.offer(offer_id, owner)
        if found is None:
            return None
        offer, live_mode = found
        now = self.draw.now()
        if now >= offer.expires_at:
            return OfferExpired()
        return await self.changes.keep_change(
            OrderChange(offer.change_id, owner, live_mode, offer, now)
        )

    async def confirm(
        self,
        change_id: str,
        owner: str,
        payment: tuple[Money, PaymentType] | None,
        telling: Telling[OrderChange] | None = None,
    ) -> ChangeOutcome | AmountDiffers:
        """The change, done; `payment` None where nothing is due."""
        change = await self.changes.change(change_id, owner)
        if change is None:
            return None
        order = await self.bookings.order(change.offer.order_id, owner)
        if order is None:
            return None
        if change.confirmed_at is None and not is_made_for(order, change.offer):
            change = await self.changes.change(change_id, owner)
            if change is None or change.confirmed_at is None:
                return WrongState("changed")
            # It was this change that made the order another one, just now: it is told again.
        due = change.offer.more
        amount, kind = payment or (Money(0, due.currency), PaymentType.BALANCE)
        if change.confirmed_at is None and amount != due:
            return AmountDiffers(due)
        at = change.confirmed_at or self.draw.now()
        paid = Payment(self.draw.id("pay"), order.id, due, at, kind)
        answering = told(telling, replace(change, confirmed_at=at))
        return await self.changes.confirm(Confirming(change, order, paid, at), answering)


def _query(order: Order, added: Sequence[AddedSlice]) -> Query:
    """The search for the new slices, for the same party and in the cabin that was bought."""
    cabin = order.offer.slices[0].segments[0].cabin
    wanted = next((one.cabin for one in added if one.cabin is not None), cabin)
    return Query(
        tuple(SliceAsk(one.origin, one.destination, one.departure_date) for one in added),
        tuple(Traveller("", who.type, who.age) for who in order.offer.travellers),
        wanted,
        MAX_CONNECTIONS,
    )

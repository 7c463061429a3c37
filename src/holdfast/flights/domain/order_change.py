"""Changes that a buyer asks for: some slices go, others come, for a penalty and the difference.

The penalty is that of the conditions: for every passenger, on each slice that goes, the dearest of
its fares. A cheaper trip returns nothing, and seats that were chosen on what goes are given up.
What the order then is, is made here whole, so that confirming it is one step.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from holdfast.flights.domain.booking_rules import departure
from holdfast.flights.domain.fare import Cabin
from holdfast.flights.domain.ids import derive
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.offer import Offer, SoldSlice
from holdfast.flights.domain.order import LegNeed, Order, OrderState, absorbed_by, needs_of
from holdfast.flights.domain.pricing import total_of


class NoChange(StrEnum):
    """Why an order cannot be changed."""

    UNPAID = "The order is not paid."
    OVER = "The order is cancelled or its hold has ended."
    FIXED = "The fare does not allow changes."
    DEPARTED = "A slice that is to be changed has left."
    UNKNOWN_SLICE = "The order has no such slice."
    UNEVEN = "As many slices must be added as are removed."


@dataclass(frozen=True, slots=True)
class AddedSlice:
    """A direction that is asked for instead."""

    origin: str
    destination: str
    departure_date: date
    cabin: Cabin | None = None


@dataclass(frozen=True, slots=True)
class ChangeOffer:
    """What an order could become. `found` is the offer of the new slices, `offer` the whole trip
    afterwards. `more`: what is to be paid, `penalty` included."""

    id: str
    change_id: str
    order_id: str
    found: Offer
    offer: Offer
    removed: tuple[SoldSlice, ...]
    added: tuple[SoldSlice, ...]
    more: Money
    penalty: Money
    new_total: Money
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ChangeRequest:
    """What was asked, and what was found for it."""

    id: str
    owner: str
    live_mode: bool
    order_id: str
    created_at: datetime
    removed: tuple[str, ...]
    added: tuple[AddedSlice, ...]
    offers: tuple[ChangeOffer, ...]


@dataclass(frozen=True, slots=True)
class OrderChange:
    """A change that was chosen; in effect once `confirmed_at` says so."""

    id: str
    owner: str
    live_mode: bool
    offer: ChangeOffer
    created_at: datetime
    confirmed_at: datetime | None = None


def why_not(
    order: Order, removed: Sequence[str], added: Sequence[AddedSlice], now: datetime
) -> NoChange | None:
    """Why these slices cannot be changed; None if they can."""
    gone = [one for one in order.offer.slices if one.id in removed]
    if order.state is OrderState.HELD:
        return NoChange.UNPAID
    if order.state is not OrderState.PAID:
        return NoChange.OVER
    if len(gone) != len(set(removed)) or not gone:
        return NoChange.UNKNOWN_SLICE
    if len(added) != len(gone):
        return NoChange.UNEVEN
    if not all(sold.terms.changeable for one in gone for sold in one.segments):
        return NoChange.FIXED
    if departure(replace(order.offer, slices=tuple(gone))) <= now:
        return NoChange.DEPARTED
    return None


def change_offers(
    order: Order, removed: Sequence[str], found: Sequence[Offer], *, request_id: str
) -> tuple[ChangeOffer, ...]:
    """What the order could become with each of these offers; those of another airline or currency,
    and those of the very flights that go, are left out."""
    gone = tuple(one for one in order.offer.slices if one.id in removed)
    flown = [_flights(one) for one in gone]
    return tuple(
        _change_offer(order, gone, one, request_id)
        for one in found
        if one.carrier == order.offer.carrier
        and one.total.currency == order.total.currency
        and [_flights(part) for part in one.slices] != flown
    )


def is_made_for(order: Order, change: ChangeOffer) -> bool:
    """Whether the order still flies what it flew when this was found: after another change it has
    no seats on the slices that would go, and some on slices that nobody would give back."""
    gone = {one.id for one in change.removed}
    kept = [one for one in change.offer.slices if one not in change.added]
    has = {one.id for one in order.offer.slices}
    return gone <= has and has - gone == {one.id for one in kept}


def given_up(change: ChangeOffer) -> tuple[LegNeed, ...]:
    """What the order has on the legs that go."""
    return needs_of(replace(change.offer, slices=change.removed))


def taken(change: ChangeOffer) -> tuple[LegNeed, ...]:
    """What it needs on the legs that come."""
    return needs_of(replace(change.offer, slices=change.added))


def changed(order: Order, change: ChangeOffer, at: datetime) -> Order:
    """The order after the change: seats on what goes are given up."""
    gone = {sold.id for one in change.removed for sold in one.segments}
    return replace(
        order,
        offer=change.offer,
        seats=tuple(seat for seat in order.seats if seat.segment_id not in gone),
        total=order.total + change.more,
        paid=order.paid + change.more.minor,
        synced_at=at,
    )


def absorbed(change: ChangeOffer) -> int:
    """What honouring the price of the new slices costs."""
    return absorbed_by(change.found)


def _change_offer(
    order: Order, gone: tuple[SoldSlice, ...], found: Offer, request_id: str
) -> ChangeOffer:
    kept = tuple(one for one in order.offer.slices if one not in gone)
    slices = tuple(sorted((*kept, *found.slices), key=_leaves))
    travellers = order.offer.travellers
    before = total_of(gone, travellers)
    whole = total_of(slices, travellers)
    currency = order.total.currency
    penalty = Money(
        sum(max(sold.terms.change_penalty or 0 for sold in one.segments) for one in gone)
        * len(travellers),
        currency,
    )
    difference = max(0, found.total.minor - before.total)
    more = Money(difference + penalty.minor, currency)
    offer = replace(
        order.offer,
        slices=slices,
        total=Money(whole.total, currency),
        tax=Money(whole.tax, currency),
    )
    id_ = derive("oco", request_id, found.id)
    return ChangeOffer(
        id=id_,
        change_id=derive("oce", id_),
        order_id=order.id,
        found=found,
        offer=offer,
        removed=gone,
        added=found.slices,
        more=more,
        penalty=penalty,
        new_total=order.total + more,
        created_at=found.created_at,
        expires_at=found.expires_at,
    )


def _leaves(one: SoldSlice) -> int:
    return one.segments[0].segment.legs[0].departing_utc_min


def _flights(one: SoldSlice) -> list[object]:
    return [(sold.segment.marketing, sold.segment.flight_date) for sold in one.segments]

"""Deliberately broken rules: one small lie in the code under test, each the work of one slip.

The harness is only worth something if it catches them; `test_faults` says by which promise, and
within how many worlds. Nothing here is ever on unless a test switches it on.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from holdfast.flights.domain import booking_rules, offering, price_rule
from holdfast.flights.domain.fare import PriceState
from holdfast.flights.domain.inventory import LegCabin
from holdfast.flights.domain.money import Money
from holdfast.flights.domain.offer import Offer, SoldSegment
from holdfast.flights.domain.order import Cancellation, NewOrder, Order
from holdfast.flights.domain.price_rule import PriceRule, SupplierPrice
from holdfast.flights.domain.pricing import total_of
from holdfast.flights.domain.repricing import FareGone
from holdfast.flights.domain.viewer_lease import Leased
from holdfast.flights.service import cancel_order, change_order, reprice_order
from holdfast.flights.service.ports.bookings import Answering, OfferExpired, WrongState
from holdfast.flights.service.read_offers import OfferGone, ReadOffers
from holdfast.flights.store.memory_quotes import MemoryQuotes
from tests.simulation import shelf
from tests.simulation.office import Office
from tests.simulation.world import Plot

Patch = pytest.MonkeyPatch
SMALL = Plot()
ASSERTED = "an assertion of the code"
"""The domain notices before any promise is broken."""


@dataclass(frozen=True)
class Fault:
    """What is broken, how, and which promise is to notice; `plot` of the worlds in which it is, and
    the first of them: where only few notice, the search begins before one that does."""

    name: str
    promise: str
    break_it: Callable[[Patch], None]
    plot: Plot = SMALL
    first: int = 1


# prices


def rise_at_once(patch: Patch) -> None:
    """A price rises as soon as it is delivered."""

    def due_at(state: PriceState, rule: PriceRule = price_rule.RULE) -> float | None:
        return state.s_at if state.s.total > state.p.total else None

    patch.setattr(price_rule, "due_at", due_at)


def rise_early(patch: Patch) -> None:
    """A price rises a quarter of a second before it has rested."""
    honest = price_rule.due_at

    def due_at(state: PriceState, rule: PriceRule = price_rule.RULE) -> float | None:
        due = honest(state, rule)
        return due and max(state.s_at, due - 0.25)

    patch.setattr(price_rule, "due_at", due_at)


def never_rise(patch: Patch) -> None:
    """A rise that waits is forgotten."""
    patch.setattr(price_rule, "due_at", lambda state, rule=None: None)


def fall_later(patch: Patch) -> None:
    """A fall waits until the price has rested."""
    honest = price_rule.accept

    def accept(state: PriceState, asked: SupplierPrice, rule: PriceRule) -> PriceState:
        made = honest(state, asked, rule)
        return replace(made, p=max(made.p, state.p)) if asked.at < state.p_since + 60 else made

    patch.setattr(price_rule, "accept", accept)


def take_everything(patch: Patch) -> None:
    """A delivery that was seen before counts again."""

    def ingest(state: PriceState, asked: SupplierPrice, rule: PriceRule) -> object:
        at = replace(asked, sequence=max(asked.sequence, state.s_seq + 1))
        return honest(state, at, rule)

    honest = price_rule.ingest
    patch.setattr(price_rule, "ingest", ingest)
    patch.setattr(shelf, "is_newer", lambda sequence, newest: True)


def believe_everything(patch: Patch) -> None:
    """No leap is suspect."""
    patch.setattr(PriceRule, "suspects", lambda self, old, new: False)


def forget_at_once(patch: Patch) -> None:
    """What is listed again has no history."""
    honest = shelf.is_forgotten
    patch.setattr(shelf, "is_forgotten", lambda off, now: honest(off, now) or off is not None)


def listen_never(patch: Patch) -> None:
    """Nothing is broken but the plot: processes do not hear of changes."""


# offers and viewers


def no_lease(patch: Patch) -> None:
    """What a viewer was shown is not kept."""

    async def leases(self: object, viewer: str, buckets: object) -> Leased:
        return Leased()

    async def see(self: object, viewer: str, leased: Leased, shown: Any, **_: object) -> Leased:
        return Leased({key: _lease(price) for key, price in shown.items()})

    def _lease(price: Any) -> Any:
        from holdfast.flights.domain.viewer_lease import ViewerLease

        return ViewerLease(float("inf"), price)

    patch.setattr(MemoryQuotes, "leases", leases)
    patch.setattr(MemoryQuotes, "see", see)


def short_lease(patch: Patch) -> None:
    """A lease lasts half as long."""
    from holdfast.flights.domain.viewer_lease import ViewerLease

    patch.setattr(ViewerLease, "runs", lambda self, now, length_s: now < self.first_seen + 1800)


def short_lock(patch: Patch) -> None:
    """Offers live for ten minutes."""
    honest = offering.offers

    def offers(*args: Any) -> Any:
        short = timedelta(minutes=10)
        return tuple(replace(one, expires_at=one.created_at + short) for one in honest(*args))

    patch.setattr(offering, "offers", offers)


def reprice_on_reading(patch: Patch) -> None:
    """Who reads an offer late is told another amount."""
    honest = ReadOffers.offer

    async def offer(self: ReadOffers, id_: str, owner: str) -> Any:
        found = await honest(self, id_, owner)
        if found is None or isinstance(found, OfferGone):
            return found
        if self.clock.wall() < found.offer.created_at + timedelta(minutes=1):
            return found
        total = Money(found.offer.total.minor + 1, found.offer.total.currency)
        return replace(found, offer=replace(found.offer, total=total))

    patch.setattr(ReadOffers, "offer", offer)


def reprice_on_booking(patch: Patch) -> None:
    """An order costs what its fares cost when it is made, not when they were offered."""
    honest = NewOrder.placed

    def placed(self: NewOrder) -> Order:
        made = honest(self)
        now = sum(
            fare.supplier_total
            for part in self.offer.slices
            for sold in part.segments
            for fare in sold.fares
        )
        return replace(made, total=Money(max(made.total.minor, now), made.total.currency))

    patch.setattr(NewOrder, "placed", placed)


def refuse_old_prices(patch: Patch) -> None:
    """An offer that has become too cheap is refused: the classic of cached prices."""
    honest = Office.place

    async def place(self: Office, order: NewOrder, answering: Answering | None = None) -> Any:
        if self._answered(answering) is None and self._clock() > order.offer.created_at:
            return OfferExpired()
        return await honest(self, order, answering)

    patch.setattr(Office, "place", place)


# orders, money and keys


def hold_without_price(patch: Patch) -> None:
    """A hold can be paid for half of its time."""
    honest = Office.pay

    async def pay(self: Office, payment: Any, owner: str, answering: Any = None) -> Any:
        order = self._orders.get(payment.order_id)
        half = order and self._clock() > order.created_at + timedelta(minutes=20)
        if half and self._answered(answering) is None:
            return WrongState("held_past_price")
        return await honest(self, payment, owner, answering)

    patch.setattr(Office, "pay", pay)


def pay_too_late(patch: Patch) -> None:
    """The price's own clock is not looked at."""
    honest = Office.pay

    async def pay(self: Office, payment: Any, owner: str, answering: Any = None) -> Any:
        order = self._orders.get(payment.order_id)
        if order is not None:
            self._orders[order.id] = replace(order, price_until=None)
        return await honest(self, payment, owner, answering)

    patch.setattr(Office, "pay", pay)


def ask_more_than_published(patch: Patch) -> None:
    """The price of now of a hold is what its airline asks."""
    honest = reprice_order.priced_now

    def priced_now(offer: Offer, classes_of: Any) -> Any:
        found = honest(offer, classes_of)
        if isinstance(found, FareGone):
            return found
        dearer = [
            replace(part, segments=tuple(map(_as_its_airline_asks, part.segments)))
            for part in found.slices
        ]
        total = Money(total_of(dearer, offer.travellers).total, offer.total.currency)
        return replace(found, slices=tuple(dearer), total=total)

    patch.setattr(reprice_order, "priced_now", priced_now)


def _as_its_airline_asks(sold: SoldSegment) -> SoldSegment:
    fares = [
        replace(fare, price=max(fare.price, replace(fare.price, total=fare.supplier_total)))
        for fare in sold.fares
    ]
    return replace(sold, fares=tuple(fares))


def reprice_what_is_guaranteed(patch: Patch) -> None:
    """Whoever asks for the price of now gets it, guaranteed or not."""
    honest = Office.reprice

    async def reprice(self: Office, repricing: Any, answering: Any = None) -> Any:
        order = self._orders.get(repricing.read.id)
        if order is not None and order.price_until is not None:
            past = replace(order, price_until=order.created_at)
            self._orders[order.id] = past
            read = replace(repricing.read, price_until=order.created_at)
            done = await honest(self, replace(repricing, read=read), answering)
            if self._orders[order.id] == past:
                self._orders[order.id] = order
            return done
        return await honest(self, repricing, answering)

    patch.setattr(Office, "reprice", reprice)


def dearer_after_purchase(patch: Patch) -> None:
    """A changed flight makes those who booked it pay."""
    honest = Office.fly

    def fly(self: Office, filed: Any) -> tuple[str, ...]:
        told = honest(self, filed)
        for id_ in told:
            order = self._orders[id_]
            total = Money(order.total.minor + 1, order.total.currency)
            self._orders[id_] = replace(order, total=total)
        return told

    patch.setattr(Office, "fly", fly)


def refund_of_today(patch: Patch) -> None:
    """A refund takes no penalty."""

    def refund(order: Order, *, is_airline_s_change: bool = False) -> Money:
        return Money(order.paid, order.total.currency)

    patch.setattr(cancel_order, "refund", refund)
    patch.setattr(booking_rules, "refund", refund)


def refund_twice(patch: Patch) -> None:
    """Who confirms again gets the money again."""
    honest = Office.confirm_cancellation

    async def confirm(self: Office, id_: str, owner: str, at: datetime, told: Any = None) -> Any:
        before = await self.cancellation(id_, owner)
        done = await honest(self, id_, owner, at, told)
        is_again = before is not None and before.confirmed_at is not None
        if is_again and isinstance(done, Cancellation):
            self._move(owner, done.refund.currency, done.refund.minor)
        return done

    patch.setattr(Office, "confirm_cancellation", confirm)


def forget_keys(patch: Patch) -> None:
    """A key is kept and not looked up."""
    patch.setattr(Office, "_answered", lambda self, answering: None)


def answer_anew(patch: Patch) -> None:
    """A key is answered with what would be said today."""
    honest = Office._answered

    def answered(self: Office, answering: Answering | None) -> Any:
        before = honest(self, answering)
        if answering is None or before is None or not hasattr(before, "answer"):
            return before
        return replace(before, answer=answering.answer)

    patch.setattr(Office, "_answered", answered)


def overdraw(patch: Patch) -> None:
    """A refused payment takes the money all the same."""
    honest = Office._too_low

    def too_low(self: Office, owner: str, amount: Money, by: Any) -> Any:
        low = honest(self, owner, amount, by)
        if low is not None:
            self._move(owner, amount.currency, -1)
        return low

    patch.setattr(Office, "_too_low", too_low)


# seats


def sell_seats_twice(patch: Patch) -> None:
    """Nobody looks whether a seat is taken."""
    patch.setattr(Office, "_seat_in_the_way", lambda self, seats: None)


def keep_the_counter(patch: Patch) -> None:
    """A cancelled order gives its seats back, and the counter does not hear of it."""
    honest = Office._give_back

    def give_back(self: Office, order: Order) -> None:
        counters = dict(self.counters)
        honest(self, order)
        self.counters = counters

    patch.setattr(Office, "_give_back", give_back)


def sell_without_counting(patch: Patch) -> None:
    """The class's own count is left out."""
    patch.setattr(LegCabin, "sellable", lambda self, booking_class: 9)
    patch.setattr(LegCabin, "take", _take_anything)


def _take_anything(self: LegCabin, booking_class: str, seats: int, *, held: bool) -> LegCabin:
    return self._counted(booking_class, seats, held=held)


def never_sweep(patch: Patch) -> None:
    """Seats of holds that ran out wait for the sweeper."""
    patch.setattr(Office, "_sweep", lambda self, leg: None)


def hold_for_ever(patch: Patch) -> None:
    """The sweeper finds nothing."""

    async def expire(self: Office, limit: int = 0) -> int:
        return 0

    patch.setattr(Office, "expire", expire)
    patch.setattr(Office, "_sweep", lambda self, leg: None)


def leave_seats_behind(patch: Patch) -> None:
    """Seats are taken before it is known whether the order is placed."""
    honest = Office.place

    async def place(self: Office, order: NewOrder, answering: Answering | None = None) -> Any:
        outcome = await honest(self, order, answering)
        if not isinstance(outcome, Order) and self._answered(answering) is None:
            self._take_seats(order.id, order.seats, None)
        return outcome

    patch.setattr(Office, "place", place)


def forget_rises(patch: Patch) -> None:
    """A seat costs what its row says now, whatever it was when the offer was made."""
    patch.setattr(
        price_rule, "read_at", lambda state, _rise, at, rule: price_rule.read(state, at, rule)
    )


def give_up_twice(patch: Patch) -> None:
    """Nobody asks whether an order still is what a change was made for."""
    patch.setattr(change_order, "is_made_for", lambda order, change: True)


def move_no_seats(patch: Patch) -> None:
    """A changed order keeps its seats on the flight that it leaves."""
    patch.setattr(Office, "_move_seats", lambda self, offer: None)


def shrink_below_sold(patch: Patch) -> None:
    """A smaller aircraft throws people off."""

    def resized(self: LegCabin, capacity: int, overbooking: int = 0) -> LegCabin:
        return replace(self, capacity=capacity, overbooking=overbooking)

    patch.setattr(LegCabin, "resized", resized)


FAULTS = (
    Fault("a rise does not wait", "T1", rise_at_once),
    Fault("a rise comes a moment early", "T1", rise_early),
    Fault("an old delivery counts", "T6", take_everything),
    Fault("a fall waits", "T4", fall_later),
    Fault("a rise never comes", "T5", never_rise),
    Fault("a leap is believed", "G7", believe_everything),
    Fault("listing again is free", "G7", forget_at_once),
    Fault("processes are deaf", "T4", listen_never, Plot(is_deaf=True)),
    Fault("there is no lease", "T3", no_lease),
    Fault("a lease is short", "T3", short_lease),
    Fault("an offer is short", "G1", short_lock),
    Fault("an offer is repriced when it is read", "T2", reprice_on_reading),
    Fault("an offer is repriced when it is booked", "T2", reprice_on_booking),
    Fault("an old price is refused", "G1", refuse_old_prices),
    Fault("a seat of an offer gets dearer", "G1", forget_rises, first=1001),
    Fault("a hold is not kept", "G5", hold_without_price),
    Fault("a price guarantee does not end", "G5", pay_too_late),
    Fault("a new price is more than published", "T4", ask_more_than_published, first=601),
    Fault("a guaranteed price is another one", "G5", reprice_what_is_guaranteed),
    Fault("a changed flight costs", "T7", dearer_after_purchase),
    Fault("a refund is not the rule's", "refund", refund_of_today),
    Fault("a refund comes twice", "money", refund_twice),
    Fault("a key is not looked up", "key", forget_keys),
    Fault("a key is answered anew", "key", answer_anew),
    Fault("a refusal costs", "money", overdraw),
    Fault("a seat is sold twice", "seats", sell_seats_twice),
    Fault("a counter is not decremented", "counters", keep_the_counter),
    Fault("a counter is not looked at", "oversold", sell_without_counting),
    Fault("holds block others after they ended", "holds", never_sweep, first=451),
    Fault("holds never end", "holds", hold_for_ever),
    Fault("a loser leaves seats behind", "losers", leave_seats_behind),
    Fault("a second change gives up seats again", ASSERTED, give_up_twice),
    Fault("a change moves no seats", "counters", move_no_seats),
    Fault("a smaller aircraft throws people off", "oversold", shrink_below_sold),
)

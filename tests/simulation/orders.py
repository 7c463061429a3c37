"""Orders and money: holds (G5), no increase after purchase (G6, T7), refunds, one effect of a key.

Every call is judged by the book as it was before; then the book is written, and whenever the store
shows what it holds, it must be what the book says.
"""

from holdfast.flights.domain.order import Cancellation, NewOrder, Order, OrderState, Payment
from holdfast.flights.domain.order import PaymentType as By
from holdfast.flights.domain.order_change import OrderChange
from holdfast.flights.domain.pricing import total_of
from holdfast.flights.service.ports.access import StoredAnswer
from holdfast.flights.service.ports.bookings import (
    AlreadyBooked,
    AmountDiffers,
    BalanceTooLow,
    KeyReused,
    Replayed,
    WrongState,
)
from holdfast.flights.service.ports.repricing import Repricing
from tests.simulation.book import Book, Bought
from tests.simulation.log import Broken, Did, Log, Over, Stands

_EFFECTS = (Order, Payment, Cancellation, OrderChange)


class OrdersAndMoney:
    """The promises about what was bought and paid. Writes the book."""

    def __init__(self, log: Log, book: Book) -> None:
        self._book = book
        self._keys: dict[tuple[str, str], tuple[bytes, StoredAnswer]] = {}
        log.listen(Did, self._did)
        log.listen(Stands, self._stands)
        log.listen(Over, self._over)

    def _did(self, entry: Did, _: int) -> None:
        is_effect = self._is_effect(entry)
        self._judge_key(entry, is_effect=is_effect)
        match entry.call:
            case "place":
                self._judge_place(entry)
            case "pay":
                self._judge_pay(entry)
            case "reprice":
                self._judge_reprice(entry)
            case "quote_cancellation" if is_effect:
                self._judge_refund(entry)
            case "confirm_cancellation" if is_effect:
                self._judge_confirmation(entry)
        if is_effect:
            self._book.write(entry)

    def _is_effect(self, entry: Did) -> bool:
        """Whether the store says that it did something, and not that it had done it before."""
        match entry.outcome:
            case Cancellation() if entry.call == "confirm_cancellation":
                return entry.asked[0] not in self._book.confirmed
            case OrderChange() if entry.call == "confirm":
                return entry.asked[0].change.id not in self._book.changed
            case bool() as is_done:
                return is_done
            case outcome:
                return isinstance(outcome, _EFFECTS)

    def _judge_key(self, entry: Did, *, is_effect: bool) -> None:
        if entry.once is None or entry.answer is None:
            return
        place = (entry.once.owner, entry.once.key)
        before = self._keys.get(place)
        if before is None:
            if isinstance(entry.outcome, Replayed | KeyReused):
                raise Broken(f"key: {place} is new and not taken: {entry.outcome}")
            if is_effect:
                self._keys[place] = (entry.once.request_hash, entry.answer)
            return
        asked, answer = before
        if asked != entry.once.request_hash:
            if not isinstance(entry.outcome, KeyReused):
                raise Broken(f"key: {place} is used for two requests: {entry.outcome}")
        elif not isinstance(entry.outcome, Replayed):
            raise Broken(f"key: {place} has a second effect: {entry.outcome}")
        elif entry.outcome.answer.body != answer.body:
            raise Broken(f"key: {place} is answered otherwise the second time")

    def _judge_place(self, entry: Did) -> None:
        asked: NewOrder = entry.asked[0]
        others = [one for one in self._book.live(entry.at) if one.offer.id == asked.offer.id]
        match entry.outcome:
            case Order() if others:
                raise Broken(f"key: {asked.offer.id} is booked twice")
            case AlreadyBooked() if not self._was_booked(asked.offer.id):
                raise Broken(f"losers: {asked.offer.id} was never booked, and is refused")
            case BalanceTooLow() if asked.total.minor <= self._balance(asked.owner, asked):
                raise Broken(f"money: {asked.owner} can pay {asked.total} and is refused")

    def _was_booked(self, offer_id: str) -> bool:
        return any(
            one.offer.id == offer_id and one.state in ("held", "paid")
            for one in self._book.orders.values()
        )

    def _judge_pay(self, entry: Did) -> None:
        asked: Payment = entry.asked[0]
        bought = self._book.orders.get(asked.order_id)
        if isinstance(entry.outcome, Replayed | KeyReused) or bought is None:
            return
        until = bought.price_until or bought.hold_until or 0.0
        is_payable = bought.is_live(entry.at) and bought.state == "held" and entry.at < until
        match entry.outcome:
            case Payment():
                if not is_payable:
                    raise Broken(f"G5: {bought.id} was paid too late, or twice")
                if asked.amount.minor != bought.total:
                    raise Broken(f"G5: {bought.id} is held for {bought.total}, paid {asked.amount}")
            case WrongState() | None if is_payable:
                raise Broken(f"G5: {bought.id} is held until {until}, refused at {entry.at}")
            case AmountDiffers() if is_payable and asked.amount.minor == bought.total:
                raise Broken(f"G5: {bought.id} is held for {bought.total}, asked {entry.outcome}")
            case BalanceTooLow() if asked.amount.minor <= self._balance(bought.owner, bought):
                raise Broken(f"money: {bought.owner} can pay {asked.amount} and is refused")

    def _judge_reprice(self, entry: Did) -> None:
        asked: Repricing = entry.asked[0]
        bought = self._book.orders.get(asked.read.id)
        if isinstance(entry.outcome, Replayed | KeyReused) or bought is None:
            return
        until = bought.price_until or bought.hold_until or 0.0
        is_open = bought.is_live(entry.at) and bought.state == "held" and entry.at >= until
        parts = total_of(asked.order.offer.slices, asked.order.offer.travellers)
        match entry.outcome:
            case Order() if not is_open:
                raise Broken(f"G5: {bought.id} has another price, guaranteed until {until}")
            case Order() if parts.total != asked.order.offer.total.minor:
                raise Broken(f"G5: the parts of {bought.id} are {parts}")
            case WrongState(why) if is_open and why != "changed":
                raise Broken(f"G5: {bought.id} has no price of now: {why}")

    def _balance(self, owner: str, of: Bought | NewOrder) -> int:
        currency = of.currency if isinstance(of, Bought) else of.total.currency
        return self._book.balances.get((owner, currency), 0)

    def _judge_refund(self, entry: Did) -> None:
        quote: Cancellation = entry.outcome  # type: ignore[assignment]  # an effect
        bought = self._book.orders[quote.order_id]
        if quote.refund.minor not in {_refund(bought, one) for one in bought.was_changed}:
            raise Broken(f"refund: {quote.refund} for {bought.id}, which paid {bought.paid}")

    def _judge_confirmation(self, entry: Did) -> None:
        quote = self._book.refunds[entry.asked[0]]
        bought = self._book.orders[quote.order_id]
        if not bought.is_live(entry.at):
            raise Broken(f"refund: {bought.id} is {bought.state} and given back")
        if quote.expires_at.timestamp() <= entry.at:
            raise Broken(f"refund: {quote.id} had expired")
        if quote.paid != bought.paid:
            raise Broken(f"refund: {quote.id} was for {quote.paid}, paid is {bought.paid}")

    def _stands(self, entry: Stands, _: int) -> None:
        if {one.id for one in entry.orders} != self._book.orders.keys():
            raise Broken("losers: there are orders that nobody made, or some are lost")
        for order in entry.orders:
            self._compare(order, self._book.orders[order.id], entry.at)
        held = {place: minor for place, minor in entry.balances.items() if minor}
        if held != {place: minor for place, minor in self._book.balances.items() if minor}:
            raise Broken(f"money: balances are {held}, payments say {self._book.balances}")
        if len(entry.payments) != self._book.payments:
            raise Broken(f"money: {len(entry.payments)} payments for {self._book.payments}")
        self._sums_to_zero(entry)

    def _compare(self, order: Order, bought: Bought, at: float) -> None:
        if order.total.minor != bought.total:
            raise Broken(f"T7: {order.id} cost {bought.total} and now {order.total}")
        if (order.paid, order.refunded) != (bought.paid, bought.refunded):
            raise Broken(f"money: {order.id} says {order.paid}, {order.refunded}: {bought}")
        ended = bought.state == "held" and not bought.is_live(at)
        if order.state.value != bought.state and not (ended and order.state is OrderState.EXPIRED):
            raise Broken(f"losers: {order.id} is {order.state}, and was {bought.state}")

    def _sums_to_zero(self, entry: Stands) -> None:
        """Double entry, of the store's own rows: what came in is there, or with an airline."""
        came = sum(self._book.topped_up.values())
        has = sum(entry.balances.values())
        paid = sum(one.amount.minor for one in entry.payments if one.type is By.BALANCE)
        back = sum(one.refunded for one in entry.orders if one.payment_type is By.BALANCE)
        if came - has - paid + back:
            raise Broken(f"ledger: {came} came, {has} is there, {paid} paid, {back} came back")

    def _over(self, entry: Over, _: int) -> None:
        late = [one.id for one in entry.orders if one.state is OrderState.HELD]
        if late:
            raise Broken(f"holds: {late} never end")


def _refund(bought: Bought, is_airlines_change: bool) -> int:
    """The rule: all of it if the airline changed the trip; nothing if a fare is not refundable;
    else less a penalty for each passenger and slice, the dearest of its fares."""
    if is_airlines_change:
        return bought.paid
    back = bought.paid
    for part in bought.offer.slices:
        if not all(sold.terms.refundable for sold in part.segments):
            return 0
        dearest = max(sold.terms.refund_penalty or 0 for sold in part.segments)
        back -= dearest * len(bought.offer.travellers)
    return max(0, back)

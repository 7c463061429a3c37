"""The contract of accounts that buy: their orders are theirs, the shop's balance pays."""

from holdfast.flights.domain.money import Money
from holdfast.flights.domain.order import Cancellation, Order, Payment
from holdfast.flights.domain.owners import SHOP, owner_of
from holdfast.flights.service.ports.bookings import BalanceTooLow
from tests.flights.booking_samples import FARE, SIMPLE, new_order, seat
from tests.flights.store.bookings_contract import (
    FUNDS,
    HOUR,
    Contract,
    Shop,
    payment_of,
    quote_of,
)

MIRA = owner_of("mira")


async def has(shop: Shop, owner: str) -> int:
    """What an owner has, in cents."""
    return (await shop.balances.balance(owner, "EUR")).minor


class PersonContract(Contract):
    """Mira has an account; the shop has money."""

    async def test_what_an_account_buys_is_its_own_and_the_shop_pays(self, shop: Shop) -> None:
        await shop.balances.top_up(SHOP, Money(FUNDS, "EUR"), "start")
        made = await shop.buy(owner=MIRA)
        now = await shop.now()
        extra = await shop.bookings.add_seats(
            made.id, MIRA, [seat(made, price=900)], payment=payment_of(made, now, 900)
        )
        assert isinstance(extra, Order)
        held = await shop.buy(owner=MIRA, hold=HOUR)
        assert isinstance(await shop.bookings.pay(payment_of(held, now), MIRA), Payment)
        assert await has(shop, SHOP) == FUNDS - 2 * FARE - 900
        assert await has(shop, MIRA) == 0
        assert len(await shop.lists.payments(MIRA, made.id)) == 2
        for other in (SHOP, owner_of("ben")):
            assert not await shop.lists.payments(other, made.id)
            assert await shop.bookings.order(made.id, other) is None
            assert await shop.bookings.pay(payment_of(held, now), other) is None

    async def test_what_an_account_gives_back_goes_back_to_the_shop(self, shop: Shop) -> None:
        await shop.balances.top_up(SHOP, Money(FUNDS, "EUR"), "start")
        made, now = await shop.buy(owner=MIRA), await shop.now()
        quote = quote_of(made, now, 7_000)
        await shop.bookings.quote_cancellation(quote, MIRA)
        assert await shop.bookings.confirm_cancellation(quote.id, SHOP, now) is None
        done = await shop.bookings.confirm_cancellation(quote.id, MIRA, now)
        assert isinstance(done, Cancellation)
        assert await has(shop, SHOP) == FUNDS - FARE + 7_000
        assert await has(shop, MIRA) == 0

    async def test_an_account_buys_nothing_that_the_shop_cannot_pay(self, shop: Shop) -> None:
        order = new_order(await shop.offer(SIMPLE), owner=MIRA)
        assert await shop.bookings.place(order) == BalanceTooLow(Money(0, "EUR"))
        held = await shop.buy(owner=MIRA, hold=HOUR)
        pay = payment_of(held, await shop.now())
        assert await shop.bookings.pay(pay, MIRA) == BalanceTooLow(Money(0, "EUR"))
        await shop.balances.set_credit(SHOP, Money(FARE, "EUR"))
        assert isinstance(await shop.bookings.pay(pay, MIRA), Payment)
        assert await has(shop, SHOP) == -FARE

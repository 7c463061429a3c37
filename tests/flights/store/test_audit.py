"""The auditor is green after ordinary business, and each lie turns the right assertion red."""

import pytest

from holdfast.flights.domain.money import Money
from holdfast.flights.domain.owners import SHOP, owner_of
from holdfast.flights.service.ports.audits import AuditReport
from holdfast.flights.store.audit import ASSERTIONS, PostgresAuditor
from holdfast.platform.data.database import Database
from holdfast.platform.data.queries import Statement
from tests.flights.booking_samples import OWNER, Wish, new_order, seat, segment
from tests.flights.store.bookings_contract import FUNDS, HOUR, Shop, answering, payment_of, quote_of
from tests.flights.store.repricing_contract import anew, lapsed
from tests.flights.store.shop import open_shop


@pytest.fixture
async def shop(flights_database: Database) -> Shop:
    """A shop in which everything happened: sold, held, paid, given back, expired, repriced."""
    shop = await open_shop(flights_database)
    now = await shop.now()
    made = await shop.buy(Wish((segment(100), segment(200))))
    await shop.bookings.add_seats(
        made.id, OWNER, [seat(made, price=700)], payment=payment_of(made, now, 700)
    )
    overdue = await shop.offer()
    await shop.bookings.place(new_order(overdue, seats=(seat(overdue, "1B"),), hold=HOUR))
    await shop.pass_time(2 * HOUR)
    await shop.bookings.expire()
    held = await shop.buy(hold=HOUR)
    await shop.bookings.pay(payment_of(held, now), OWNER)
    dearer = anew(await lapsed(shop), now)
    await shop.bookings.reprice(dearer)
    await shop.bookings.pay(payment_of(dearer.order, now), OWNER)
    back = await shop.buy()
    quote = quote_of(back, now, 5000)
    await shop.bookings.quote_cancellation(quote, OWNER)
    await shop.bookings.confirm_cancellation(quote.id, OWNER, now)
    await shop.balances.top_up(SHOP, Money(FUNDS, "EUR"), "start")
    mine = await shop.buy(owner=owner_of("mira"))
    quote = quote_of(mine, now, 5000)
    await shop.bookings.quote_cancellation(quote, owner_of("mira"))
    await shop.bookings.confirm_cancellation(quote.id, owner_of("mira"), now)
    kept = await shop.offer()
    order = new_order(kept, seats=(seat(kept, "2C"),), hold=HOUR)
    await shop.bookings.place(order, answering("key"))
    return shop


async def audit(database: Database) -> AuditReport:
    return await PostgresAuditor(database).audit()


async def test_ordinary_business_is_green_and_everything_was_looked_at(
    shop: Shop, flights_database: Database
) -> None:
    report = await audit(flights_database)
    assert report.is_green, report
    assert [one.name for one in report.assertions] == list(ASSERTIONS)
    assert all(one.checked > 0 for one in report.assertions), report


LIES = [
    ("inventory_conserved", "UPDATE leg_dates SET sold = sold - 1 WHERE sold > 0"),
    ("inventory_conserved", "UPDATE leg_dates SET held = held + 1 WHERE held > 0"),
    ("inventory_conserved", "UPDATE leg_dates SET classes = '{Q}' WHERE cardinality(classes) = 1"),
    ("seat_unique", "DELETE FROM seats WHERE designator = '12A'"),
    ("seat_unique", "UPDATE seats SET state = 'sold', expires_at = NULL"),
    ("money_conserved", "UPDATE balances SET minor = minor + 1"),
    ("money_conserved", "UPDATE payments SET amount = amount + 1"),
    (
        "money_conserved",
        "UPDATE orders SET refunded = refunded - 1 WHERE refunded > 0",
    ),
    (
        "nothing_stuck",
        "UPDATE orders SET hold_until = now() - interval '2 minutes' WHERE state = 'held'",
    ),
    ("nothing_stuck", "DELETE FROM payments"),
    ("idempotent_single_effect", "UPDATE orders SET key = 'same'"),
    ("idempotent_single_effect", "UPDATE orders SET state = 'paid' WHERE state = 'cancelled'"),
    ("losers_leave_nothing", "DELETE FROM order_legs"),
    ("losers_leave_nothing", "UPDATE order_legs SET leg_id = leg_id + 1000"),
    ("losers_leave_nothing", "UPDATE orders SET state = 'expired' WHERE state = 'held'"),
    (
        "losers_leave_nothing",
        "INSERT INTO reaccommodations SELECT 1, id, 1 FROM orders WHERE state = 'cancelled'",
    ),
]


@pytest.mark.parametrize(("assertion", "lie"), LIES)
async def test_a_lie_turns_the_assertion_red(
    shop: Shop, flights_database: Database, assertion: str, lie: str
) -> None:
    await flights_database.execute(Statement("lie", lie))
    found = {one.name: one for one in (await audit(flights_database)).assertions}
    assert found[assertion].wrong > 0
    assert found[assertion].examples

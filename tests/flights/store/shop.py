"""A `Shop` on a test's database, with the flights of `booking_samples` filed."""

from datetime import timedelta

from holdfast.flights.store.bookings import PostgresBookings
from holdfast.flights.store.order_lists import PostgresBalances, PostgresOrderLists
from holdfast.platform.data.database import Database
from holdfast.platform.data.queries import Statement
from tests.flights.booking_samples import patterns
from tests.flights.store.bookings_contract import FUNDS, OWNER, Money, Shop
from tests.flights.store.filing import file_legs

AGE = (
    "UPDATE orders SET hold_until = hold_until - $1::interval, price_until = price_until - $1",
    "UPDATE seats SET expires_at = expires_at - $1::interval",
    "UPDATE cancellations SET expires_at = expires_at - $1::interval",
)


async def open_shop(database: Database, funds: int = FUNDS) -> Shop:
    """The store's doors; the owner has money. Time passes by making what is stored older."""
    await file_legs(database, patterns())

    async def pass_time(by: timedelta) -> None:
        for sql in AGE:
            await database.execute(Statement("age", sql), by)

    shop = Shop(
        PostgresBookings(database),
        PostgresOrderLists(database),
        PostgresBalances(database),
        pass_time,
    )
    await shop.balances.top_up(OWNER, Money(funds, "EUR"), "start")
    return shop

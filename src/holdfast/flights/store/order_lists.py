"""`OrderLists` and `Balances` on PostgreSQL: pages by key, and what owners have with us."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from holdfast.flights.domain.money import Money
from holdfast.flights.domain.order import Cancellation, Order, Payment
from holdfast.flights.service.ports.order_lists import (
    MAX_PAYMENTS,
    Listed,
    Mark,
    OrderFilter,
    Page,
)
from holdfast.flights.store.order_rows import (
    END_OF_TIME,
    cancellation_of,
    folded,
    order_of,
    payment_of,
)
from holdfast.flights.store.statements import queries
from holdfast.platform.data.database import Database

SQL = queries("order_lists")
T = TypeVar("T")


class PostgresOrderLists:
    """See `OrderLists`. `database` may be a replica's door."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def orders(self, owner: str, wanted: OrderFilter, page: Page) -> Listed[Order]:
        """See `OrderLists.orders`."""
        subject = "created" if wanted.sort == "created_at" else "due"
        # before a mark: read away from it, then turn round
        direction = "down" if wanted.descending is (page.before is None) else "up"
        mark = page.before or page.after
        rows = await self._database.fetch(
            SQL[f"orders_{subject}_{direction}"],
            owner,
            wanted.awaiting_payment,
            wanted.booking_reference,
            list(map(folded, wanted.passenger_names)),
            mark and mark.at,
            mark and mark.id,
            page.limit + 1,
        )

        def mark_of(order: Order) -> Mark:
            at = order.created_at if subject == "created" else order.hold_until or END_OF_TIME
            return Mark(at, order.id)

        return cut(list(map(order_of, rows)), page, mark_of)

    async def cancellations(
        self, owner: str, order_id: str | None, page: Page
    ) -> Listed[Cancellation]:
        """See `OrderLists.cancellations`."""
        statement = SQL.cancellations_down if page.before is None else SQL.cancellations_up
        mark = page.before or page.after
        rows = await self._database.fetch(
            statement, owner, order_id, mark and mark.at, mark and mark.id, page.limit + 1
        )
        return cut(list(map(cancellation_of, rows)), page, lambda one: Mark(one.created_at, one.id))

    async def payments(self, owner: str, order_id: str) -> Sequence[Payment]:
        """See `OrderLists.payments`."""
        rows = await self._database.fetch(SQL.payments, owner, order_id, MAX_PAYMENTS)
        return tuple(map(payment_of, rows))


class PostgresBalances:
    """See `Balances`. `database` is the leader's door."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def balance(self, owner: str, currency: str) -> Money:
        """See `Balances.balance`."""
        minor = await self._database.fetchval(SQL.balance, owner, currency)
        return Money(minor or 0, currency)

    async def top_up(self, owner: str, amount: Money, reference: str) -> bool:
        """See `Balances.top_up`."""
        minor = await self._database.fetchval(
            SQL.top_up, owner, reference, amount.currency, amount.minor
        )
        return minor is not None

    async def set_credit(self, owner: str, limit: Money) -> None:
        """See `Balances.set_credit`."""
        await self._database.execute(SQL.set_credit, owner, limit.currency, limit.minor)


def cut(found: list[T], page: Page, mark_of: Callable[[T], Mark]) -> Listed[T]:
    """A page of what was found in reading order, which is one more than the page's limit if there
    is more that way. Before a mark the reading order is the opposite of the list's."""
    has_more = len(found) > page.limit
    items = found[: page.limit]
    if page.before is not None:
        items.reverse()
    if not items:
        return Listed(())
    goes_back = has_more if page.before is not None else page.after is not None
    goes_on = True if page.before is not None else has_more
    return Listed(
        tuple(items),
        before=mark_of(items[0]) if goes_back else None,
        after=mark_of(items[-1]) if goes_on else None,
    )

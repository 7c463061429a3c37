"""Bookings on PostgreSQL pass the contract; what only a database has is tried here as well."""

import pytest

from holdfast.flights.domain.order import Order
from holdfast.flights.service.ports.bookings import SoldOut
from holdfast.platform.data.database import Database
from holdfast.platform.data.failures import ConstraintViolated
from holdfast.platform.data.queries import Statement
from tests.flights.booking_samples import Wish, new_order, pattern
from tests.flights.store import bookings_contract as contract
from tests.flights.store.filing import file_legs, file_limits
from tests.flights.store.persons_contract import PersonContract
from tests.flights.store.repricing_contract import RepriceContract
from tests.flights.store.shop import open_shop


@pytest.fixture
async def shop(flights_database: Database) -> contract.Shop:
    return await open_shop(flights_database)


class TestPlacing(contract.PlaceContract):
    async def test_filed_limits_of_nested_classes_bind(
        self, shop: contract.Shop, flights_database: Database
    ) -> None:
        await file_limits(flights_database, 100, ("FRA", "LHR"), [("Y", 6), ("M", 4), ("Q", 1)])
        cheap, middle, full = (Wish(booking_class=name) for name in "QMY")
        assert [await shop.left(one) for one in (full, middle, cheap)] == [6, 4, 1]
        await shop.buy(cheap)
        assert [await shop.left(one) for one in (full, middle, cheap)] == [5, 3, 0]
        await shop.buy(middle)
        await shop.buy(full)
        assert [await shop.left(one) for one in (full, middle, cheap)] == [3, 2, 0]
        assert await shop.left(Wish(booking_class="Z")) == 0

    async def test_filed_capacity_and_overbooking_come_before_the_aircraft(
        self, shop: contract.Shop, flights_database: Database
    ) -> None:
        await file_limits(flights_database, 100, ("FRA", "LHR"), [], capacity=3, overbooking=1)
        assert await shop.left() == 4

    async def test_the_seats_of_a_codeshare_are_the_operating_flight_s(
        self, shop: contract.Shop, flights_database: Database
    ) -> None:
        partner = pattern(100, 1, board="FRA", off="OSL")
        shared = {
            "designator": partner.designator.__class__("ZZ", 900),
            "operating": partner.designator,
        }
        await file_legs(flights_database, [pattern(100, 1, off="OSL", **shared)])
        flight = contract.segment(100)
        leg = flight.legs[0]
        key = type(leg.key)("HF", 100, "", leg.key.flight_date, "FRA", "OSL")
        legs = (contract.replace(leg, key=key),)
        assert await shop.left(Wish((contract.replace(flight, legs=legs),))) == 6

    async def test_a_refused_order_leaves_no_row(
        self, shop: contract.Shop, flights_database: Database
    ) -> None:
        order = new_order(await shop.offer(Wish(types=(contract.ADULT,) * 7)))
        answer = await shop.bookings.place(order, contract.answering("k"))
        assert isinstance(answer, SoldOut)
        for table in ("orders", "order_legs", "seats", "payments", "outbox", "idempotency_keys"):
            count = Statement("count", f"SELECT count(*) FROM {table}")
            assert await flights_database.fetchval(count) == 0, table

    async def test_what_happened_is_in_the_outbox(
        self, shop: contract.Shop, flights_database: Database
    ) -> None:
        made = await shop.buy()
        rows = await flights_database.fetch(Statement("o", "SELECT * FROM outbox ORDER BY id"))
        assert [(row["type"], row["order_id"]) for row in rows] == [
            ("order.created", made.id),
            ("payment.created", made.id),
        ]


class TestKeys(contract.KeyContract):
    pass


class TestPaying(contract.PayContract):
    pass


class TestRepricing(RepriceContract):
    pass


class TestCancelling(contract.CancelContract):
    pass


class TestSeating(contract.SeatContract):
    pass


class TestListing(contract.ListContract):
    pass


class TestPersons(PersonContract):
    pass


class TestSafetyNet:
    """What the database refuses even if a program is wrong."""

    @pytest.mark.parametrize(
        ("sql", "constraint"),
        [
            ("UPDATE leg_dates SET sold = capacity + overbooking + 1", "never_oversold"),
            ("UPDATE leg_dates SET sold = -1", "leg_dates_sold_check"),
            ("UPDATE balances SET minor = -1", "covered"),
            ("UPDATE ledger SET amount = 0", "append_only"),
            ("DELETE FROM ledger", "append_only"),
            (
                "INSERT INTO ledger (posting, account, party, currency, amount)"
                " VALUES (1, 'bsp', '', 'EUR', 1)",
                "balanced_posting",
            ),
            ("UPDATE orders SET paid = total + 1", "orders_check"),
        ],
    )
    async def test_an_impossible_change_is_refused(
        self, shop: contract.Shop, flights_database: Database, sql: str, constraint: str
    ) -> None:
        assert isinstance(await shop.bookings.place(new_order(await shop.offer())), Order)
        with pytest.raises(ConstraintViolated) as refused:
            await flights_database.execute(Statement("wrong", sql))
        assert refused.value.constraint.startswith(constraint)

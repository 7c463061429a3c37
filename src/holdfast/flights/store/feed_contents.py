"""What each kind of content does to the tables, inside the transaction of its delivery.

The stores of schedule, fares and status write and move the versions; the flights that are flown
otherwise now are told, so that their bookings get their changes in the same transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from holdfast.flights.domain.delivery import BadRecord, Delivery
from holdfast.flights.domain.fares_load import FaresLoad
from holdfast.flights.domain.price_rule import PriceRule
from holdfast.flights.domain.schedule import Designator
from holdfast.flights.domain.schedule_clocks import Clocks
from holdfast.flights.service.feed_content import (
    ChangeContent,
    Content,
    FaresContent,
    ScheduleContent,
    StatusContent,
)
from holdfast.flights.store.fares import apply_fares
from holdfast.flights.store.feed_changes import apply_changes
from holdfast.flights.store.schedule import ScheduleChanged, replace_schedule
from holdfast.flights.store.statements import queries
from holdfast.flights.store.status import apply_status
from holdfast.platform.data.database import Transaction

SQL = queries("feeds")


@dataclass(frozen=True, slots=True)
class Applied:
    """How many things are different now, which flights are flown or limited otherwise (of any
    carrier, for codeshares), and which records could not be applied after all."""

    changed: int
    touched: Sequence[Designator] = ()
    bad: Sequence[BadRecord] = ()


async def apply_content(
    tx: Transaction, delivery: Delivery, content: Content, clocks: Clocks, rule: PriceRule
) -> Applied:
    """Write the content of an accepted file. `clocks`: for times that come without offsets.
    `rule`: for prices."""
    match content:
        case ScheduleContent(legs):
            return _rescheduled(await replace_schedule(tx, delivery.airline, legs))
        case ChangeContent(changes):
            return _rescheduled(*await apply_changes(tx, delivery.airline, changes, clocks))
        case FaresContent(load):
            return await _file_fares(tx, delivery, load, rule)
        case StatusContent(updates):
            return Applied(
                await apply_status(
                    tx, delivery.airline, updates, delivery.sequence, feed=delivery.feed
                )
            )
        case _:
            assert_never(content)


def _rescheduled(changed: ScheduleChanged, bad: Sequence[BadRecord] = ()) -> Applied:
    return Applied(changed.changed, sorted(changed.designators), bad)


async def _file_fares(
    tx: Transaction, delivery: Delivery, load: FaresLoad, rule: PriceRule
) -> Applied:
    row = await tx.fetchrow(SQL.moment_of_delivery)
    assert row is not None
    filed = await apply_fares(
        tx,
        delivery.airline,
        load,
        full=delivery.is_full,
        sequence=row["number"],
        now=row["now"],
        rule=rule,
    )
    assert not filed.is_stale, "the lane's lock keeps fares in order"
    bad = [
        BadRecord(0, "fares of the same product stay on sale for its dates", str(key)[:200])
        for key in filed.refused
    ]
    return Applied(filed.touched, filed.limited, bad)

"""What each kind of content does to the tables, inside the transaction of its delivery.

The stores of schedule, fares and status write and move the versions; the flights that are flown
otherwise now are told, so that their bookings get their changes in the same transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from holdfast.flights.domain.delivery import BadRecord, Delivery
from holdfast.flights.domain.schedule import Designator
from holdfast.flights.service.feed_content import Content, ScheduleContent, StatusContent
from holdfast.flights.store.schedule import ScheduleChanged, replace_schedule
from holdfast.flights.store.status import apply_status
from holdfast.platform.data.database import Transaction


@dataclass(frozen=True, slots=True)
class Applied:
    """How many things are different now, which flights are flown otherwise, and which records
    could not be applied after all."""

    changed: int
    touched: Sequence[Designator] = ()
    bad: Sequence[BadRecord] = ()


async def apply_content(tx: Transaction, delivery: Delivery, content: Content) -> Applied:
    """Write the content of an accepted file."""
    match content:
        case ScheduleContent(legs):
            return _rescheduled(await replace_schedule(tx, delivery.airline, legs))
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

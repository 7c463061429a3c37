"""What telegrams do to a stored schedule: read their flights once, change them, write what differs.

A change that cannot be carried out, or that finds nothing to change, is set aside with its line;
the others stand.
"""

from collections.abc import Sequence

from holdfast.flights.domain.delivery import BadRecord
from holdfast.flights.domain.schedule import Designator, LegPattern
from holdfast.flights.domain.schedule_change import apply, designators_of
from holdfast.flights.domain.schedule_clocks import Clocks
from holdfast.flights.store.schedule import ScheduleChanged, exchange_legs, flight_legs
from holdfast.flights.wire.ssm import FiledChange
from holdfast.platform.data.database import Transaction


async def apply_changes(
    tx: Transaction, airline: str, changes: Sequence[FiledChange], clocks: Clocks
) -> tuple[ScheduleChanged, list[BadRecord]]:
    """Carry out the changes in their order; what is different, and what was set aside."""
    flights = sorted({one for filed in changes for one in designators_of(filed.change)})
    before = await flight_legs(tx, *flights) if flights else []
    now: dict[Designator, set[LegPattern]] = {flight: set() for flight in flights}
    for leg in before:
        now[leg.designator].add(leg)
    bad = [
        BadRecord(filed.line, reason, f"{filed.action} {filed.change.target.designator}")
        for filed in changes
        if (reason := _change(now, filed, clocks))
    ]
    after = set().union(*now.values())
    was = set(before)
    changed = await exchange_legs(
        tx,
        airline,
        [leg for leg in before if leg not in after],
        sorted(after - was, key=lambda leg: (leg.designator, leg.period, leg.sequence)),
    )
    return changed, bad


def _change(now: dict[Designator, set[LegPattern]], filed: FiledChange, clocks: Clocks) -> str:
    """Carry one change out on the legs at hand; why it cannot be, or an empty text."""
    legs = [leg for flight in designators_of(filed.change) for leg in now[flight]]
    legs.sort(key=lambda leg: (leg.designator, leg.period, leg.sequence))
    exchange = apply(legs, filed.change, clocks)
    if exchange.fault:
        return exchange.fault
    if exchange.unmatched and not (exchange.removed or exchange.added):
        return "there is nothing to change on these dates"
    for leg in exchange.removed:
        now[leg.designator].discard(leg)
    for leg in exchange.added:
        now[leg.designator].add(leg)
    return ""

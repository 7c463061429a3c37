"""Schedules and limits put into a test's database by hand, as an ingested feed would leave them."""

from collections.abc import Iterable, Sequence

from holdfast.flights.domain.schedule import LegPattern
from holdfast.platform.data.database import Calls
from holdfast.platform.data.queries import Statement

INSERT = Statement(
    "file_leg",
    """INSERT INTO schedule_legs (airline, number, suffix, variation, sequence, service_type,
        first_date, last_date, days, board, off_point, departure_min, departure_offset_min,
        arrival_min, arrival_offset_min, aircraft, configuration, operating_carrier,
        operating_number, operating_suffix, digest)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
        $20, '')""",
)
CLEAR = Statement("unfile_flight", "DELETE FROM schedule_legs WHERE airline = $1 AND number = $2")
LIMIT = Statement(
    "file_limits",
    """INSERT INTO class_limits (carrier, number, board, off_point, cabin, first_date, last_date,
        days, classes, limits, capacity, overbooking)
    VALUES ('HF', $1, $2, $3, 'economy', '2027-06-01', '2027-06-30', 127, $4, $5, $6, $7)""",
)
UNLIMIT = Statement("unfile_limits", "DELETE FROM class_limits")


async def file_legs(calls: Calls, patterns: Iterable[LegPattern]) -> None:
    """Add leg patterns."""
    for one in patterns:
        operating = one.operating
        await calls.execute(
            INSERT,
            one.designator.carrier,
            one.designator.number,
            one.designator.suffix,
            one.variation,
            one.sequence,
            one.service_type,
            one.period.first,
            one.period.last,
            one.period.days,
            one.board,
            one.off,
            one.departure_min,
            one.departure_offset_min,
            one.arrival_min,
            one.arrival_offset_min,
            one.aircraft,
            one.configuration,
            operating and operating.carrier,
            operating and operating.number,
            operating and operating.suffix,
        )


async def refile(calls: Calls, number: int, patterns: Iterable[LegPattern]) -> None:
    """Replace a flight's patterns."""
    await calls.execute(CLEAR, "HF", number)
    await file_legs(calls, patterns)


async def file_limits(
    calls: Calls,
    number: int,
    leg: tuple[str, str],
    classes: Sequence[tuple[str, int]],
    *,
    capacity: int | None = None,
    overbooking: int = 0,
) -> None:
    """File limits of economy classes of a leg in June."""
    names, limits = [name for name, _ in classes], [limit for _, limit in classes]
    await calls.execute(LIMIT, number, *leg, names, limits, capacity, overbooking)

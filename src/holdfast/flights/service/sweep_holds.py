"""Sweep holds that ran out, so that counters say what can be sold.

Nobody depends on it being in time: an overdue hold reads as expired, cannot be paid, and its seats
are taken over by whoever wants them first.
"""

from holdfast.flights.service.ports.bookings import MAX_SWEPT, Bookings

MAX_ROUNDS = 20
"""Transactions of one sweep: 10,000 orders; what is left waits for the next one."""


async def sweep_holds(bookings: Bookings) -> int:
    """Free the seats of overdue holds, in bounded transactions; how many orders expired."""
    swept = 0
    for _ in range(MAX_ROUNDS):
        found = await bookings.expire(MAX_SWEPT)
        swept += found
        if found < MAX_SWEPT:
            break
    return swept

"""A sweep frees what is overdue, in bounded rounds."""

from datetime import timedelta

import pytest

from holdfast.flights.service.sweep_holds import sweep_holds
from tests.flights.service.booking_desk import Desk

HOUR = timedelta(hours=1)


async def test_overdue_holds_are_freed_and_others_stay() -> None:
    desk = Desk()
    await desk.buy(hold=HOUR)
    await desk.buy(hold=3 * HOUR)
    assert await sweep_holds(desk.store) == 0
    desk.moment += 2 * HOUR
    assert await sweep_holds(desk.store) == 1
    assert await sweep_holds(desk.store) == 0


async def test_a_sweep_goes_on_while_rounds_are_full_but_not_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("holdfast.flights.service.sweep_holds.MAX_SWEPT", 1)
    monkeypatch.setattr("holdfast.flights.service.sweep_holds.MAX_ROUNDS", 3)
    desk = Desk()
    for _ in range(5):
        await desk.buy(hold=HOUR)
    desk.moment += 2 * HOUR
    assert await sweep_holds(desk.store) == 3
    assert await sweep_holds(desk.store) == 2

"""Many rows go to the database in pages, in the order they came."""

import pytest

from holdfast.flights.domain.fares_load import FaresLoad
from holdfast.flights.store import price_writer
from holdfast.flights.store.fares import fares_of
from holdfast.platform.data.database import Database
from tests.flights.store.test_fares import Airline, fare


async def test_more_rows_than_a_page_are_written_and_read(
    flights_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(price_writer, "PAGE", 10)
    airline = Airline(flights_database)
    many = [fare(100 + number, number=number) for number in range(1, 36)]
    assert (await airline.deliver(FaresLoad(many))).new == 35
    assert [one.key for one in await fares_of(flights_database, "ZZ")] == [one.key for one in many]
    dearer = [fare(101 + number, number=number) for number in range(1, 36)]
    assert (await airline.deliver(FaresLoad(dearer), 60)).changed == 35
    assert (await airline.deliver(FaresLoad(dearer[:3]), 120)).withdrawn == 32

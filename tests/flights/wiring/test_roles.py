"""Who may do what with flights' tables; tests/test_database_roles.py asks a real server."""

from holdfast.flights.wiring.app import APP
from holdfast.flights.wiring.kinds import PAGES
from holdfast.flights.wiring.roles import FLIGHTS


def test_every_process_of_flights_but_its_pages_reaches_its_tables() -> None:
    assert APP.schema is FLIGHTS
    with_data = [process.name for process in APP.processes if process.name != PAGES]
    assert [role.process for role in FLIGHTS.roles] == with_data


def test_only_the_booking_process_sells() -> None:
    sells = {"bookings.place", "bookings.pay", "bookings.confirm_cancellation"}
    sellers = [role.process for role in FLIGHTS.roles if role.statements & sells]
    assert sellers == ["flights-booking"]


def test_only_ingest_writes_what_is_filed() -> None:
    files = {"fares.save_fares", "copy schedule_legs", "status.put_known", "versions.bump_version"}
    writers = [role.process for role in FLIGHTS.roles if role.statements & files]
    assert writers == ["flights-ingest"]

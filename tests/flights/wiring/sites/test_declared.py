"""Everything that flights serves is declared once."""

from collections import Counter

from holdfast.flights.wiring.sites.declared import BOOKING, DECLARED, INGEST, SEARCH, SEATS


def test_no_operation_is_declared_twice() -> None:
    counted = Counter((one.method, one.path) for one in DECLARED)
    assert [one for one, times in counted.items() if times > 1] == []


def test_every_process_declares_something() -> None:
    assert all((BOOKING, INGEST, SEARCH, SEATS))
    assert len(DECLARED) == sum(map(len, (BOOKING, INGEST, SEARCH, SEATS)))

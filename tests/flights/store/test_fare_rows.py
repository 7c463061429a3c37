"""Terms are kept as text that means the same however the database writes it."""

from holdfast.flights.domain.fare import FareTerms
from holdfast.flights.store.fare_rows import columns_of, terms_of, terms_text


def test_terms_survive_their_text() -> None:
    terms = FareTerms("Flex é", True, None, True, 100, 2, 1, True, 72, 24)
    assert terms_of(terms_text(terms)) == terms


def test_the_order_and_spaces_of_the_database_make_no_difference() -> None:
    assert terms_of('{"checked_bags": 2, "brand": "Light"}') == FareTerms("Light", checked_bags=2)


def test_rows_become_columns() -> None:
    assert columns_of([(1, "a"), (2, None)]) == [[1, 2], ["a", None]]

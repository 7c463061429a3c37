"""Quotes in memory keep the contract."""

import pytest

from holdfast.flights.service.ports.access import Remembered
from holdfast.flights.service.ports.quotes import Quotes
from holdfast.flights.store.memory_access import MemoryRemembered
from holdfast.flights.store.memory_quotes import MemoryQuotes
from tests.flights.store.quotes_contract import QuotesContract, answered, request
from tests.support.sold_trips import NOW


@pytest.fixture
def remembered() -> Remembered:
    return MemoryRemembered(lambda: NOW)


@pytest.fixture
def quotes(remembered: Remembered) -> Quotes:
    return MemoryQuotes(remembered)


class TestMemoryQuotes(QuotesContract):
    """The contract, without a database."""


async def test_without_a_memory_of_answers_a_key_is_passed_over() -> None:
    quotes = MemoryQuotes()
    await quotes.save(request(), "viewer", answered())
    assert await quotes.request(request().id, "acme") is not None

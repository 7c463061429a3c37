"""A house in memory, and the server of the session for its twin."""

import pytest

from tests.support.people import House
from tests.support.postgres import database, dsn, postgres

__all__ = ["database", "dsn", "postgres"]


@pytest.fixture
def house() -> House:
    return House()

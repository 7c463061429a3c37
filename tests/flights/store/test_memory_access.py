"""Access in memory keeps the contract, and forgets when its time has come."""

from datetime import datetime, timedelta

import pytest

from holdfast.flights.store.memory_access import MemoryRemembered, MemoryTokens
from tests.flights.store.access_contract import NOW, ONCE, RememberedContract, TokensContract


@pytest.fixture
def tokens() -> MemoryTokens:
    return MemoryTokens()


@pytest.fixture
def remembered() -> MemoryRemembered:
    return MemoryRemembered(lambda: NOW)


class TestTokens(TokensContract):
    """The contract."""


class TestRemembered(RememberedContract):
    """The contract."""


async def test_what_is_old_is_forgotten() -> None:
    times: list[datetime] = [NOW, NOW + timedelta(seconds=61)]
    remembered = MemoryRemembered(lambda: times[0])
    await remembered.keep(ONCE, 200, b"{}")
    times.pop(0)
    assert await remembered.sweep(60.0) == 1
    assert await remembered.recall(ONCE) is None

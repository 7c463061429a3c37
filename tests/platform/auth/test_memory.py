"""The store in memory keeps the contract."""

import pytest

from holdfast.platform.auth.memory import MemoryPeople
from tests.platform.auth.contract import Contract


class TestMemory(Contract):
    @pytest.fixture
    def people(self) -> MemoryPeople:
        return MemoryPeople()

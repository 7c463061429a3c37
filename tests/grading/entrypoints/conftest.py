"""What the tests of nodes share. They run on both event loops that a node may have."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest
import uvloop

from holdfast.grading.domain.roster import User, UserId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.service.course_policy import CoursePolicy
from holdfast.grading.store.memory import MemoryStore


@pytest.fixture
async def ledger() -> MemoryStore:
    """A memory store that knows student 1234, with leases a hundred times shorter."""
    policy = CoursePolicy.of(Rules(time_scale=0.01), course="course", identity="open")
    store = MemoryStore(lambda: datetime.now(UTC), policy)
    await store.import_roster([User(UserId(1234), "Ada")])
    return store


def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Nodes are tried on uvloop too, which buffers and times in its own ways."""
    usual = {"asyncio": asyncio.new_event_loop}
    if item.path.name.startswith("test_node"):
        return {**usual, "uvloop": uvloop.new_event_loop}
    return usual

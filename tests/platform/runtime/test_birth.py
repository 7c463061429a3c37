"""A child that is executed: its pipes have the numbers that its environment names."""

import os
import sys

import pytest

from holdfast.platform.runtime.birth import Order, execute
from tests.support.nurseries import own_environment, start


async def test_a_child_finds_its_pipes_by_its_environment() -> None:
    reading, writing = os.pipe()
    child = await start(
        None, "import os; os.write(int(os.environ['GATE']), b'ready')", pipes={"GATE": writing}
    )
    os.close(writing)
    assert await child.end() == (0, "")
    with os.fdopen(reading, "rb") as file:
        assert file.read() == b"ready"


async def test_a_program_that_is_not_there_is_an_error() -> None:
    with pytest.raises(OSError, match="no/such"):
        await execute(Order(("/no/such/program",), own_environment(), sys.__stderr__.fileno(), {}))

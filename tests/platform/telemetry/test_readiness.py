"""Ready is who serves, does not drain, and has what it needs."""

import asyncio

import pytest

from holdfast.errors import DefiniteError
from holdfast.platform.telemetry import readiness as module
from holdfast.platform.telemetry.readiness import DRAINING, STARTING, Readiness


async def test_a_process_is_ready_between_opening_and_closing() -> None:
    readiness = Readiness()
    assert await readiness.why_not() == STARTING
    readiness.opened()
    assert await readiness.why_not() == ""
    assert readiness.takes_work
    readiness.closing()
    assert await readiness.why_not() == DRAINING
    assert not readiness.takes_work


async def test_a_process_whose_database_is_away_is_not_ready_and_says_why() -> None:
    async def away() -> None:
        raise DefiniteError("the database is away")

    readiness = Readiness(away)
    readiness.opened()
    assert await readiness.why_not() == "the database is away"


async def test_whoever_never_answers_is_as_good_as_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PROBE_S", 0.01)

    async def silent() -> None:
        await asyncio.Event().wait()

    readiness = Readiness(silent)
    readiness.opened()
    assert await readiness.why_not() == "no answer within 0.01 s"

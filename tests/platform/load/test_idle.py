"""Idle connections are held by processes of their own, and all asked again."""

import pytest

from holdfast.errors import DefiniteError
from holdfast.platform.load import idle as module
from holdfast.platform.load.idle import Idle
from tests.support.tiny_site import tiny_site


async def test_several_processes_hold_what_is_counted_as_one_crowd(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PER_HOLDER", 20)
    async with tiny_site() as site:
        idle = Idle("127.0.0.1", (site.port,), 30, pace=1000.0)
        await idle.open()
        held = site.connections
        await idle.ask_again()
        await idle.close()
    assert held == site.connections == 30, "each was asked again where it was"
    assert (idle.opened.asked, idle.opened.answered, idle.opened.open_ones) == (30, 30, 30)
    assert (idle.again.asked, idle.again.answered, idle.again.open_ones) == (30, 30, 30)
    assert idle.again.times.count == 30
    assert idle.cpu_s > 0


def test_the_pace_and_the_numbers_are_shared_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PER_HOLDER", 20)
    orders = Idle("127.0.0.1", (1, 2), 50, pace=300.0)._orders()
    assert [(one.first, one.count, one.pace) for one in orders] == [
        (0, 20, 100.0),
        (20, 20, 100.0),
        (40, 10, 100.0),
    ]


async def test_a_holder_that_dies_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    async with tiny_site() as site:
        idle = Idle("127.0.0.1", (site.port,), 2)
        await idle.open()
        idle._holders[0].kill()
        with pytest.raises(DefiniteError, match="idle"):
            await idle.ask_again()
        await idle.close()


async def test_nobody_is_started_for_nothing() -> None:
    idle = Idle("127.0.0.1", (1,), 0)
    await idle.open()
    await idle.ask_again()
    assert not idle._holders
    await idle.close()

"""The reaper closes what lost nodes left, and never blames a node for our own deafness."""

import pytest

from holdfast.grading.service.reap_attempts import CLEAR_EVERY_S, PRUNE_EVERY_S, Reaper
from holdfast.platform.data.failures import Unavailable

SILENCE_S = 5.0


class Store:
    """Counts what it is asked for; may be away or slow."""

    def __init__(self) -> None:
        self.now = 100.0
        self.reaped = 0
        self.pruned = 0
        self.cleared = 0
        self.is_away = False
        self.takes_s = 0.0

    def monotonic(self) -> float:
        return self.now

    async def reap(self, silence_s: float) -> int:
        await self.ping()
        assert silence_s == SILENCE_S
        self.reaped += 1
        return 3

    async def clear_rows(self) -> None:
        self.cleared += 1

    async def prune(self) -> None:
        self.pruned += 1

    async def ping(self) -> None:
        self.now += self.takes_s
        if self.is_away:
            raise Unavailable("away")


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def reaper(store: Store) -> Reaper:
    return Reaper(store, SILENCE_S, store.monotonic)


async def rounds(store: Store, reaper: Reaper, seconds: int) -> int:
    total = 0
    for _ in range(seconds):
        total += await reaper.round()
        store.now += 1
    return total


async def test_it_listens_first_as_long_as_a_node_may_be_silent(
    store: Store, reaper: Reaper
) -> None:
    assert await rounds(store, reaper, 5) == 0
    assert await rounds(store, reaper, 2) == 6
    assert store.reaped == 2


async def test_after_an_outage_of_the_database_it_listens_again(
    store: Store, reaper: Reaper
) -> None:
    await rounds(store, reaper, 6)
    store.is_away = True
    assert await rounds(store, reaper, 3) == 0
    store.is_away = False
    assert await rounds(store, reaper, 5) == 0
    assert await rounds(store, reaper, 1) == 3


async def test_after_a_pause_of_the_process_it_listens_again(store: Store, reaper: Reaper) -> None:
    await rounds(store, reaper, 6)
    store.now += 60
    assert await rounds(store, reaper, 5) == 0
    assert await rounds(store, reaper, 1) == 3


async def test_a_slow_database_is_no_pause(store: Store, reaper: Reaper) -> None:
    store.takes_s = 2.0
    assert await rounds(store, reaper, 6) > 0


async def test_it_prunes_now_and_then(store: Store, reaper: Reaper) -> None:
    await rounds(store, reaper, 3)
    assert store.pruned == 0
    store.now += PRUNE_EVERY_S
    await rounds(store, reaper, 3)
    assert store.pruned == 1


async def test_rows_of_conversations_are_cleared_more_often(store: Store, reaper: Reaper) -> None:
    await rounds(store, reaper, int(CLEAR_EVERY_S))
    assert store.cleared == 0
    await rounds(store, reaper, int(2 * CLEAR_EVERY_S))
    assert store.cleared == 2

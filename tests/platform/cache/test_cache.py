"""The cache against a model: one load at a time, bounded, and never an answer above its age."""

import asyncio
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.platform.cache.aging import Bounds
from holdfast.platform.cache.cache import Cache

BOUNDS = Bounds(fresh_s=1.0, stale_s=5.0)


@dataclass
class Source:
    """A leader whose value for every key is its version, and a clock; loads wait for `gate`."""

    now: float = 100.0
    version: int = 0
    changed_at: list[float] = field(default_factory=lambda: [0.0])
    loads: int = 0
    fails: bool = False
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    async def load(self, key: str) -> tuple[str, int]:
        self.loads += 1
        await self.gate.wait()
        if self.fails:
            raise OSError("the leader is away")
        return key, self.version

    def change(self) -> None:
        self.version += 1
        self.changed_at.append(self.now)


def cache_on(source: Source, entries: int = 10) -> Cache[str, tuple[str, int]]:
    return Cache(source.load, bounds=BOUNDS, entries=entries, now=lambda: source.now)


async def settle() -> None:
    """Let all tasks that can run do so."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_many_who_ask_at_once_cause_one_load() -> None:
    source = Source()
    source.gate.clear()
    cache = cache_on(source)
    asking = [asyncio.create_task(cache.get("a")) for _ in range(100)]
    await settle()
    source.gate.set()
    assert set(await asyncio.gather(*asking)) == {("a", 0)}
    assert source.loads == 1


async def test_a_caller_who_leaves_does_not_end_the_load_of_the_others() -> None:
    source = Source()
    source.gate.clear()
    cache = cache_on(source)
    impatient, patient = (asyncio.create_task(cache.get("a")) for _ in range(2))
    await settle()
    impatient.cancel()
    await settle()
    source.gate.set()
    assert await patient == ("a", 0)
    assert source.loads == 1


async def test_a_stale_answer_is_given_at_once_and_read_anew_behind_the_scenes() -> None:
    source = Source()
    cache = cache_on(source)
    await cache.get("a")
    source.change()
    source.now += 2
    assert await cache.get("a") == ("a", 0)
    await settle()
    assert await cache.get("a") == ("a", 1)
    assert cache.counters.stale == 1


async def test_an_answer_above_its_bound_is_not_given_even_when_the_leader_is_away() -> None:
    source = Source()
    cache = cache_on(source)
    await cache.get("a")
    source.now += 5.1
    source.fails = True
    with pytest.raises(OSError, match="away"):
        await cache.get("a")
    assert cache.counters.failures == 1


async def test_what_is_confirmed_is_not_read_again() -> None:
    source = Source()
    cache = cache_on(source)
    cache.confirm(0, source.now)
    await cache.get("a")
    for _ in range(50):
        source.now += 1
        cache.confirm(0, source.now)
        assert await cache.get("a") == ("a", 0)
    assert source.loads == 1


async def test_a_confirmed_answer_ages_from_its_last_confirmation_once_it_is_outdated() -> None:
    source = Source()
    cache = cache_on(source)
    cache.confirm(0, source.now)
    await cache.get("a")
    source.now += 60
    cache.confirm(0, source.now)
    source.change()
    cache.confirm(1, source.now)
    assert await cache.get("a") == ("a", 0), "right a moment ago: given, and read anew"
    await settle()
    assert await cache.get("a") == ("a", 1)


async def test_a_look_that_is_older_than_the_last_one_changes_nothing() -> None:
    source = Source()
    cache = cache_on(source)
    cache.confirm(3, source.now)
    await cache.get("a")
    cache.confirm(2, source.now + 1)
    cache.confirm(4, source.now - 1)
    assert await cache.get("a") == ("a", 0)
    assert source.loads == 1


async def test_a_load_that_began_before_a_change_is_not_taken_for_the_new_version() -> None:
    source = Source()
    source.gate.clear()
    cache = cache_on(source)
    cache.confirm(0, source.now)
    early = asyncio.create_task(cache.get("a"))
    await settle()
    cache.confirm(1, source.now)
    late = asyncio.create_task(cache.get("a"))
    await settle()
    source.gate.set()
    await asyncio.gather(early, late)
    assert source.loads == 2


async def test_a_forgotten_answer_is_read_again_also_when_a_load_is_under_way() -> None:
    source = Source()
    source.gate.clear()
    cache = cache_on(source)
    first = asyncio.create_task(cache.get("a"))
    await settle()
    cache.forget("a")
    second = asyncio.create_task(cache.get("a"))
    await settle()
    source.gate.set()
    await asyncio.gather(first, second)
    assert source.loads == 2
    assert len(cache) == 1


async def test_the_answer_used_longest_ago_makes_room() -> None:
    source = Source()
    cache = cache_on(source, entries=2)
    for key in ("a", "b", "a", "c", "a"):
        await cache.get(key)
    assert len(cache) == 2
    assert cache.counters.evictions == 1
    assert source.loads == 3


async def test_a_failed_load_is_told_to_all_and_tried_again_by_the_next() -> None:
    source = Source(fails=True)
    source.gate.clear()
    cache = cache_on(source)
    asking = [asyncio.create_task(cache.get("a")) for _ in range(3)]
    await settle()
    source.gate.set()
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert all(isinstance(answer, OSError) for answer in answers)
    source.fails = False
    assert await cache.get("a") == ("a", 0)


async def test_closing_ends_loads_that_hang() -> None:
    source = Source()
    source.gate.clear()
    cache = cache_on(source)
    asking = asyncio.create_task(cache.get("a"))
    await settle()
    await cache.close()
    with pytest.raises(asyncio.CancelledError):
        await asking


steps = st.lists(
    st.one_of(
        st.tuples(st.just("get"), st.sampled_from("abcd")),
        st.tuples(st.just("wait"), st.floats(0.0, 4.0)),
        st.just(("change",)),
        st.just(("look",)),
        st.just(("away",)),
        st.just(("back",)),
    ),
    max_size=60,
)


@given(steps)
def test_no_history_makes_it_give_what_was_wrong_for_longer_than_its_bound(
    history: list[tuple[object, ...]],
) -> None:
    async def live() -> None:
        source = Source()
        cache = cache_on(source, entries=3)
        for step in history:
            match step:
                case ("get", str(key)):
                    try:
                        _, version = await cache.get(key)
                    except OSError:
                        assert source.fails
                        continue
                    if version < source.version:
                        wrong_since = source.changed_at[version + 1]
                        assert source.now - wrong_since <= BOUNDS.stale_s
                    assert len(cache) <= 3
                case ("wait", float(seconds)):
                    source.now += seconds
                case ("change",):
                    source.change()
                case ("look",) if not source.fails:
                    cache.confirm(source.version, source.now)
                case ("away",):
                    source.fails = True
                case ("back",):
                    source.fails = False
                case _:
                    pass
            await settle()
        await cache.close()

    asyncio.run(live())


async def test_the_weight_of_all_answers_is_bounded_and_what_weighs_more_is_not_kept() -> None:
    source = Source()
    weights = {"a": 4, "b": 4, "c": 4, "whale": 11}
    cache: Cache[str, tuple[str, int]] = Cache(
        source.load,
        bounds=BOUNDS,
        entries=10,
        now=lambda: source.now,
        weigh=lambda answer: weights[answer[0]],
        max_weight=10,
    )
    for key in ("a", "b", "a", "c"):
        await cache.get(key)
    assert (len(cache), cache.weight, cache.counters.evictions) == (2, 8, 1)
    loads = source.loads
    assert (await cache.get("whale"))[0] == "whale"
    assert cache.weight == 8
    await cache.get("a")
    assert source.loads == loads + 1
    cache.forget("a")
    assert cache.weight == 4

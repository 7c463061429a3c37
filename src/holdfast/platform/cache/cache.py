"""The law of the cache: bounded, aged, one load at a time for a key, no answer above its bound.

`get` gives what `aging` allows. Whoever asks for a key that is being loaded waits for that load,
also when the one who began it is gone; a load that fails is told to all who wait and kept by
nobody. A load that began before the last change of version is not believed to show it. The answer
used longest ago makes room for a new one, by number and, where answers are weighed, by weight.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from holdfast.platform.cache.aging import UNSTAMPED, Age, Bounds, Stamp, judge, valid_until

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(slots=True)
class Counters:
    """What happened so far: answers given fresh and stale, loads begun and failed, evictions."""

    fresh: int = 0
    stale: int = 0
    loads: int = 0
    failures: int = 0
    evictions: int = 0


@dataclass(slots=True)
class _Answer(Generic[V]):
    value: V
    version: int
    valid_at: float
    weight: int


def _weightless(_: object) -> int:
    """Where only the number of answers is bounded."""
    return 0


class Cache(Generic[K, V]):
    """At most `entries` answers of `load`, none given when it is older than `bounds.stale_s`."""

    def __init__(
        self,
        load: Callable[[K], Awaitable[V]],
        *,
        bounds: Bounds,
        entries: int,
        now: Callable[[], float],
        weigh: Callable[[V], int] = _weightless,
        max_weight: int = 0,
    ) -> None:
        """`load` must have its own time limit; `now` is a monotonic clock, in seconds. All answers
        together weigh at most `max_weight`: one that alone weighs more is given, not kept."""
        self._load = load
        self._bounds = bounds
        self._entries = entries
        self._now = now
        self._weigh = weigh
        self._max_weight = max_weight
        self.weight = 0
        self._answers: OrderedDict[K, _Answer[V]] = OrderedDict()
        self._loading: dict[K, tuple[int, asyncio.Task[V]]] = {}
        self._stamp = UNSTAMPED
        self.counters = Counters()

    def __len__(self) -> int:
        return len(self._answers)

    async def get(self, key: K) -> V:
        """The answer for `key`; raises what its load raised."""
        answer = self._answers.get(key)
        match self._age(answer):
            case Age.FRESH:
                assert answer is not None
                self._answers.move_to_end(key)
                self.counters.fresh += 1
                return answer.value
            case Age.STALE:
                assert answer is not None
                self._answers.move_to_end(key)
                self.counters.stale += 1
                self._loads(key)
                return answer.value
            case Age.TOO_OLD:
                # Shielded: one impatient caller does not end the load of the others.
                return await asyncio.shield(self._loads(key))

    def confirm(self, version: int, seen_at: float) -> None:
        """The leader was looked at from `seen_at` on and has `version` now; never goes back."""
        if version < self._stamp.version or seen_at < self._stamp.seen_at:
            return
        self._remember_validity()
        self._stamp = Stamp(version, seen_at)

    def forget(self, key: K) -> None:
        """The answer is known to be wrong: the next one is read, also if a load is under way."""
        self._drop(key)
        self._loading.pop(key, None)

    async def close(self) -> None:
        """End the loads that still run."""
        tasks = [task for _, task in self._loading.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _age(self, answer: _Answer[V] | None) -> Age:
        if answer is None:
            return Age.TOO_OLD
        valid_at = valid_until(answer.version, answer.valid_at, self._stamp)
        outdated = answer.version < self._stamp.version
        return judge(valid_at, outdated=outdated, now=self._now(), bounds=self._bounds)

    def _remember_validity(self) -> None:
        """Before the stamp moves on: until now the answers of its version were right."""
        for answer in self._answers.values():
            answer.valid_at = valid_until(answer.version, answer.valid_at, self._stamp)

    def _loads(self, key: K) -> "asyncio.Task[V]":
        running = self._loading.get(key)
        if running is not None and running[0] == self._stamp.version:
            return running[1]
        version, began = self._stamp.version, self._now()
        task = asyncio.get_running_loop().create_task(self._perform(key, version, began))
        self._loading[key] = (version, task)
        task.add_done_callback(lambda done: self._ended(key, done))
        self.counters.loads += 1
        return task

    async def _perform(self, key: K, version: int, began: float) -> V:
        value = await self._load(key)
        running = self._loading.get(key)
        if running is None or running[1] is not asyncio.current_task():
            return value  # forgotten or overtaken meanwhile: good for who waits, not for keeping
        self._drop(key)
        weight = self._weigh(value)
        if weight <= self._max_weight:
            self._answers[key] = _Answer(value, version, began, weight)
            self.weight += weight
        while len(self._answers) > self._entries or self.weight > self._max_weight:
            self._drop(next(iter(self._answers)))
            self.counters.evictions += 1
        return value

    def _drop(self, key: K) -> None:
        answer = self._answers.pop(key, None)
        if answer is not None:
            self.weight -= answer.weight

    def _ended(self, key: K, task: "asyncio.Task[V]") -> None:
        running = self._loading.get(key)
        if running is not None and running[1] is task:
            del self._loading[key]
        if not task.cancelled() and task.exception() is not None:
            self.counters.failures += 1

"""Live changes for whoever watches: bounded subscribers, bounded queues, nobody is waited for.

The store publishes; each watcher has a queue of its own. A watcher that is too slow loses its queue
and gets `Missed` instead, which means: read everything again. So a page is never silently stale.
"""

import asyncio
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from holdfast.grading.service.editions import Editions
from holdfast.grading.service.ports import Change, Spoke

MAX_WATCHERS = 500
"""Open event streams of one process: each is a socket and a small queue."""
MAX_QUEUED = 256
"""Changes waiting for one watcher; more than a burst of a whole class, still only some kB."""


@dataclass(frozen=True, slots=True)
class Missed:
    """Changes were lost (a slow watcher, a lost link to the database): read everything again."""


News = Change | Spoke | Missed


class Watcher:
    """One subscription. `next` returns news in order, None once the hub is closed.

    `attempt`: the one whose conversation it follows; of others' it hears nothing.
    """

    def __init__(self, max_queued: int, attempt: str | None = None) -> None:
        self.attempt = attempt
        self._news: deque[News] = deque()
        self._max_queued = max_queued
        self._woken = asyncio.Event()
        self._closed = False

    def put(self, news: News) -> None:
        """Queue news; when the queue is full, all of it becomes one `Missed`."""
        if len(self._news) >= self._max_queued:
            self._news.clear()
            news = Missed()
        self._news.append(news)
        self._woken.set()

    def close(self) -> None:
        """Let `next` return None after what is queued."""
        self._closed = True
        self._woken.set()

    async def next(self) -> News | None:
        """The next news, waited for without a limit: bound it with `asyncio.timeout`."""
        while not self._news:
            if self._closed:
                return None
            self._woken.clear()
            await self._woken.wait()
        return self._news.popleft()


class ChangeHub:
    """Publishes changes to the watchers of this process."""

    def __init__(self, *, max_watchers: int = MAX_WATCHERS, max_queued: int = MAX_QUEUED) -> None:
        self._watchers: set[Watcher] = set()
        self._max_watchers = max_watchers
        self._max_queued = max_queued
        self._closed = False
        self.editions = Editions()

    @property
    def watchers(self) -> int:
        """How many watch now."""
        return len(self._watchers)

    def publish(self, news: Iterable[News]) -> None:
        """Give news to everybody; never waits, never raises."""
        batch = tuple(news)
        self.editions.note(batch)
        for watcher in self._watchers:
            for one in batch:
                if not isinstance(one, Spoke) or one.attempt == watcher.attempt:
                    watcher.put(one)

    def watch(self, attempt: str | None = None) -> Watcher | None:
        """A new subscription, None when there are too many or the hub is closed."""
        if self._closed or len(self._watchers) >= self._max_watchers:
            return None
        watcher = Watcher(self._max_queued, attempt)
        self._watchers.add(watcher)
        return watcher

    def leave(self, watcher: Watcher) -> None:
        """End a subscription; harmless twice."""
        self._watchers.discard(watcher)

    def close(self) -> None:
        """End all subscriptions: open event streams finish, so that a server can stop."""
        self._closed = True
        for watcher in self._watchers:
            watcher.close()

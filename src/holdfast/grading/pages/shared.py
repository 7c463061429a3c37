"""The law of shared answers: many readers at once ask the store once.

When an attempt ends, every open class page asks again in the same second. All who ask while an
answer is young (or under way) get that one. A page's script waits a little longer than `FRESH_S`
after the news, so what it gets was always read after the news.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

FRESH_S = 0.25
"""Age of an answer, counted from when the store was asked, at which it is asked anew."""


T = TypeVar("T")


class Shared(Generic[T]):
    """One question's answer, such as the class's standings, read at most every `fresh_s`."""

    def __init__(
        self,
        read: Callable[[], Awaitable[T]],
        monotonic: Callable[[], float],
        fresh_s: float = FRESH_S,
        edition: Callable[[], Hashable] = lambda: 0,
    ) -> None:
        """`edition`: an answer that was asked for under another one is asked for anew."""
        self._edition = edition
        self._asked_for: Hashable = None
        self._fresh_s = fresh_s
        self._read = read
        self._monotonic = monotonic
        self._asked_at = float("-inf")
        self._answer: asyncio.Task[T] | None = None

    async def get(self) -> T:
        """The answer, at most `fresh_s` old. Raises what the store raises."""
        now, edition = self._monotonic(), self._edition()
        if (
            self._answer is None
            or now - self._asked_at > self._fresh_s
            or edition != self._asked_for
            or _has_failed(self._answer)
        ):
            self._asked_for = edition
            self._asked_at = now
            self._answer = asyncio.ensure_future(self._ask())
            self._answer.add_done_callback(_has_failed)
        # One reader that goes away must not take the answer from the others.
        return await asyncio.shield(self._answer)

    async def _ask(self) -> T:
        return await self._read()


def _has_failed(answer: asyncio.Task[T]) -> bool:
    """Whether the answer is an error; looking at it also keeps asyncio from complaining."""
    return answer.done() and (answer.cancelled() or answer.exception() is not None)

"""The law of shared answers: many readers at once ask the store once.

When an attempt ends, every open class page asks again in the same second. All who ask while an
answer is young (or under way) get that one. A page's script waits a little longer than `FRESH_S`
after the news, so what it gets was always read after the news.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from holdfast.grading.domain.standings import Row

FRESH_S = 0.25
"""Age of an answer, counted from when the store was asked, at which it is asked anew."""


class Shared:
    """The class's standings, read at most every `FRESH_S` seconds."""

    def __init__(
        self,
        read: Callable[[], Awaitable[Sequence[Row]]],
        monotonic: Callable[[], float],
    ) -> None:
        self._read = read
        self._monotonic = monotonic
        self._asked_at = float("-inf")
        self._answer: asyncio.Task[Sequence[Row]] | None = None

    async def get(self) -> Sequence[Row]:
        """The standings, at most `FRESH_S` old. Raises what the store raises."""
        now = self._monotonic()
        if self._answer is None or now - self._asked_at > FRESH_S or _has_failed(self._answer):
            self._asked_at = now
            self._answer = asyncio.ensure_future(self._ask())
            self._answer.add_done_callback(_has_failed)
        # One reader that goes away must not take the answer from the others.
        return await asyncio.shield(self._answer)

    async def _ask(self) -> Sequence[Row]:
        return await self._read()


def _has_failed(answer: asyncio.Task[Sequence[Row]]) -> bool:
    """Whether the answer is an error; looking at it also keeps asyncio from complaining."""
    return answer.done() and (answer.cancelled() or answer.exception() is not None)

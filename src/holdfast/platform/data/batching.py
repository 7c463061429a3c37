"""Group commit: calls that come while earlier ones are under way are done together, as one batch.

No call waits for a timer: an idle batcher starts at once, a busy one gathers what comes meanwhile,
so batches grow exactly as the load does. One call's fault never becomes its neighbours': a batch
that was refused is done again one by one.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from holdfast.errors import HoldfastError, IndefiniteError
from holdfast.platform.data.failures import Busy, ConstraintViolated, StatementRejected
from holdfast.platform.runtime.logs import Log

_log = Log("store")
Refusal = ConstraintViolated | StatementRejected
"""What is one call's own fault: the batch is done again without it."""
Q = TypeVar("Q")
A = TypeVar("A")

MAX_BATCH = 256
"""Calls of one batch: one transaction of some milliseconds."""
MAX_WAITING = 10_000
"""Calls that wait for their batch; more means that the database cannot keep up: refuse at once."""
PARALLEL = 2
"""Batches under way at once: one is prepared while the other waits for its commit."""


def _as_it_is(refusal: Refusal) -> HoldfastError:
    return refusal


class Batcher(Generic[Q, A]):
    """Turns `perform(many) -> answers in order` into `await ask(one)`.

    `refused` turns what the database refused of one call into what its caller is told; without it
    the refusal is raised as it is.
    """

    def __init__(
        self,
        perform: Callable[[Sequence[Q]], Awaitable[Sequence[A | HoldfastError]]],
        *,
        refused: Callable[[Refusal], HoldfastError] = _as_it_is,
        max_batch: int = MAX_BATCH,
        max_waiting: int = MAX_WAITING,
        parallel: int = PARALLEL,
    ) -> None:
        self._perform = perform
        self._refused = refused
        self._max_batch = max_batch
        self._max_waiting = max_waiting
        self._parallel = parallel
        self._waiting: deque[tuple[Q, asyncio.Future[A]]] = deque()
        self._working = 0
        self._workers: set[asyncio.Task[None]] = set()  # so that they are not forgotten

    async def ask(self, question: Q) -> A:
        """The answer to one call; raises what it came to. `Busy` when too many wait."""
        if len(self._waiting) >= self._max_waiting:
            raise Busy(f"{len(self._waiting)} calls wait for the database")
        future: asyncio.Future[A] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, future))
        if self._working < self._parallel:
            self._working += 1
            worker = asyncio.create_task(self._work())
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)
        return await future

    async def _work(self) -> None:
        try:
            while self._waiting:
                taken = min(len(self._waiting), self._max_batch)
                batch = [self._waiting.popleft() for _ in range(taken)]
                await self._answer([item for item in batch if not item[1].done()])
        finally:
            # In the same step that found nothing waiting: whoever asks next starts a new worker.
            self._working -= 1

    async def _answer(self, batch: Sequence[tuple[Q, asyncio.Future[A]]]) -> None:
        if not batch:
            return
        try:
            answers = await self._perform([question for question, _ in batch])
        except (ConstraintViolated, StatementRejected) as error:
            if len(batch) == 1:
                _settle(batch[0][1], self._refused(error))
                return
            for item in batch:
                await self._answer([item])
        except HoldfastError as error:
            for _, future in batch:
                _settle(future, error)
        except Exception:
            _log.exception("batch_failed", calls=len(batch))
            for _, future in batch:
                _settle(future, IndefiniteError("the store failed"))
        else:
            for (_, future), answer in zip(batch, answers, strict=True):
                _settle(future, answer)


def _settle(future: "asyncio.Future[A]", answer: A | HoldfastError) -> None:
    if future.done():
        return
    if isinstance(answer, HoldfastError):
        future.set_exception(answer)
    else:
        future.set_result(answer)

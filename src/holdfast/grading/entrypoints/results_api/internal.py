"""The nodes' door: batches of ledger calls. Each call is answered apart, faults included.

The calls of a batch are performed at the same time, so the store can put them into one transaction.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from holdfast.errors import DefiniteError, IndefiniteError
from holdfast.grading.domain.attempt import Receipt
from holdfast.grading.entrypoints.results_api.endpoints import Body, Endpoint
from holdfast.grading.entrypoints.results_api.problems import Problem
from holdfast.grading.entrypoints.results_api.requests import body_of
from holdfast.grading.service.ledger_calls import (
    BATCH_PATH,
    CONTENT_TYPE,
    MAX_BATCH_BYTES,
    Call,
    Close,
    Open,
    Outcome,
    Report,
    join_answers,
    perform,
    split_calls,
)
from holdfast.grading.service.ports import Ledger, Refused
from holdfast.platform.runtime.logs import Log

CALL_S = 8.0
"""One call takes at most so long; longer than the database's limits, shorter than the request's."""
_log = Log("results_api")


@dataclass(frozen=True, slots=True)
class Internal:
    """The handler of batches."""

    ledger: Ledger
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Calls by kind and how they went: done, or failed."""
    touched: Callable[[int], None] = lambda _: None
    """Told whose results changed, before the node hears that they have."""

    async def batch(self, request: Request) -> Response:
        """Perform the calls of a batch and answer them in order."""
        body = await body_of(request, MAX_BATCH_BYTES)
        try:
            calls = split_calls(body)
        except Refused as error:
            raise Problem(400, str(error), "send calls in MessagePack") from None
        outcomes = await asyncio.gather(*map(self._outcome, calls))
        return Response(join_answers(outcomes), media_type=CONTENT_TYPE)

    async def _outcome(self, call: Call | Refused) -> Outcome:
        if isinstance(call, Refused):
            return call
        outcome = await self._performed(call)
        failed = isinstance(outcome, DefiniteError | IndefiniteError)
        self.outcomes[type(call).__name__.lower(), "failed" if failed else "done"] += 1
        uid = _subject(call)
        if uid is not None:
            self.touched(uid)
        if isinstance(call, Close) and isinstance(outcome, Receipt):
            opened = call.closed.opened
            _log.info(
                "attempt_recorded", attempt=opened.id, test=opened.test, verdict=outcome.verdict
            )
        return outcome

    async def _performed(self, call: Call) -> Outcome:
        try:
            async with asyncio.timeout(CALL_S):
                return await perform(self.ledger, call)
        except (DefiniteError, IndefiniteError) as error:
            return error
        except TimeoutError:
            return IndefiniteError("the store did not answer in time")
        except Exception:
            _log.exception("call_failed", call=type(call).__name__)
            return IndefiniteError("the store failed")

    def endpoints(self) -> list[Endpoint]:
        """Its declaration."""
        return [
            Endpoint(
                "POST",
                BATCH_PATH,
                "Ledger calls of a node, in MessagePack",
                self.batch,
                bytes,
                (400, 413),
                body=Body(CONTENT_TYPE),
                media_type=CONTENT_TYPE,
            )
        ]


def _subject(call: Call) -> int | None:
    """The student of whom a call may change what pages show."""
    match call:
        case Open():
            return call.opened.uid
        case Close():
            return call.closed.opened.uid
        case Report():
            return call.incident.uid
        case _:
            return None

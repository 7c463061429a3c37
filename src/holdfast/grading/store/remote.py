"""The node's door over HTTP: calls of many sessions travel to the results API in batches.

Calls are gathered for about a millisecond, sent as one request, answered apart. Every call is
idempotent, so what was not answered is sent again, with back-off and jitter. Openings and closings
wait in a bounded spool until they are durable, however long the API is away; asks (identify,
register, leases, beats) give up at a deadline; incidents are dropped when there are too many.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import httpx

from holdfast.errors import DefiniteError, HoldfastError, IndefiniteError
from holdfast.grading.domain.attempt import (
    ClosedAttempt,
    Incident,
    NodeBeat,
    OpenedAttempt,
    Receipt,
)
from holdfast.grading.domain.lease import Granted, Lease, Registration, RegistrationAnswer, TooSoon
from holdfast.grading.domain.roster import (
    Identification,
    Known,
    NotClaimed,
    Source,
    UnknownUser,
    UserId,
)
from holdfast.grading.service.absence import Absence
from holdfast.grading.service.ledger_calls import (
    BATCH_PATH,
    CONTENT_TYPE,
    MAX_CALLS,
    Beat,
    Call,
    Close,
    Identify,
    LeaseOf,
    LeasesFrom,
    Open,
    Outcome,
    Practice,
    Register,
    Report,
    Result,
    encode_call,
    join_calls,
    split_answers,
)
from holdfast.grading.service.ports import Refused
from holdfast.grading.service.storable import storable_attempt, storable_incident
from holdfast.grading.store.spool import Item, Lane, Spool, SpoolLimits
from holdfast.platform.runtime.alternatives import Alternatives
from holdfast.platform.runtime.logs import Log
from holdfast.platform.web.trust import trust

NOBODY = frozenset({502, 503, 504})
"""What a balancer or gateway answers where nobody is; any other answer is the API's own."""
_log = Log("ledger")


@dataclass(frozen=True, slots=True)
class RemoteLimits:
    """Times in seconds, counts of calls and requests, each with its reason."""

    linger_s: float = 0.001
    """How long an idle door gathers calls: unnoticed by a student, enough to share a request."""
    in_flight: int = 2
    """Requests under way at once: more only queue up inside the API."""
    ask_s: float = 3.0
    """After so long a session rather tells its student that we are at fault."""
    request_s: float = 5.0
    """An answer that takes longer will not come."""
    connect_s: float = 1.0
    """The balancer and the API are near; a slow connect is a dead peer."""
    retry_first_s: float = 0.05
    retry_most_s: float = 2.0
    """Back-off while the API is away: quick after a restart, gentle in an outage."""
    spool: SpoolLimits = field(default_factory=SpoolLimits)


class RemoteLedger:
    """`Ledger` over `POST /internal/grading/batch`. Use as `async with`; leaving it drains."""

    def __init__(
        self,
        url: str | Alternatives,
        token: str,
        *,
        limits: RemoteLimits | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        dice: Callable[[], float] = random.random,
    ) -> None:
        """`url`: scheme, host and port of the results API or the balancer before it, or of several;
        `token`: the service token; `transport`: how to reach it otherwise than by TCP; `dice`:
        jitter in 0..1.
        """
        self._ways = Alternatives(url) if isinstance(url, str) else url
        self._limits = limits or RemoteLimits()
        self._dice = dice
        self._spool = Spool(self._limits.spool)
        self._client = httpx.AsyncClient(
            transport=transport,
            headers={"authorization": f"Bearer {token}", "content-type": CONTENT_TYPE},
            timeout=httpx.Timeout(self._limits.request_s, connect=self._limits.connect_s),
            limits=httpx.Limits(max_connections=self._limits.in_flight),
            verify=trust(*self._ways.all),
            trust_env=False,
        )
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._failures = 0
        self._absence = Absence(time.monotonic())
        self._requests: dict[asyncio.Task[None], Sequence[Item]] = {}
        self._dispatcher: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "RemoteLedger":
        self._dispatcher = asyncio.create_task(self._dispatch(), name="ledger-dispatcher")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def spool_full(self) -> bool:
        """True when no new test should begin: its verdict might not find room."""
        return self._spool.is_full

    @property
    def spooled(self) -> int:
        """Openings and closings that are not durable yet."""
        return self._spool.count(Lane.RECORD)

    async def close(self, drain_s: float = 5.0) -> None:
        """Wait up to `drain_s` until everything is durable, then end. What is left fails."""
        if self._client.is_closed:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(drain_s):
                await self._idle.wait()
        under_way = [item for batch in self._requests.values() for item in batch]
        tasks = [*self._requests, *([self._dispatcher] if self._dispatcher else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for item in (*under_way, *self._spool.drain()):
            if not item.future.done():
                what = "the node ended before the results API answered"
                self._settle(item, IndefiniteError(what))
        await self._client.aclose()

    # Ledger

    async def identify(self, uid: int, source: Source) -> Identification:
        """See `Ledger.identify`."""
        answer = await self._ask(Identify(uid, source))
        assert isinstance(answer, (Known, UnknownUser, NotClaimed))
        return answer

    async def register(self, registration: Registration) -> RegistrationAnswer:
        """See `Ledger.register`."""
        answer = await self._ask(Register(registration))
        assert isinstance(answer, (Granted, TooSoon, UnknownUser, NotClaimed))
        return answer

    async def lease_of(self, uid: UserId) -> Lease | None:
        """See `Ledger.lease_of`."""
        answer = await self._ask(LeaseOf(uid))
        assert answer is None or isinstance(answer, Lease)
        return answer

    async def leases_from(self, host: str) -> Sequence[Lease]:
        """See `Ledger.leases_from`."""
        answer = await self._ask(LeasesFrom(host))
        assert isinstance(answer, tuple)
        return answer

    async def open_attempt(self, opened: OpenedAttempt) -> None:
        """See `Ledger.open_attempt`. Waits as long as it takes; `DefiniteError` without room."""
        await self._record(Open(opened))

    async def close_attempt(self, closed: ClosedAttempt) -> Receipt:
        """See `Ledger.close_attempt`. Waits as long as it takes; `DefiniteError` without room."""
        answer = await self._record(Close(storable_attempt(closed)))
        assert isinstance(answer, Receipt)
        return answer

    async def report_incident(self, incident: Incident) -> None:
        """See `Ledger.report_incident`. Returns at once: it is written soon, or dropped."""
        item = self._item(Lane.REPORT, Report(storable_incident(incident)))
        try:
            self._put(item)
        except DefiniteError:
            _log.debug("incident_dropped", kind=incident.kind)

    async def beat(self, beat: NodeBeat) -> None:
        """See `Ledger.beat`."""
        await self._ask(Beat(beat))

    async def practice(self) -> bool:
        """See `Ledger.practice`."""
        answer = await self._ask(Practice())
        assert isinstance(answer, bool)
        return answer

    # waiting for answers

    def _item(self, lane: Lane, call: Call) -> Item:
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        # An error of a call that nobody awaits any more is no news for the event loop's log.
        future.add_done_callback(lambda done: done.cancelled() or done.exception())
        return Item(lane, encode_call(call), future)

    def _put(self, item: Item) -> None:
        self._spool.put(item)
        self._idle.clear()
        self._wake.set()

    async def _ask(self, call: Call) -> Result:
        item = self._item(Lane.ASK, call)
        self._put(item)
        try:
            async with asyncio.timeout(self._limits.ask_s):
                return await item.future
        except TimeoutError:
            message = f"the results API did not answer within {self._limits.ask_s:g} s"
            error = IndefiniteError if item.maybe_done else DefiniteError
            raise error(message) from None

    async def _record(self, call: Call) -> Result:
        item = self._item(Lane.RECORD, call)
        self._put(item)
        # Shielded: whoever stops waiting does not undo what must become durable.
        return await asyncio.shield(item.future)

    def _settle(self, item: Item, outcome: Outcome) -> None:
        self._spool.settled(item)
        if item.future.done():
            return
        if isinstance(outcome, HoldfastError):
            item.future.set_exception(outcome)
        else:
            item.future.set_result(outcome)

    # sending

    async def _dispatch(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._spool.waiting < MAX_CALLS:
                await asyncio.sleep(self._limits.linger_s)
            while batch := self._next_batch():
                request = asyncio.create_task(self._send(batch))
                self._requests[request] = batch
                request.add_done_callback(self._sent)
            if not self._requests:
                self._idle.set()

    def _next_batch(self) -> list[Item]:
        """What to send now, [] when nothing waits or enough is under way.

        While the API is away it is one request at a time: the first that succeeds opens the door.
        Otherwise one place is kept for asks, which are answered sooner than records.
        """
        if self._failures:
            return [] if self._requests else self._spool.take()
        if len(self._requests) >= self._limits.in_flight:
            return []
        records = sum(batch[0].lane is not Lane.ASK for batch in self._requests.values())
        return self._spool.take(records=records < max(1, self._limits.in_flight - 1))

    def _sent(self, request: "asyncio.Task[None]") -> None:
        del self._requests[request]
        self._wake.set()

    async def _send(self, batch: Sequence[Item]) -> None:
        before = [item.maybe_done for item in batch]
        for item in batch:
            item.maybe_done = True  # from the first byte until an answer says otherwise
        try:
            outcomes = await self._post(batch)
        except Refused as error:
            self._split(batch, error)
        except HoldfastError as error:
            if isinstance(error, DefiniteError):
                _restore(batch, before)
            await self._back_off(batch, str(error))
        except Exception as error:
            _log.exception("request_failed")
            await self._back_off(batch, type(error).__name__)
        else:
            await self._answered(batch, before, outcomes)

    async def _answered(
        self, batch: Sequence[Item], before: Sequence[bool], outcomes: Sequence[Outcome]
    ) -> None:
        again: list[Item] = []
        why = ""
        for item, was_maybe_done, outcome in zip(batch, before, outcomes, strict=True):
            if isinstance(outcome, HoldfastError) and not isinstance(outcome, Refused):
                if isinstance(outcome, DefiniteError):
                    item.maybe_done = was_maybe_done
                again.append(item)
                why = str(outcome)
            else:
                self._settle(item, outcome)
        if again:
            # Behind the others: a call that fails whenever the others succeed must not block them.
            for item in again:
                item.alone |= len(again) < len(batch)
            await self._back_off(again, why, at_end=True)
            return
        if self._absence.met():
            _log.info("results_api_back", waiting=self._spool.waiting)
        self._failures = 0

    async def _post(self, batch: Sequence[Item]) -> list[Outcome]:
        """The outcomes of a batch. `Refused`: this batch as such is unacceptable."""
        body = join_calls([item.raw for item in batch])
        way = self._ways.now
        try:
            return await self._post_to(way, body, len(batch))
        except Refused:
            raise  # somebody answered
        except HoldfastError:
            self._ways.failed(way)
            raise

    async def _post_to(self, way: str, body: bytes, calls: int) -> list[Outcome]:
        try:
            response = await self._client.post(way + BATCH_PATH, content=body)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise DefiniteError(f"cannot be reached ({type(error).__name__})") from error
        except httpx.HTTPError as error:
            raise IndefiniteError(f"did not answer ({type(error).__name__})") from error
        if response.status_code in (400, 413):
            raise Refused(f"the results API refused a batch: {response.status_code}")
        if response.status_code != 200:
            self._absence.is_known |= response.status_code not in NOBODY
            raise IndefiniteError(f"answered {response.status_code}")
        return split_answers(response.content, calls)

    def _split(self, batch: Sequence[Item], error: Refused) -> None:
        """A batch as a whole was refused: send its calls alone; one alone is refused for good."""
        if len(batch) == 1:
            self._settle(batch[0], error)
            return
        for item in batch:
            item.alone = True
        self._spool.put_back(batch)

    async def _back_off(self, batch: Sequence[Item], why: str, *, at_end: bool = False) -> None:
        if self._absence.missed(time.monotonic()):
            _log.warning("results_api_away", why=why)
        self._failures += 1
        self._spool.put_back(batch, at_end=at_end)
        longest_s = self._limits.retry_first_s * 2 ** min(self._failures - 1, 16)
        wait_s = min(longest_s, self._limits.retry_most_s) * (0.5 + self._dice() / 2)
        await asyncio.sleep(wait_s)


def _restore(batch: Sequence[Item], before: Sequence[bool]) -> None:
    for item, was_maybe_done in zip(batch, before, strict=True):
        item.maybe_done = was_maybe_done

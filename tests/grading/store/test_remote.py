"""The remote ledger keeps the contract through the real API, and its promises when it is away."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import httpx
import pytest

from holdfast.errors import DefiniteError, IndefiniteError
from holdfast.grading.domain.attempt import NodeBeat
from holdfast.grading.domain.roster import Known, User
from holdfast.grading.domain.verdict import Verdict
from holdfast.grading.entrypoints.results_api.settings import ResultsSettings
from holdfast.grading.service.ledger_calls import split_calls
from holdfast.grading.service.ports import Ledger, Refused
from holdfast.grading.store.postgres import open_store
from holdfast.grading.store.remote import RemoteLedger, RemoteLimits
from holdfast.grading.store.spool import SpoolLimits
from holdfast.platform.data.database import Database
from holdfast.platform.runtime.alternatives import Alternatives
from tests.grading.store.contract import (
    ANNA,
    HOME,
    AttemptContract,
    ClaimContract,
    Doors,
    LeaseContract,
    ResultsContract,
    UpkeepContract,
    closed,
    incident,
    opened,
    policy,
)
from tests.grading.store.test_postgres import pass_time
from tests.support.eventually import eventually
from tests.support.results_site import SERVICE, Site, results_site

URL = "http://results.test"
QUICK = RemoteLimits(ask_s=0.3, retry_first_s=0.001, retry_most_s=0.01)


class Line(httpx.AsyncBaseTransport):
    """The way to the API, which a test may cut: before a request arrives, or after it did."""

    def __init__(self, site: Site) -> None:
        self._inner = httpx.ASGITransport(site.app)
        self.fault: Callable[[], Exception] | None = None
        self.loses_answers = False
        self.status: int | None = None
        self.turned_away = 0
        self.held: asyncio.Event | None = None
        self.batches: list[int] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.held is not None:
            await self.held.wait()
        if self.fault is not None:
            raise self.fault()
        if self.status is not None:
            self.turned_away += 1
            return httpx.Response(self.status)
        self.batches.append(len(split_calls(await request.aread())))
        response = await self._inner.handle_async_request(request)
        if self.loses_answers:
            raise httpx.ReadError("the answer was lost")
        return response


def cut() -> Exception:
    return httpx.ConnectError("refused")


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with results_site() as opened_site:
        await opened_site.store.import_roster([User(ANNA, "Anna")])
        yield opened_site


@pytest.fixture
def line(site: Site) -> Line:
    return Line(site)


@pytest.fixture
async def ledger(line: Line) -> AsyncIterator[RemoteLedger]:
    async with RemoteLedger(URL, SERVICE, limits=QUICK, transport=line) as remote:
        yield remote


async def remote_doors(settings: ResultsSettings) -> AsyncIterator[Doors]:
    async with results_site(settings=settings) as site:
        transport = httpx.ASGITransport(site.app)
        async with RemoteLedger(URL, SERVICE, transport=transport) as remote:
            yield Doors(remote, site.store, site.store, site.store, site.clock.pass_time)


@pytest.fixture
async def doors() -> AsyncIterator[Doors]:
    async for found in remote_doors(ResultsSettings()):
        yield found


class TestRemoteLeases(LeaseContract):
    pass


class TestRemoteAttempts(AttemptContract):
    pass


class TestRemoteResults(ResultsContract):
    pass


class TestRemoteUpkeep(UpkeepContract):
    pass


class TestRemoteClaims(ClaimContract):
    @pytest.fixture
    async def doors(self) -> AsyncIterator[Doors]:
        async for found in remote_doors(ResultsSettings(identity="claimed")):
            yield found


class TestRemoteAttemptsOnPostgres(AttemptContract):
    @pytest.fixture
    async def doors(self, grading_database: Database) -> AsyncIterator[Doors]:
        store = await open_store(grading_database, policy())

        async def move(seconds: float) -> None:
            await pass_time(grading_database, seconds)

        async with results_site(ledger=store.ledger) as site:
            transport = httpx.ASGITransport(site.app)
            async with RemoteLedger(URL, SERVICE, transport=transport) as remote:
                yield Doors(remote, store.results, store.claims, store.upkeep, move)


async def test_calls_of_the_same_moment_travel_together(ledger: RemoteLedger, line: Line) -> None:
    await asyncio.gather(*(ledger.identify(ANNA, HOME) for _ in range(100)))
    assert len(line.batches) <= 3


async def test_a_batch_never_holds_more_calls_than_the_api_takes(
    ledger: RemoteLedger, line: Line
) -> None:
    receipts = await asyncio.gather(
        *(ledger.close_attempt(closed(opened(minute=n))) for n in range(500))
    )
    assert len(receipts) == 500
    assert max(line.batches) <= 128


async def test_a_closing_waits_until_the_api_is_back(
    ledger: RemoteLedger, line: Line, site: Site
) -> None:
    line.fault = cut
    closing = asyncio.create_task(ledger.close_attempt(closed(opened())))
    await eventually(lambda: ledger.spooled == 1)
    with pytest.raises(DefiniteError, match="did not answer"):
        await ledger.identify(ANNA, HOME)
    assert not closing.done()
    line.fault = None
    receipt = await closing
    assert receipt.verdict is Verdict.PASS
    assert ledger.spooled == 0
    assert len(await site.store.attempts(ANNA, 10)) == 1


@pytest.mark.parametrize(
    ("status", "is_there", "told"), [(503, False, 0), (503, True, 1), (401, False, 1)]
)
async def test_an_api_that_only_starts_is_not_missed_one_that_was_there_or_refuses_is(
    ledger: RemoteLedger,
    line: Line,
    caplog: pytest.LogCaptureFixture,
    status: int,
    is_there: bool,
    told: int,
) -> None:
    if is_there:
        await ledger.close_attempt(closed(opened()))
    line.status = status
    closing = asyncio.create_task(ledger.close_attempt(closed(opened(minute=1))))
    await eventually(lambda: line.turned_away > 1)
    line.status = None
    await closing
    assert caplog.text.count("results_api_away") == told


async def test_when_the_nearest_balancer_is_gone_the_next_one_is_asked_and_stays(
    line: Line,
) -> None:
    asked: list[str] = []

    class Ways(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            asked.append(request.url.host)
            if request.url.host == "near":
                raise cut()
            return await line.handle_async_request(request)

    ways = Alternatives("http://near", "http://far")
    async with RemoteLedger(ways, SERVICE, limits=QUICK, transport=Ways()) as ledger:
        for _ in range(2):
            assert isinstance(await ledger.identify(ANNA, HOME), Known)
    assert asked == ["near", "far", "far"]


async def test_an_answer_that_was_lost_is_asked_for_again_and_nothing_happens_twice(
    ledger: RemoteLedger, line: Line, site: Site
) -> None:
    line.loses_answers = True
    closing = asyncio.create_task(ledger.close_attempt(closed(opened())))
    await eventually(lambda: len(line.batches) >= 3)
    line.loses_answers = False
    assert (await closing).best
    assert len(await site.store.attempts(ANNA, 10)) == 1


async def test_an_ask_without_an_answer_may_have_happened(ledger: RemoteLedger, line: Line) -> None:
    line.loses_answers = True
    with pytest.raises(IndefiniteError, match="did not answer"):
        await ledger.beat(NodeBeat("n1", "i1", 1))


async def test_an_ask_that_was_never_sent_did_not_happen(ledger: RemoteLedger, line: Line) -> None:
    line.fault = cut
    with pytest.raises(DefiniteError, match="did not answer"):
        await ledger.beat(NodeBeat("n1", "i1", 1))


async def test_an_ask_under_way_when_time_is_up_may_have_happened(
    ledger: RemoteLedger, line: Line
) -> None:
    line.held = asyncio.Event()
    with pytest.raises(IndefiniteError):
        await ledger.identify(ANNA, HOME)
    line.held.set()


@pytest.mark.parametrize("status", [401, 404, 500, 503])
async def test_any_other_answer_is_tried_again(
    ledger: RemoteLedger, line: Line, status: int
) -> None:
    line.status = status
    asking = asyncio.create_task(ledger.close_attempt(closed(opened())))
    await eventually(lambda: ledger.spooled == 1)
    line.status = None
    assert (await asking).best


async def test_a_wrong_token_keeps_closings_and_fails_asks(site: Site) -> None:
    transport = httpx.ASGITransport(site.app)
    async with RemoteLedger(URL, "wrong", limits=QUICK, transport=transport) as remote:
        with pytest.raises(IndefiniteError):
            await remote.identify(ANNA, HOME)
        await remote.close(drain_s=0)


async def test_a_full_spool_refuses_new_records_and_says_so_before(line: Line) -> None:
    limits = replace(QUICK, spool=SpoolLimits(records=4, full_share=0.5))
    line.fault = cut
    remote = RemoteLedger(URL, SERVICE, limits=limits, transport=line)
    async with remote:
        assert not remote.spool_full
        waiting = [asyncio.create_task(remote.open_attempt(opened())) for _ in range(2)]
        await eventually(lambda: remote.spool_full)
        waiting += [asyncio.create_task(remote.close_attempt(closed(opened()))) for _ in range(2)]
        await eventually(lambda: remote.spooled == 4)
        with pytest.raises(DefiniteError, match="spool is full"):
            await remote.close_attempt(closed(opened()))
        line.fault = None
        await asyncio.gather(*waiting)
        assert not remote.spool_full


async def test_who_stops_waiting_does_not_undo_a_closing(
    ledger: RemoteLedger, line: Line, site: Site
) -> None:
    line.fault = cut
    closing = asyncio.create_task(ledger.close_attempt(closed(opened())))
    await eventually(lambda: ledger.spooled == 1)
    closing.cancel()
    await asyncio.gather(closing, return_exceptions=True)
    line.fault = None
    await eventually(lambda: ledger.spooled == 0)
    assert len(await site.store.attempts(ANNA, 10)) == 1


async def test_a_batch_that_is_too_large_is_sent_in_pieces(line: Line, site: Site) -> None:
    class Narrow(Line):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if len(split_calls(await request.aread())) > 1:
                return httpx.Response(413)
            return await super().handle_async_request(request)

    async with RemoteLedger(URL, SERVICE, limits=QUICK, transport=Narrow(site)) as remote:
        receipts = await asyncio.gather(
            *(remote.close_attempt(closed(opened(minute=n))) for n in range(5))
        )
    assert len(receipts) == 5


async def test_one_call_that_is_too_large_is_refused(ledger: RemoteLedger) -> None:
    huge = replace(closed(opened()), transcript=bytes(5 << 20))
    with pytest.raises(Refused, match="larger"):
        await ledger.close_attempt(huge)


async def test_a_call_that_always_fails_does_not_block_the_others(site: Site) -> None:
    poisoned = opened()

    class Moody:
        """A ledger that fails for one attempt only."""

        def __getattr__(self, name: str) -> object:
            return getattr(site.store, name)

        async def open_attempt(self, one: object) -> None:
            if one == poisoned:
                raise IndefiniteError("always")
            await site.store.open_attempt(one)  # type: ignore[arg-type]

    ledger: Ledger = Moody()  # type: ignore[assignment]
    async with results_site(ledger=ledger) as moody:
        transport = httpx.ASGITransport(moody.app)
        async with RemoteLedger(URL, SERVICE, limits=QUICK, transport=transport) as remote:
            stuck = asyncio.create_task(remote.open_attempt(poisoned))
            await asyncio.gather(*(remote.open_attempt(opened(minute=n)) for n in range(300)))
            assert not stuck.done()
            await remote.close(drain_s=0)
            with pytest.raises(IndefiniteError, match="ended"):
                await stuck


async def test_incidents_are_dropped_rather_than_waited_for(line: Line, site: Site) -> None:
    limits = replace(QUICK, spool=SpoolLimits(reports=2))
    line.fault = cut
    async with RemoteLedger(URL, SERVICE, limits=limits, transport=line) as remote:
        for number in range(5):
            await remote.report_incident(incident(f"kind {number}"))
        line.fault = None
    assert [one.kind for one in await site.store.incidents(None, 10)] == ["kind 1", "kind 0"]


async def test_leaving_waits_until_everything_is_durable(line: Line, site: Site) -> None:
    line.held = asyncio.Event()
    async with RemoteLedger(URL, SERVICE, limits=QUICK, transport=line) as remote:
        closing = asyncio.create_task(remote.close_attempt(closed(opened())))
        await eventually(lambda: remote.spooled == 1)
        leaving = asyncio.create_task(remote.close())
        line.held.set()
        await leaving
    assert (await closing).best
    assert len(await site.store.attempts(ANNA, 10)) == 1


async def test_asks_are_answered_although_many_records_wait(
    ledger: RemoteLedger, line: Line
) -> None:
    line.fault = cut
    closings = [
        asyncio.create_task(ledger.close_attempt(closed(opened(minute=n)))) for n in range(600)
    ]
    await eventually(lambda: ledger.spooled == 600)
    line.fault = None
    assert isinstance(await ledger.identify(ANNA, HOME), Known)
    await asyncio.gather(*closings)


async def test_ending_leaves_nobody_waiting_wherever_their_call_is(line: Line) -> None:
    line.held = asyncio.Event()
    async with RemoteLedger(URL, SERVICE, limits=QUICK, transport=line) as remote:
        calls = [
            asyncio.create_task(remote.close_attempt(closed(opened(minute=n)))) for n in range(700)
        ]
        await eventually(lambda: remote.spooled == 700)
        calls.append(asyncio.create_task(remote.open_attempt(opened())))
        await asyncio.sleep(0)
        await remote.close(drain_s=0)
        async with asyncio.timeout(10):
            ends = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(end) for end in ends} == {IndefiniteError}


async def test_a_fault_of_ours_is_tried_again(ledger: RemoteLedger, line: Line) -> None:
    line.fault = ZeroDivisionError
    asking = asyncio.create_task(ledger.close_attempt(closed(opened())))
    await eventually(lambda: ledger.spooled == 1)
    line.fault = None
    assert (await asking).best


async def test_an_answer_that_makes_no_sense_is_asked_for_again(
    ledger: RemoteLedger, line: Line
) -> None:
    line.status = 200
    asking = asyncio.create_task(ledger.close_attempt(closed(opened())))
    await eventually(lambda: ledger.spooled == 1)
    line.status = None
    assert (await asking).best


async def test_a_batch_that_nobody_can_read_is_refused_call_by_call(
    ledger: RemoteLedger, line: Line
) -> None:
    line.status = 400
    with pytest.raises(Refused, match="refused a batch: 400"):
        await ledger.close_attempt(closed(opened()))

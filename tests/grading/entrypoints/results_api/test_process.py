"""The process serves, reaps, tells live readers, and stops without leaving anybody hanging."""

import asyncio

import httpx
import pytest

from holdfast.grading.domain.roster import User
from holdfast.grading.domain.verdict import Verdict
from holdfast.grading.entrypoints.results_api.process import NAME, Background, run_results_api
from holdfast.grading.entrypoints.results_api.settings import ResultsSettings
from holdfast.grading.store.remote import RemoteLedger
from holdfast.platform.runtime.clock import SystemClock
from holdfast.platform.runtime.lifecycle import Stop
from holdfast.platform.web.serving import listen
from tests.grading.entrypoints.results_api.serving import served
from tests.grading.store.contract import ANNA, closed, opened
from tests.support.eventually import eventually
from tests.support.results_site import SERVICE, results_site


async def test_nodes_and_readers_meet_over_real_sockets() -> None:
    async with served() as server:
        await server.site.store.import_roster([User(ANNA, "Anna")])
        async with RemoteLedger(f"http://127.0.0.1:{server.port}", SERVICE) as ledger:
            receipts = await asyncio.gather(
                *(ledger.close_attempt(closed(opened(minute=n))) for n in range(100))
            )
        assert sum(receipt.best for receipt in receipts) == 1
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:
            assert (await client.get("/users/1234/assignments")).json()[0]["passed"] is True


async def test_live_streams_tell_changes_and_end_with_the_server() -> None:
    async with served() as server:
        await server.site.store.import_roster([User(ANNA, "Anna")])
        reader, writer = await server.connect()
        writer.write(b"GET /api/grading/live HTTP/1.1\r\nhost: t\r\n\r\n")
        await reader.readuntil(b": live")
        opening = opened()
        await server.site.store.open_attempt(opening)
        await reader.readuntil(opening.id.encode())
        server.stop.set()
        await reader.read()
        await server.running
        writer.close()
    assert server.site.hub.watchers == 0


async def test_attempts_of_silent_nodes_are_closed_by_the_process() -> None:
    async with served(ResultsSettings(silence_s=0.5, reap_every_s=0.05)) as server:
        store = server.site.store
        await store.import_roster([User(ANNA, "Anna")])
        await store.open_attempt(opened())
        await server.site.clock.pass_time(60)

        async def is_closed() -> bool:
            [one] = await store.attempts(ANNA, 1)
            return one.verdict is Verdict.INFRASTRUCTURE

        await eventually(is_closed)


async def test_a_fault_beside_the_server_ends_the_process_with_it() -> None:
    async def follow() -> None:
        raise ZeroDivisionError

    async with results_site() as site:
        background = Background(site.store, site.hub, follow, SystemClock())
        with pytest.raises(ZeroDivisionError):
            await run_results_api(
                site.app,
                background,
                settings=ResultsSettings(),
                listener=listen("127.0.0.1", 0, NAME),
                stop=Stop(),
                drain_s=1,
            )

"""A student's own results for a program: by the id, or with it where ids are secrets."""

import asyncio

import pytest

from holdfast.errors import Mistake
from holdfast.grading.domain.pins import ShownNumbers
from holdfast.grading.domain.roster import User
from holdfast.grading.entrypoints.own_results import Own, own_results
from holdfast.grading.entrypoints.results_api.settings import ResultsSettings
from tests.grading.entrypoints.results_api.serving import Served, served
from tests.grading.store.contract import ANNA, closed, opened
from tests.support.people import House
from tests.support.results_site import CLAIM_KEY

PIN_MODE = ResultsSettings(identity="pin")


async def graded(server: Served) -> str:
    """An attempt of Anna's; the address of the site."""
    await server.site.store.import_roster([User(ANNA, "Anna")])
    await server.site.store.close_attempt(closed(opened()))
    return f"http://127.0.0.1:{server.port}"


async def test_an_id_that_is_no_secret_is_enough() -> None:
    async with served() as server:
        url = await graded(server)
        own = await asyncio.to_thread(own_results, url, ANNA)
        assert own == Own(url, ANNA)
        assert len((await asyncio.to_thread(own.attempts, 5))["attempts"]) == 1


async def test_where_ids_are_secrets_the_id_opens_its_own_results() -> None:
    async with served(PIN_MODE, House()) as server:
        url = await graded(server)
        own = await asyncio.to_thread(own_results, url, ANNA)
        assert own.number == ShownNumbers(CLAIM_KEY).shown(ANNA)
        assert str(ANNA) not in own.cookie
        found = await asyncio.to_thread(own.attempts, 5)
        assert [one["verdict"] for one in found["attempts"]] == ["pass"]


async def test_an_id_that_nobody_has_opens_nothing() -> None:
    for settings, house in ((PIN_MODE, House()), (ResultsSettings(), None)):
        async with served(settings, house) as server:
            url = await graded(server)
            with pytest.raises(Mistake, match="nobody has the id 4321"):
                await asyncio.to_thread(own_results, url, 4321)

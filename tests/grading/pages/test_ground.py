"""What pages stand on: who may, and what is said when a page cannot be."""

import asyncio
import json

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from holdfast.errors import DefiniteError, IndefiniteError
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.pages.assets import load
from holdfast.grading.pages.columns import columns_of
from holdfast.grading.pages.deeds import Deeds
from holdfast.grading.pages.ground import Ground, Planning
from holdfast.grading.pages.rendering import renderer
from holdfast.grading.pages.shared import Shared
from holdfast.grading.store.memory import MemoryStore
from holdfast.platform.web.bodies import BodyRefused
from tests.support.seeded_class import Clock


def ground(*, is_teacher: bool = False) -> Ground:
    clock = Clock()
    store = MemoryStore(clock.wall)
    return Ground(
        results=store,
        coursework=Planning().coursework,
        catalogue=CATALOGUE,
        columns=columns_of(CATALOGUE),
        rules=Rules(),
        clock=clock,
        port_offset=0,
        render=renderer(load(), "/live"),
        standings=Shared(store.standings, clock.monotonic),
        is_teacher=lambda _: is_teacher,
        secret=b"",
        deeds=Deeds(clock),
        practice=Shared(Planning().coursework.practice_since, clock.monotonic),
    )


def request(accept: str = "text/html") -> Request:
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": "/x",
            "headers": [(b"accept", accept.encode())],
            "query_string": b"",
            "scheme": "http",
            "server": ("class", 80),
        }
    )


async def fine(_: Request) -> Response:
    return PlainTextResponse("fine")


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (HTTPException(404), 404),
        (BodyRefused(413, "long", "less"), 413),
        (BodyRefused(408, "slow", "at once"), 408),
        (DefiniteError("away"), 503),
        (IndefiniteError("away"), 503),
        (TimeoutError(), 503),
        (ValueError("bug"), 500),
    ],
)
async def test_every_error_is_a_page_in_plain_words(error: Exception, status: int) -> None:
    async def fails(_: Request) -> Response:
        raise error

    answer = await ground().guarded(fails)(request())
    assert answer.status_code == status
    assert b"<h1>" in answer.body
    assert ("retry-after" in answer.headers) == (status == 503)
    assert b"bug" not in answer.body


async def test_teachers_pages_are_for_teachers() -> None:
    assert (await ground().for_teachers(fine)(request())).status_code == 403
    assert (await ground(is_teacher=True).for_teachers(fine)(request())).status_code == 200


async def test_a_reader_that_goes_away_is_not_answered() -> None:
    async def waits(_: Request) -> Response:
        await asyncio.Event().wait()
        return PlainTextResponse("never")

    task = asyncio.ensure_future(ground().guarded(waits)(request()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_nobody_planned_counts_nothing() -> None:
    assert await ground().counted() == {}


def test_a_column_is_found_by_its_test() -> None:
    test = next(iter(CATALOGUE))
    found = ground().column(test)
    assert found is not None
    assert found.test == test


async def test_a_program_is_told_in_json() -> None:
    async def away(_: Request) -> Response:
        raise IndefiniteError("nobody is there")

    answer = await ground().guarded(away)(request("*/*"))
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert json.loads(bytes(answer.body))["error"]["where"] == "GET /x"

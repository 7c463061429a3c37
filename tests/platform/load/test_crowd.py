"""A crowd asks by its own clock: who is held up counts from when the request was due."""

import asyncio

import pytest

from holdfast.platform.load import crowd as module
from holdfast.platform.load.crowd import Crowd, Plan, Route
from holdfast.platform.runtime.journey import Ask, Journey, Person, Steps
from tests.support.eventually import eventually
from tests.support.tiny_site import TinySite, tiny_site


def journey(*targets: str, cached: bool = False) -> Journey:
    def begin(_: Person) -> Steps:
        for target in targets:
            yield Ask(target, target, cached=cached)

    return Journey("visitor", "visits", 1.0, lambda _: 0, begin)


def plan(site: TinySite, visited: Journey, **more: object) -> Plan:
    given = {"persons": 20, "think_s": 0.1, "seconds": 0.5, "connections": 4, **more}
    route = Route(visited, site.port)
    return Plan(host="127.0.0.1", routes=[(route, 1.0)], **given)  # type: ignore[arg-type]


async def test_all_steps_are_asked_and_counted_over_few_connections() -> None:
    async with tiny_site() as site:
        crowd = Crowd(plan(site, journey("/a", "/b", "/missing")))
        took_s = await crowd.play()
    assert took_s >= 0.3
    assert set(crowd.tally.asked) == {"/a", "/b", "/missing"}
    assert crowd.tally.answered == len(site.paths) > 20
    assert crowd.tally.failed["/missing", "404"] == crowd.tally.asked["/missing"]
    assert site.connections <= 4


async def test_what_a_browser_has_is_asked_for_with_its_etag() -> None:
    async with tiny_site() as site:
        crowd = Crowd(plan(site, journey("/a", cached=True)))
        await crowd.play()
    assert crowd.tally.not_modified > 0
    assert crowd.tally.failures == 0


async def test_a_server_that_stands_still_is_seen_by_all_who_were_due() -> None:
    async with tiny_site() as site:
        site.gate.clear()
        crowd = Crowd(plan(site, journey("/a"), connections=1))
        playing = asyncio.create_task(crowd.play())
        await eventually(lambda: bool(site.paths))
        await asyncio.wait({playing}, timeout=0.6)
        site.gate.set()
        await playing
    # One request was sent and stood still; the others were due meanwhile and waited as long.
    due, sent = (t.quantile_s(0.5) for t in (crowd.tally.since_due, crowd.tally.since_sent))
    assert due is not None
    assert sent is not None
    assert due > 10 * sent


async def test_beyond_a_bound_requests_are_dropped_and_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MAX_LATE", 3)
    async with tiny_site() as site:
        site.gate.clear()
        crowd = Crowd(plan(site, journey("/a"), connections=1))
        playing = asyncio.create_task(crowd.play())
        await eventually(lambda: crowd.tally.dropped > 0)
        site.gate.set()
        await playing
    assert crowd.tally.failures == crowd.tally.dropped


async def test_nobody_there_is_a_failure_of_each_request() -> None:
    async with tiny_site() as site:
        made = plan(site, journey("/a"), persons=5)
    crowd = Crowd(made)
    await crowd.play()
    assert crowd.tally.failed["/a", "refused"] == crowd.tally.answered > 0

"""Attempts, standings, tests and incidents, as readers get them."""

from dataclasses import replace

import httpx
import pytest

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.verdict import Verdict
from tests.grading.store.contract import ANNA, BEN, closed, incident, opened
from tests.support.results_site import Site

ATTEMPTS = "/api/grading/students/1234/attempts"


async def test_an_attempt_is_told_with_checks_and_reason(
    site: Site, anyone: httpx.AsyncClient
) -> None:
    opening = opened()
    await site.store.close_attempt(closed(opening, Verdict.FAIL, reason="two echoes came"))
    [told] = (await anyone.get(ATTEMPTS)).json()["attempts"]
    assert told == {
        "id": opening.id,
        "uid": 1234,
        "test": "2024-a1-t2",
        "verdict": "fail",
        "checks": [
            {"name": "echo", "verdict": "pass", "points": 1, "hint": ""},
            {"name": "silence", "verdict": "fail", "points": 1, "hint": "two echoes came"},
        ],
        "reason": "two echoes came",
        "started_at": "2026-03-02T12:00:00Z",
        "ended_at": "2026-03-02T12:00:03Z",
        "node": "n1",
        "source": "192.0.2.10:51000",
    }


async def test_attempts_come_page_by_page(site: Site, anyone: httpx.AsyncClient) -> None:
    for minute in range(5):
        await site.store.close_attempt(closed(opened(minute=minute)))
    minutes = []
    address = f"{ATTEMPTS}?limit=2"
    while True:
        page = (await anyone.get(address)).json()
        minutes += [one["started_at"][14:16] for one in page["attempts"]]
        if page["next"] is None:
            break
        address = f"{ATTEMPTS}?limit=2&before={page['next']}"
    assert minutes == ["04", "03", "02", "01", "00"]


@pytest.mark.parametrize("query", ["limit=x", "limit=-1", "before=x", "before=" + "A" * 32])
async def test_a_wrong_query_is_400_and_named(anyone: httpx.AsyncClient, query: str) -> None:
    answer = await anyone.get(f"{ATTEMPTS}?{query}")
    assert answer.status_code == 400
    assert answer.json()["error"]["where"] == "query " + query.partition("=")[0]


async def test_a_large_limit_is_cut_and_zero_is_one(site: Site, anyone: httpx.AsyncClient) -> None:
    for minute in range(3):
        await site.store.close_attempt(closed(opened(minute=minute)))
    assert len((await anyone.get(f"{ATTEMPTS}?limit=0")).json()["attempts"]) == 1
    assert len((await anyone.get(f"{ATTEMPTS}?limit=999999999")).json()["attempts"]) == 3


async def test_nobodys_attempts_are_404(anyone: httpx.AsyncClient) -> None:
    assert (await anyone.get("/api/grading/students/9/attempts")).status_code == 404


async def test_an_attempts_transcript_is_json_inside_json(
    site: Site, anyone: httpx.AsyncClient
) -> None:
    opening = opened()
    await site.store.close_attempt(closed(opening))
    told = (await anyone.get(f"/api/grading/attempts/{opening.id}")).json()
    assert told["transcript"] == {"version": 1}
    assert told["seed"] == "5eed"


async def test_a_running_attempt_shows_neither_seed_nor_transcript(
    site: Site, anyone: httpx.AsyncClient
) -> None:
    opening = opened()
    await site.store.open_attempt(opening)
    told = (await anyone.get(f"/api/grading/attempts/{opening.id}")).json()
    assert (told["verdict"], told["seed"], told["transcript"]) == (None, None, None)


async def test_a_transcript_that_is_not_json_does_not_break_the_answer(
    site: Site, anyone: httpx.AsyncClient
) -> None:
    opening = opened()
    await site.store.close_attempt(replace(closed(opening), transcript=b'{"cut'))
    told = (await anyone.get(f"/api/grading/attempts/{opening.id}")).json()
    assert told["transcript"] is None


async def test_the_teachers_note_is_for_teachers(
    site: Site, anyone: httpx.AsyncClient, teacher: httpx.AsyncClient
) -> None:
    opening = opened()
    await site.store.close_attempt(closed(opening))
    path = f"/api/grading/attempts/{opening.id}"
    assert (await anyone.get(path)).json()["teacher_note"] is None
    assert (await teacher.get(path)).json()["teacher_note"] == "note"


@pytest.mark.parametrize("attempt", ["x", "0" * 32, "F" * 32, "%00"])
async def test_an_attempt_that_is_not_there_is_404(anyone: httpx.AsyncClient, attempt: str) -> None:
    assert (await anyone.get(f"/api/grading/attempts/{attempt}")).status_code == 404


async def test_the_class_grid(site: Site, anyone: httpx.AsyncClient) -> None:
    opening = opened(BEN)
    await site.store.close_attempt(closed(opening))
    assert (await anyone.get("/api/grading/standings")).json() == [
        {
            "uid": 7,
            "name": "Bén <b>",
            "cells": [
                {
                    "test": "2024-a1-t2",
                    "standing": "passed",
                    "attempts": 1,
                    "running": 0,
                    "points": 1,
                    "attempt": opening.id,
                }
            ],
        },
        {"uid": 1234, "name": "Anna", "cells": []},
    ]


async def test_tests_are_told_with_the_rules_in_force(anyone: httpx.AsyncClient) -> None:
    told = (await anyone.get("/api/grading/tests")).json()
    assert told["rules"]["time_scale"] == 0.5
    assert told["scaled"] == {"lease_s": 150.0, "renew_min_s": 60.0, "lease_test_s": 600.0}
    first = told["tests"][0]
    assert first == {
        "id": "2024-a1-t1",
        "title": "Title of 2024-a1-t1",
        "year": 2024,
        "assignment": 1,
        "transport": "tcp",
        "ports": [4544],
        "trigger": {"text": "TRIGGER 2024-a1-t1", "prefix": False, "recipient": None},
        "announces": True,
        "checks": [{"name": "echo", "title": "The echo is equal", "points": 2}],
    }


async def test_incidents_are_listed_newest_first_and_for_one_student(
    site: Site, anyone: httpx.AsyncClient
) -> None:
    await site.store.report_incident(incident("unknown id"))
    await site.store.report_incident(incident("garbled", ANNA))
    everything = (await anyone.get("/api/grading/incidents")).json()
    assert [one["kind"] for one in everything] == ["garbled", "unknown id"]
    assert everything[0]["raw"] == b"\x00hello".hex()
    of_anna = (await anyone.get("/api/grading/incidents?uid=1234&limit=5")).json()
    assert [one["kind"] for one in of_anna] == ["garbled"]
    assert (await anyone.get("/api/grading/incidents?uid=x")).status_code == 400


async def test_a_test_that_is_no_longer_offered_is_still_in_the_grid(
    site: Site, anyone: httpx.AsyncClient
) -> None:
    await site.store.close_attempt(closed(opened(BEN, test=TestId("old"))))
    [ben, _] = (await anyone.get("/api/grading/standings")).json()
    assert [cell["test"] for cell in ben["cells"]] == ["old"]

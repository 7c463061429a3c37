"""The seed's API answers as it always did."""

import httpx
import pytest

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.verdict import Verdict
from tests.grading.store.contract import ANNA, BEN, closed, opened, registration
from tests.support.results_site import Site, results_site

FIRST, SECOND, LEASE = TestId("2024-a1-t1"), TestId("2024-a1-t2"), TestId("2025-3_1")


async def test_users_are_listed_by_id(anyone: httpx.AsyncClient) -> None:
    answer = await anyone.get("/users")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == [{"uid": 7, "name": "Bén <b>"}, {"uid": 1234, "name": "Anna"}]


async def test_one_user_is_one_object(anyone: httpx.AsyncClient) -> None:
    assert (await anyone.get("/users/1234")).json() == {"uid": 1234, "name": "Anna"}
    assert (await anyone.get("/users/0007")).json()["uid"] == 7


@pytest.mark.parametrize("uid", ["8", "abc", "-7", "10000", "7.0", "%D9%A7", "7%00", "1e3"])
async def test_an_id_of_nobody_is_404_with_a_reason(anyone: httpx.AsyncClient, uid: str) -> None:
    for path in (f"/users/{uid}", f"/users/{uid}/assignments"):
        answer = await anyone.get(path)
        assert answer.status_code == 404
        assert "nobody has the id" in answer.json()["error"]["what"]


async def test_nothing_attempted_is_an_empty_list(anyone: httpx.AsyncClient) -> None:
    for path in ("/users/7/assignments", "/assignments", "/assignments/3", "/online"):
        answer = await anyone.get(path)
        assert (answer.status_code, answer.json()) == (200, [])


async def test_an_empty_course_is_an_empty_list() -> None:
    async with results_site() as site:
        assert (await site.client().get("/users")).json() == []


async def test_results_are_one_object_for_each_student_and_test(
    site: Site, anyone: httpx.AsyncClient
) -> None:
    store = site.store
    await store.close_attempt(closed(opened(ANNA, test=FIRST), Verdict.FAIL))
    await store.close_attempt(closed(opened(ANNA, test=FIRST), Verdict.PASS))
    await store.close_attempt(closed(opened(ANNA, test=FIRST), Verdict.FAIL))
    await store.close_attempt(closed(opened(ANNA, test=LEASE), Verdict.FAIL))
    await store.close_attempt(closed(opened(BEN, test=SECOND), Verdict.PASS))
    await store.close_attempt(closed(opened(BEN, test=LEASE), Verdict.INFRASTRUCTURE))
    await store.close_attempt(closed(opened(BEN, test=TestId("no longer offered"))))
    anna = [
        {"assignment": 1, "passed": True, "uid": 1234},
        {"assignment": 3, "passed": False, "uid": 1234},
    ]
    ben = [{"assignment": 1, "passed": True, "uid": 7}]
    assert (await anyone.get("/users/1234/assignments")).json() == anna
    assert (await anyone.get("/assignments")).json() == ben + anna
    assert (await anyone.get("/assignments/1")).json() == [ben[0], anna[0]]
    assert (await anyone.get("/assignments/3")).json() == [anna[1]]


@pytest.mark.parametrize("number", ["2", "99", "x", "-1", "1.0", "99999999999999999999"])
async def test_an_assignment_that_is_not_there_is_404(
    anyone: httpx.AsyncClient, number: str
) -> None:
    answer = await anyone.get(f"/assignments/{number}")
    assert answer.status_code == 404
    assert answer.json()["error"]["fix"] == "there are 1, 3"


async def test_online_are_leases_and_running_attempts(
    site: Site, anyone: httpx.AsyncClient
) -> None:
    await site.store.register(registration(ANNA))
    await site.store.open_attempt(opened(BEN, test=FIRST))
    assert [user["uid"] for user in (await anyone.get("/online")).json()] == [7, 1234]

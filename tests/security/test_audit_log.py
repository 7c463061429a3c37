"""docs/reference/audit-log.md: no privileged act of the desk without an entry.

Every address for teachers that changes something, and every one that takes data of the whole class
away, is asked as the page would; a new one without a form in this file fails.
"""

import re
from collections.abc import AsyncIterator
from html import unescape

import httpx
import pytest

from holdfast.errors import DefiniteError
from holdfast.grading.domain.roster import User, UserId
from holdfast.grading.entrypoints.results_api.access import Role, role_needed
from tests.support.endpoints import addresses_of, whole_site
from tests.support.results_site import ADMIN, VIEWER, Site

T1 = "2024-a1-t1"
ROSTER = "uid,name\n1234,Ada King\n4711,New"
FORMS: dict[str, tuple[dict[str, str], str]] = {
    "/teach/roster": ({"text": ROSTER, "remove": "yes"}, "roster imported"),
    "/teach/deadlines": ({"text": f"{T1},,2026-12-01T22:59Z,30,20"}, "course changed"),
    "/teach/freeze": ({"freeze": "yes"}, "course changed"),
    "/teach/practice": ({"practice": "yes"}, "course changed"),
}
"""What the page sends, and the act that must stand in the log then."""
BODIES = {"/api/grading/roster": (ROSTER, "roster imported")}
TAKEN = {
    "/teach/results.csv": "results exported",
    "/teach/results.json": "results exported",
    "/api/grading/roster/tokens": "claim tokens read",
}
"""Addresses that only read, and take away what is everybody's."""


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with whole_site() as made:
        yield made


async def entries(site: Site) -> list[tuple[str, str, str]]:
    """(who, act, request id), oldest first."""
    assert site.house is not None
    found = await site.house.people.entries(1000)
    return [(one.who, one.act, one.origin.request_id) for one in reversed(found)]


async def confirmed(client: httpx.AsyncClient, path: str, fields: dict[str, str]) -> httpx.Response:
    """Send a form; where the page asks whether it is meant, say yes."""
    answer = await client.post(path, data=fields)
    seen = re.search(r'name="seen" value="([^"]*)"', answer.text)
    return await client.post(path, data={**fields, "seen": unescape(seen[1])}) if seen else answer


async def test_every_change_of_the_desk_writes_an_entry(site: Site) -> None:
    client = site.client(ADMIN)
    client.headers["x-request-id"] = "r-42"
    changing = [
        one.path
        for one in addresses_of(site)
        if one.method != "GET" and role_needed(one.path) is Role.ADMIN
    ]
    assert set(changing) == set(FORMS) | set(BODIES), "a form for each, and nothing else"
    for path in changing:
        before = len(await entries(site))
        if path in FORMS:
            fields, act = FORMS[path]
            answer = await confirmed(client, path, fields)
        else:
            body, act = BODIES[path]
            answer = await client.post(path, content=body, headers={"content-type": "text/csv"})
        assert answer.status_code in (200, 303), path
        written = (await entries(site))[before:]
        assert written, path
        assert set(written) == {("the admin token", act, "r-42")}, path


@pytest.mark.parametrize("path", sorted(TAKEN))
async def test_whoever_takes_the_class_away_stands_in_the_log(site: Site, path: str) -> None:
    assert (await site.client(ADMIN).get(path)).status_code == 200
    assert [act for _, act, _ in await entries(site)] == [TAKEN[path]]


async def test_no_file_for_teachers_is_missing_here(site: Site) -> None:
    """A page shows; a file is taken away."""
    files = {
        one.path
        for one in addresses_of(site)
        if one.method == "GET"
        and role_needed(one.path) is Role.ADMIN
        and "text/html" not in (await site.client(ADMIN).get(one.path)).headers["content-type"]
    }
    assert files == set(TAKEN)


async def test_looking_at_a_preview_writes_nothing(site: Site) -> None:
    client = site.client(ADMIN)
    for path in ("/teach/roster", "/teach/deadlines"):
        assert (await client.post(path, data=FORMS[path][0])).status_code == 200
    assert await entries(site) == []


async def test_who_may_not_teach_writes_nothing(site: Site) -> None:
    for path, (fields, _) in FORMS.items():
        assert (await site.client(VIEWER).post(path, data=fields)).status_code == 401
    assert await entries(site) == []


async def test_old_and_new_stand_in_the_entry(site: Site) -> None:
    client = site.client(ADMIN)
    await confirmed(client, "/teach/deadlines", FORMS["/teach/deadlines"][0])
    later = {"text": f"{T1},,2026-12-08T22:59Z,30,20"}
    await confirmed(client, "/teach/deadlines", later)
    assert site.house is not None
    (newest, *_) = await site.house.people.entries(10)
    assert newest.target == f"deadline {T1}"
    assert newest.detail == (
        "2026-12-01T22:59:00Z, grace 30 min, 20 % a day"
        " -> 2026-12-08T22:59:00Z, grace 30 min, 20 % a day"
    )


async def told(site: Site) -> list[tuple[str, str]]:
    """(target, detail), oldest first."""
    assert site.house is not None
    found = await site.house.people.entries(1000)
    return [(one.target, one.detail) for one in reversed(found)]


async def test_an_import_by_the_api_says_whom(site: Site) -> None:
    await site.store.import_roster([User(UserId(1234), "Ada")])
    roster = "uid,name\n1234,Ada King\n4711,New"
    await site.client(ADMIN).post("/api/grading/roster", content=roster)
    assert await told(site) == [
        ("course", "1 added, 1 renamed"),
        ("student 4711", "nothing -> New"),
        ("student 1234", "Ada -> Ada King"),
    ]


async def test_a_large_import_names_some_and_counts_the_rest(site: Site) -> None:
    roster = "".join(f"{uid},Student {uid}\n" for uid in range(5000, 5300))
    assert (await site.client(ADMIN).post("/api/grading/roster", content=roster)).is_success
    found = await told(site)
    assert len(found) == 100
    assert found[0] == ("course", "300 added, 0 renamed")
    assert found[-1] == ("more", "202 more of these")


async def test_an_import_that_cannot_be_written_down_is_not_done(site: Site) -> None:
    assert site.house is not None

    async def full(entry: object) -> None:
        raise DefiniteError("the disk is full")

    site.house.people.record = full  # type: ignore[method-assign,assignment]
    answer = await site.client(ADMIN).post("/api/grading/roster", content="4712,Nobody")
    assert answer.status_code == 503
    assert await site.store.user(4712) is None

"""The gate: people with sessions, students and their own, forms of other sites, secret ids."""

from collections.abc import AsyncIterator

import pytest

from holdfast.errors import IndefiniteError
from holdfast.grading.domain.pins import ShownNumbers
from holdfast.grading.domain.roster import User
from holdfast.grading.domain.verdict import Verdict
from holdfast.grading.entrypoints.results_api.settings import ResultsSettings
from holdfast.grading.service.claim_identity import ClaimKey
from holdfast.platform.auth.passport import COOKIE as SESSION
from holdfast.platform.auth.roles import Action
from holdfast.platform.auth.roles import Role as Is
from tests.grading.store.contract import ANNA, BEN, closed, opened
from tests.support.people import PASSWORD, House
from tests.support.results_site import ADMIN, CLAIM_KEY, VIEWER, Site, results_site

ROSTER = "/api/grading/roster"
EVIL = {"origin": "http://evil.test"}
HTML = {"accept": "text/html"}


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
async def site(house: House) -> AsyncIterator[Site]:
    async with results_site(is_open=False, house=house) as made:
        house.clock.now = made.clock.now
        await made.store.import_roster([User(ANNA, "Anna"), User(BEN, "Ben")])
        yield made


async def test_a_teachers_session_does_what_the_admin_token_does(site: Site, house: House) -> None:
    await house.account("mira", Is.TEACHER)
    client = site.client()
    await client.post("/login", data={"name": "mira", "password": PASSWORD})
    answer = await client.post(ROSTER, content="5,Eve")
    assert answer.json() == {"added": 1, "renamed": 0, "unchanged": 0}
    assert (await client.get(f"{ROSTER}/tokens")).status_code == 200
    acts = [(entry.act, entry.who) for entry in await house.people.entries(2)]
    assert acts == [("claim tokens read", "mira"), ("roster imported", "mira")]
    await client.post("/logout")
    assert (await client.post(ROSTER, content="6,Eve")).status_code == 401


async def test_a_session_does_not_act_for_another_site(site: Site, house: House) -> None:
    client = site.client(cookies={SESSION: await house.session("mira", Is.TEACHER)})
    for headers in (EVIL, {"sec-fetch-site": "cross-site"}):
        assert (await client.post(ROSTER, content="5,Eve", headers=headers)).status_code == 403
    assert (await client.get("/users/5")).status_code == 404


async def test_a_revoked_or_expired_token_opens_nothing(site: Site, house: House) -> None:
    account = await house.account("mira", Is.TEACHER)
    text = await house.token(account, Action.ALL_RESULTS, days=1)
    client = site.client(text)
    assert (await client.get("/users")).status_code == 200
    assert (await client.post(ROSTER, content="5,Eve")).status_code == 401, "beyond its scope"
    house.clock.wait(24 * 3600)
    assert (await client.get("/users")).status_code == 401


async def test_a_student_reads_their_own_and_nobody_elses(site: Site, house: House) -> None:
    mine, theirs = opened(uid=ANNA), opened(uid=BEN)
    for opening in (mine, theirs):
        await site.store.open_attempt(opening)
        await site.store.close_attempt(closed(opening))
    client = site.client(
        cookies={SESSION: await house.session("anna", Is.STUDENT, subject=str(ANNA))}
    )
    for path in (f"/users/{ANNA}", f"/api/grading/attempts/{mine.id}", "/api/grading/tests"):
        assert (await client.get(path)).status_code == 200, path
    for path in (
        f"/users/{BEN}",
        f"/api/grading/attempts/{theirs.id}",
        f"/api/grading/students/{BEN}/attempts",
        "/api/grading/standings",
        "/users",
        f"/api/grading/incidents?uid={BEN}",
        f"/api/grading/live?uid={BEN}",
        "/api/grading/incidents",
    ):
        assert (await client.get(path)).status_code == 403, path
    for path in (ROSTER, f"{ROSTER}/tokens"):
        assert (await client.get(path)).status_code == 403, path


async def test_a_student_who_opens_the_site_is_led_to_their_page(site: Site, house: House) -> None:
    client = site.client(
        cookies={SESSION: await house.session("anna", Is.STUDENT, subject=str(ANNA))}
    )
    answer = await client.get("/", headers={"accept": "text/html"})
    assert answer.headers["location"] == f"/students/{ANNA}"
    other = await client.get(f"/students/{BEN}", headers={"accept": "text/html"})
    assert other.status_code == 403


async def test_a_personal_token_lets_a_student_in(site: Site) -> None:
    token = ClaimKey("course", CLAIM_KEY).token(ANNA)
    client = site.client()
    fields = {"uid": str(ANNA), "token": token, "next": f"/users/{ANNA}"}
    assert (await client.post("/enter/student", data=fields, headers=EVIL)).status_code == 403
    assert (await client.post("/enter/student", data=fields)).status_code == 303
    assert (await client.get(f"/users/{ANNA}")).status_code == 200
    assert (await client.get(f"/users/{BEN}")).status_code == 403


@pytest.mark.parametrize("uid", [str(BEN), "9999", "x", "", "99999"])
async def test_anothers_id_and_an_unknown_one_get_the_same_answer(site: Site, uid: str) -> None:
    token = ClaimKey("course", CLAIM_KEY).token(ANNA)
    answer = await site.client().post("/enter/student", data={"uid": uid, "token": token})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert "opens nothing here" in answer.text


async def test_on_an_open_site_nothing_changes_for_readers(house: House) -> None:
    async with results_site(house=house) as site:
        assert (await site.client().get("/users")).status_code == 200
        assert (await site.client().post(ROSTER, content="5,Eve")).status_code == 401


async def test_the_way_in_has_all_ways(site: Site) -> None:
    text = (await site.client().get("/enter?next=/users")).text
    for action in ("/login", "/enter", "/enter/student"):
        assert f'action="{action}"' in text


@pytest.fixture
async def pins(house: House) -> AsyncIterator[Site]:
    """A site that everybody may read, where ids are secrets."""
    async with results_site(settings=ResultsSettings(identity="pin"), house=house) as made:
        house.clock.now = made.clock.now
        await made.store.import_roster([User(ANNA, "Anna"), User(BEN, "Ben")])
        yield made


async def test_who_reads_finds_nobody_by_a_secret_id(pins: Site) -> None:
    """Who asks for every id learns nothing of which there are."""
    for client in (pins.client(), pins.client(VIEWER), pins.client(ADMIN)):
        there, nowhere = await client.get(f"/users/{ANNA}"), await client.get("/users/4242")
        assert there.status_code == nowhere.status_code == 404


async def test_a_student_reads_what_is_theirs_by_the_shown_number(pins: Site) -> None:
    mine = opened(uid=ANNA)
    await pins.store.open_attempt(mine)
    numbers = ShownNumbers(CLAIM_KEY)
    student = pins.client()
    token = ClaimKey("course", CLAIM_KEY).token(ANNA)
    await student.post("/enter/student", data={"uid": str(ANNA), "token": token})
    assert (await student.get(f"/users/{numbers.shown(ANNA)}")).status_code == 200
    assert (await student.get(f"/api/grading/attempts/{mine.id}")).status_code == 200


async def test_a_failure_in_somebodys_name_takes_no_pass_away(pins: Site) -> None:
    for verdict in (Verdict.PASS, Verdict.FAIL):
        opening = opened(uid=ANNA)
        await pins.store.open_attempt(opening)
        await pins.store.close_attempt(closed(opening, verdict))
    (best,) = await pins.store.best_results(ANNA)
    assert best.passed


# what browsers see


@pytest.fixture
async def seen(house: House) -> AsyncIterator[Site]:
    """A closed site with all its pages."""
    async with results_site(is_open=False, house=house, with_pages=True) as made:
        house.clock.now = made.clock.now
        await made.store.import_roster([User(ANNA, "Anna"), User(BEN, "Ben")])
        yield made


@pytest.mark.parametrize(
    ("language", "title"), [("en", "This is somebody else’s"), ("de", "Das gehört jemand anderem")]
)
async def test_a_student_who_opens_anothers_page_is_told_and_led_to_theirs(
    seen: Site, house: House, language: str, title: str
) -> None:
    session = await house.session("anna", Is.STUDENT, subject=str(ANNA))
    client = seen.client(cookies={SESSION: session})
    path = f"/students/{BEN}"
    answer = await client.get(path, headers={**HTML, "accept-language": language})
    assert answer.status_code == 403
    assert f"<h1>{title}</h1>" in answer.text
    assert f'href="/students/{ANNA}"' in answer.text
    assert answer.headers["content-language"] == language
    program = await client.get(path, headers={"accept": "*/*"})
    assert program.json()["error"]["where"] == f"GET {path}"


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "words"),
    [
        ("POST", "/teach/deadlines", {}, 401, "Please log in first"),
        ("POST", "/login", EVIL, 403, "This did not come from our page"),
        ("POST", "/enter/student", {"content-length": "9999"}, 413, "That was too much"),
        ("DELETE", "/claim", {}, 405, "That cannot be done here"),
        ("POST", "/login", {"content-length": "99999"}, 413, "That was too much"),
    ],
)
async def test_what_is_refused_is_a_page_for_browsers_and_json_for_programs(
    seen: Site, method: str, path: str, headers: dict[str, str], status: int, words: str
) -> None:
    body = b"x" * int(headers.get("content-length", 0))
    client = seen.client()
    page = await client.request(method, path, headers={**HTML, **headers}, content=body)
    assert (page.status_code, page.headers["content-type"][:9]) == (status, "text/html")
    assert words in page.text
    assert "no-store" in page.headers["cache-control"]
    answer = await client.request(method, path, headers=headers, content=body)
    assert answer.status_code == status
    assert answer.json()["error"]["what"]
    assert answer.headers.get("allow") == page.headers.get("allow")


async def test_a_session_that_is_used_by_another_sites_page_is_told_so(
    seen: Site, house: House
) -> None:
    client = seen.client(cookies={SESSION: await house.session("mira", Is.TEACHER)})
    answer = await client.post("/teach/freeze", headers={**HTML, **EVIL})
    assert answer.status_code == 403
    assert "This did not come from our page" in answer.text


async def test_while_the_store_of_people_is_away_a_browser_gets_a_page(
    seen: Site, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: bytes) -> None:
        raise IndefiniteError("nobody is there")

    client = seen.client(cookies={SESSION: "some-session"})
    monkeypatch.setattr(house.people, "session", away)
    for path in ("/tests", "/me"):
        page = await client.get(path, headers=HTML)
        assert page.status_code == 503
        assert "Please try again in a few seconds" in page.text
        assert page.headers["retry-after"]
        assert (await client.get(path)).json()["error"]["fix"] == "try again"

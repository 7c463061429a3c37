"""The addresses for browsers: fixation, forged forms, cookies, what may be typed."""

import re
from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from holdfast.platform.auth.audit import Act, Entry
from holdfast.platform.auth.faces import PlainFaces, style_route
from holdfast.platform.auth.first_link import first_link
from holdfast.platform.auth.passport import COOKIE, SECURE_COOKIE
from holdfast.platform.auth.roles import Role
from holdfast.platform.auth.site import AUDIT_PAGE, MAX_FORM_BYTES, Door
from tests.support.people import PASSWORD, House

EVIL = {"origin": "http://evil.test"}
FORM = {"name": "mira", "password": PASSWORD, "next": "/students/7"}


def app_of(house: House, *, is_secure: bool = False) -> Starlette:
    door = Door(house.signing_in, house.passport, PlainFaces(("token",)), is_secure)
    return Starlette(routes=[*door.routes(), style_route()])


@pytest.fixture
async def browser(house: House) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app_of(house), client=("192.0.2.7", 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://site.test") as client:
        yield client


async def test_the_form_gives_a_session_that_scripts_do_not_see(
    house: House, browser: httpx.AsyncClient
) -> None:
    await house.account("mira")
    answer = await browser.post("/login", data=FORM)
    assert (answer.status_code, answer.headers["location"]) == (303, "/students/7")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie
    me = await browser.get("/me")
    assert "mira" in me.text
    assert "teacher" in me.text


async def test_over_https_the_cookie_is_this_hosts_alone(house: House) -> None:
    await house.account("mira")
    transport = httpx.ASGITransport(app_of(house, is_secure=True), client=("192.0.2.7", 1))
    async with httpx.AsyncClient(transport=transport, base_url="https://site.test") as client:
        cookie = (await client.post("/login", data=FORM)).headers["set-cookie"]
        assert cookie.startswith(SECURE_COOKIE)
        assert "Secure" in cookie
        assert "mira" in (await client.get("/me")).text


async def test_a_foisted_session_is_not_the_one_that_is_logged_in(
    house: House, browser: httpx.AsyncClient
) -> None:
    """Fixation: whatever cookie a browser had, logging in gives it one that nobody knows."""
    await house.account("mira")
    known = await house.session("stranger", Role.STUDENT, subject="7")
    for foisted in ("chosen-by-the-attacker", known):
        browser.cookies.clear()
        browser.cookies.set(COOKIE, foisted)
        answer = await browser.post("/login", data=FORM)
        fresh = answer.cookies[COOKIE]
        assert fresh != foisted
        principal = await house.passport.of_session(foisted)
        assert principal is None, "and the old one is over"


async def test_logging_in_twice_gives_two_ids(house: House, browser: httpx.AsyncClient) -> None:
    await house.account("mira")
    first = (await browser.post("/login", data=FORM)).cookies[COOKIE]
    second = (await browser.post("/login", data=FORM)).cookies[COOKIE]
    assert first != second
    assert await house.passport.of_session(first) is None
    assert await house.passport.of_session(second)


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("", "/enter"),
        ("/students/7?a=b&c", "/enter?next=%2Fstudents%2F7%3Fa%3Db%26c"),
        ("//evil.test", "/enter"),
        ("https://evil.test/", "/enter"),
        ("/\\evil.test", "/enter"),
        ("/a\r\nset-cookie: x=y", "/enter"),
    ],
)
async def test_the_address_of_the_form_leads_to_the_form_and_to_no_other_site(
    browser: httpx.AsyncClient, target: str, location: str
) -> None:
    answer = await browser.get("/login", params={"next": target} if target else {})
    assert (answer.status_code, answer.headers["location"]) == (303, location)


@pytest.mark.parametrize("path", ["/logout", "/logout/everywhere", "/me/password"])
async def test_what_only_forms_are_sent_to_leads_to_them_and_does_nothing(
    house: House, browser: httpx.AsyncClient, path: str
) -> None:
    await house.account("mira")
    await browser.post("/login", data=FORM)
    answer = await browser.get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/me")
    assert (await browser.get("/me")).status_code == 200, "still logged in"
    browser.cookies.clear()
    nobody = await browser.get("/me/password")
    assert nobody.headers["location"] == "/enter?next=%2Fme"


POSTS = ["/login", "/logout", "/logout/everywhere", "/welcome", "/me/password"]


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    "headers",
    [EVIL, {"sec-fetch-site": "cross-site"}, {"origin": "null"}, {"origin": "http://["}],
    ids=str,
)
async def test_another_sites_form_changes_nothing(
    house: House, browser: httpx.AsyncClient, path: str, headers: dict[str, str]
) -> None:
    secret = await house.session("mira")
    browser.cookies.set(COOKIE, secret)
    fields = {**FORM, "old": PASSWORD, "new": "eight stars at night", "key": "k"}
    answer = await browser.post(path, data=fields, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert await house.passport.of_session(secret)
    assert await house.try_in("mira", PASSWORD) == "mira"


@pytest.mark.parametrize("path", POSTS)
async def test_what_changes_something_is_no_link(browser: httpx.AsyncClient, path: str) -> None:
    if path != "/welcome":
        answer = await browser.get(path)
        assert (answer.status_code, "set-cookie" in answer.headers) == (303, False)


async def test_logging_out_ends_the_session_at_the_server(
    house: House, browser: httpx.AsyncClient
) -> None:
    secret = await house.session("mira")
    browser.cookies.set(COOKIE, secret)
    answer = await browser.post("/logout", headers={"origin": "http://site.test"})
    assert answer.status_code == 303
    assert "max-age=0" in answer.headers["set-cookie"].lower()
    assert await house.passport.of_session(secret) is None


async def test_logging_out_everywhere_ends_the_others_too(
    house: House, browser: httpx.AsyncClient
) -> None:
    here, phone = await house.session("mira"), await house.session("mira")
    browser.cookies.set(COOKIE, here)
    await browser.post("/logout/everywhere")
    assert await house.passport.of_session(phone) is None


async def test_wrong_names_and_wrong_passwords_look_the_same(
    house: House, browser: httpx.AsyncClient
) -> None:
    await house.account("mira")
    wrong = await browser.post("/login", data={"name": "mira", "password": "x"})
    nobody = await browser.post("/login", data={"name": "nobo", "password": "x"})
    assert wrong.status_code == nobody.status_code == 403
    assert wrong.text.replace("mira", "") == nobody.text.replace("nobo", "")
    assert "set-cookie" not in wrong.headers


async def test_guessing_is_told_when_to_come_again(
    house: House, browser: httpx.AsyncClient
) -> None:
    for _ in range(4):
        await browser.post("/login", data={"name": "mira", "password": "x"})
    answer = await browser.post("/login", data={"name": "mira", "password": "x"})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert "1 s" in answer.text


@pytest.mark.parametrize("name", ['"><script>alert(1)</script>', "a\x00b", "\u202emira", "é" * 900])
async def test_hostile_names_are_shown_as_text(browser: httpx.AsyncClient, name: str) -> None:
    answer = await browser.post("/login", data={"name": name, "password": "x"})
    assert answer.status_code == 403
    assert "<script" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("target", ["https://evil.test", "//evil.test", "/\\evil.test"])
async def test_logging_in_leads_to_no_other_site(
    house: House, browser: httpx.AsyncClient, target: str
) -> None:
    await house.account("mira")
    answer = await browser.post("/login", data={**FORM, "next": target})
    assert answer.headers["location"] == "/"


async def test_forms_are_bounded(browser: httpx.AsyncClient) -> None:
    answer = await browser.post("/login", content=b"name=" + b"x" * MAX_FORM_BYTES)
    assert answer.status_code == 413
    many = "&".join(f"f{n}=1" for n in range(1000))
    assert (await browser.post("/login", content=many)).status_code == 403


async def test_the_first_admins_link_is_used_up_by_its_form_alone(
    house: House, browser: httpx.AsyncClient
) -> None:
    link = await first_link(
        house.people, house.settings, house.clock, url="http://site.test", who="cli:x"
    )
    for _ in range(3):  # a mail scanner looks at links, too
        assert (await browser.get(link)).status_code == 200
    key = link.partition("key=")[2]
    fields = {"key": key, "name": "mira", "password": PASSWORD}
    short = await browser.post("/welcome", data={**fields, "password": "x"})
    assert short.status_code == 400
    assert (await browser.post("/welcome", data=fields)).headers["location"] == "/me"
    again = await browser.post("/welcome", data={**fields, "name": "ben"})
    assert again.status_code == 403
    assert "used or is too old" in again.text


async def test_who_is_nobody_is_led_to_the_way_in(browser: httpx.AsyncClient) -> None:
    assert (await browser.get("/me")).headers["location"] == "/enter?next=%2Fme"
    assert (await browser.post("/me/password", data={})).headers["location"].startswith("/enter")
    assert (await browser.post("/logout")).headers["location"] == "/enter"


async def test_a_password_is_changed_on_the_page(house: House, browser: httpx.AsyncClient) -> None:
    browser.cookies.set(COOKIE, await house.session("mira"))
    wrong = await browser.post("/me/password", data={"old": "x", "new": "eight stars at night"})
    assert wrong.status_code == 403
    right = {"old": PASSWORD, "new": "eight stars at night"}
    done = await browser.post("/me/password", data=right)
    assert done.status_code == 200
    assert "Your password was changed." in done.text
    assert done.headers["set-cookie"].startswith(COOKIE)
    assert "Your password was changed." not in (await browser.get("/me")).text
    assert await house.try_in("mira", "eight stars at night") == "mira"


async def test_the_audit_log_knows_address_and_request(
    house: House, browser: httpx.AsyncClient
) -> None:
    await house.account("mira")
    await browser.post("/login", data=FORM, headers={"x-request-id": "abc"})
    (entry,) = await house.people.entries(1)
    assert (entry.origin.address, entry.origin.request_id) == ("192.0.2.7", "abc")


async def test_the_audit_log_is_for_admins_and_operators(
    house: House, browser: httpx.AsyncClient
) -> None:
    answer = await browser.get("/audit")
    assert (answer.status_code, answer.headers["location"]) == (303, "/enter?next=%2Faudit")
    for role, status in ((Role.TEACHER, 403), (Role.OPERATOR, 200), (Role.ADMIN, 200)):
        browser.cookies.set(COOKIE, await house.session(role.value, role))
        assert (await browser.get("/audit")).status_code == status


async def test_the_audit_log_is_read_page_by_page(house: House, browser: httpx.AsyncClient) -> None:
    browser.cookies.set(COOKIE, await house.session("odo", Role.OPERATOR))
    for number in range(AUDIT_PAGE + 5):
        deed = Entry(house.clock.wall(), "mira", Act.COURSE_CHANGED, f"thing-{number:03}")
        await house.people.record(deed)
    first = (await browser.get("/audit")).text
    older = re.search(r"/audit\?before=([0-9]+)", first)
    assert older
    rest = (await browser.get(f"/audit?before={older[1]}")).text
    told = re.findall(r"thing-([0-9]{3})", first + rest)
    assert told == [f"{number:03}" for number in reversed(range(AUDIT_PAGE + 5))]
    assert "Older entries" in first
    assert "Older entries" not in rest


@pytest.mark.parametrize("asked", ["x", "-1", "9" * 40, "1.5", ""])
async def test_a_page_of_the_audit_log_that_is_none_is_the_newest(
    house: House, browser: httpx.AsyncClient, asked: str
) -> None:
    browser.cookies.set(COOKIE, await house.session("odo", Role.OPERATOR))
    assert "logged in" in (await browser.get("/audit", params={"before": asked})).text

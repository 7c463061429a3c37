"""Hostile texts: names, chats, addresses and headers never become markup, headers or another site.

What a page does with them in a browser is shown by tests/grading/pages and tests/browser.
"""

import pytest

from holdfast.grading.domain.roster import User
from tests.grading.store.contract import ANNA
from tests.support.endpoints import whole_site
from tests.support.results_site import ADMIN, results_site

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
ELSEWHERE = (
    "https://evil.example.org/",
    "//evil.example.org/",
    "/\\evil.example.org/",
    "/%5cevil.example.org\r\nset-cookie: a=b",
    "javascript:alert(1)",
    "/\t/evil.example.org",
    "\u2028//evil.example.org",
)


@pytest.mark.parametrize("target", ELSEWHERE)
async def test_the_way_in_leads_to_no_other_site_and_adds_no_header(target: str) -> None:
    async with results_site(is_open=False) as site:
        answer = await site.client().post("/enter", data={"token": ADMIN, "next": target})
        assert answer.status_code == 303
        where = answer.headers["location"]
        assert where == "/" or (where.startswith("/") and where[1:2] not in ("/", "\\"))
        assert "\n" not in where
        assert len(answer.headers.get_list("set-cookie")) == 1


@pytest.mark.parametrize("host", ["evil.example.org", "results.test:99@evil", "a\tb", ""])
async def test_no_answer_believes_the_host_header(host: str) -> None:
    async with whole_site() as site:
        headers = {"accept": "text/html", "host": host}
        for path in ("/", "/tests", "/enter", "/students/1"):
            answer = await site.client().get(path, headers=headers)
            told = answer.text + str(answer.headers.multi_items())
            assert "evil.example.org" not in told
            assert answer.headers.get("location", "/").startswith("/")


async def test_a_forwarded_header_of_a_client_is_nobodys_word() -> None:
    async with whole_site() as site:
        headers = {
            "x-forwarded-for": "203.0.113.9",
            "x-forwarded-host": "evil.example.org",
            "x-forwarded-proto": "https",
            "forwarded": "for=203.0.113.9;host=evil.example.org",
            "x-original-url": "/internal/grading/batch",
            "x-rewrite-url": "/internal/grading/batch",
            "x-http-method-override": "DELETE",
        }
        answer = await site.client().get("/claim", headers=headers)
        assert "203.0.113.9" not in answer.text
        assert "evil.example.org" not in answer.text
        answer = await site.client(ADMIN).get("/users", headers=headers)
        assert answer.status_code == 200


async def test_a_hostile_name_in_a_roster_is_text_in_json_and_markup_nowhere() -> None:
    async with results_site() as site:
        await site.store.import_roster([User(ANNA, HOSTILE)])
        answer = await site.client().get(f"/users/{ANNA}")
        assert answer.headers["content-type"] == "application/json"
        assert answer.json()["name"] == HOSTILE


@pytest.mark.parametrize(
    "path", [f"/{HOSTILE}", f"/tests/{HOSTILE}", f"/students/{HOSTILE}", f"/?name={HOSTILE}"]
)
async def test_a_hostile_address_is_shown_as_text(path: str) -> None:
    async with whole_site(is_open=True) as site:
        answer = await site.client().get(path, headers={"accept": "text/html"})
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text
        assert "unsafe-inline" not in answer.headers["content-security-policy"]

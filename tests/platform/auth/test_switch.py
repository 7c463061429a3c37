"""The switch leads to the same page, and what it asks for is kept."""

import pytest
from starlette.requests import Request
from starlette.responses import Response

from holdfast.platform.auth.switch import keep_choice, language_in, switches


def asked(query: str, cookie: str = "", scheme: str = "http") -> Request:
    headers = [(b"accept-language", b"en"), (b"cookie", f"holdfast_language={cookie}".encode())]
    return Request(
        {
            "type": "http",
            "method": "GET",
            "scheme": scheme,
            "server": ("site.test", 80),
            "path": "/enter",
            "query_string": query.encode(),
            "headers": headers,
        }
    )


def test_the_address_wins_over_the_cookie_and_the_cookie_over_the_browser() -> None:
    assert language_in(asked("lang=de", "en")) == "de"
    assert language_in(asked("", "de")) == "de"
    assert language_in(asked("lang=xx", "")) == "en"


def test_there_is_a_link_for_each_language_and_empty_fields_are_left_out() -> None:
    found = switches("/enter", {"next": "/a?b=1&c", "key": ""}, "de")
    assert [(one.name, one.href, one.is_current) for one in found] == [
        ("English", "/enter?next=%2Fa%3Fb%3D1%26c&lang=en", False),
        ("Deutsch", "/enter?next=%2Fa%3Fb%3D1%26c&lang=de", True),
    ]


@pytest.mark.parametrize("query", ["", "lang=xx", "lang=de%0d%0aset-cookie:x=y"])
def test_what_is_no_language_is_not_kept(query: str) -> None:
    answer = Response()
    keep_choice(asked(query), answer)
    assert "set-cookie" not in answer.headers


def test_a_choice_is_kept_where_scripts_do_not_see_it() -> None:
    answer = Response()
    keep_choice(asked("lang=de", scheme="https"), answer)
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("holdfast_language=de;")
    assert "HttpOnly" in cookie
    assert "Secure" in cookie

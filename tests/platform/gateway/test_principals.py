import hashlib

import pytest

from holdfast.platform.auth import passport
from holdfast.platform.auth.secrets import new_secret, new_token
from holdfast.platform.gateway.principals import (
    COOKIE,
    MAX_COOKIE_BYTES,
    NOBODY,
    SECURE_COOKIE,
    principal_of,
)

SESSION = "s" * 43


def of(**headers: str) -> str:
    return principal_of({name.encode(): value.encode() for name, value in headers.items()})


def test_a_principal_is_the_hash_of_a_token_and_never_the_token() -> None:
    token = "duffel_test_demo"
    assert (
        of(authorization=f"Bearer {token}")
        == (hashlib.sha256(b"token " + token.encode()).hexdigest()[:32])
    )
    assert of(authorization=f"bearer  {token} ") == of(authorization=f"Bearer {token}")
    assert of(authorization=f"Bearer {new_token()}") != NOBODY


@pytest.mark.parametrize("name", ["holdfast_session", "__Host-holdfast_session"])
@pytest.mark.parametrize("cookie", ["{}={}", "a=b; {}={}", "{}={}; c=d", "a=b;{}={} ;c"])
def test_a_session_counts_by_its_cookie_wherever_it_stands(name: str, cookie: str) -> None:
    assert of(cookie=cookie.format(name, SESSION)) == of(cookie=f"holdfast_session={SESSION}")
    assert of(cookie=cookie.format(name, new_secret())) not in (
        NOBODY,
        of(cookie=f"{name}={SESSION}"),
    )


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Basic YTpi"},
        {"authorization": "Bearer"},
        {"authorization": "Bearer two words"},
        {"authorization": "Bearer " + "a" * 5000},
        {"cookie": "holdfast_session=short"},
        {"cookie": f"holdfast_session={SESSION}more"},
        {"cookie": f"other_holdfast_session={SESSION}"},
        {"cookie": f"holdfast_viewer={SESSION}"},
        {"cookie": f"a=holdfast_session={SESSION}"},
        {"cookie": f"holdfast_session={SESSION}; a=" + "b" * MAX_COOKIE_BYTES},
    ],
)
def test_what_has_not_the_form_of_one_is_nobody(headers: dict[str, str]) -> None:
    assert of(**headers) == NOBODY


def test_a_token_counts_before_a_cookie_and_the_safe_cookie_before_the_other() -> None:
    cookie = f"holdfast_session={SESSION}"
    token = of(authorization="Bearer token-of-mine")
    assert of(authorization="Bearer token-of-mine", cookie=cookie) == token
    assert of(authorization="Bearer no token", cookie=cookie) == NOBODY
    assert of(authorization="Basic YTpi", cookie=cookie) == of(cookie=cookie)
    both = f"holdfast_session={'t' * 43}; __Host-holdfast_session={SESSION}"
    assert of(cookie=both) == of(cookie=cookie)


def test_the_cookies_are_those_that_the_services_read() -> None:
    assert (passport.COOKIE.encode(), passport.SECURE_COOKIE.encode()) == (COOKIE, SECURE_COOKIE)


def test_a_site_with_a_cookie_of_its_own_tells_sessions_apart_too() -> None:
    assert of(cookie=f"holdfast_session_travel={SESSION}") == of(
        cookie=f"holdfast_session={SESSION}"
    )
    safe = f"holdfast_session_travel={'t' * 43}; __Host-holdfast_session_travel={SESSION}"
    assert of(cookie=safe) == of(cookie=f"holdfast_session={SESSION}")
    assert of(cookie=f"holdfast_session_TRAVEL={SESSION}") == NOBODY


def test_a_token_and_a_session_of_the_same_letters_are_two() -> None:
    assert of(authorization=f"Bearer {SESSION}") != of(cookie=f"holdfast_session={SESSION}")

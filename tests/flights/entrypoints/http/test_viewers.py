"""Viewers: named by a header, remembered by a sealed cookie, or the token itself."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.entrypoints.http.faults import ApiFault
from holdfast.flights.entrypoints.http.signed_tokens import Signer
from holdfast.flights.entrypoints.http.viewers import COOKIE, MAX_VIEWER_CHARS, Viewer, Viewers
from holdfast.flights.service.ports.access import Caller
from tests.flights.entrypoints.http.site import NOON, SIGNER

VIEWERS = Viewers(SIGNER)
CALLER = Caller("anna", "tok_1", False, frozenset())
OTHER = replace(CALLER, token_id="tok_2")
FIRST = "orq_0123456789abcdefABCDEF"


def cookie(caller: Caller = CALLER, viewers: Viewers = VIEWERS, first: str = FIRST) -> str:
    """As a browser sends it back."""
    return viewers.set_cookie(caller, NOON, first).decode().partition(";")[0]


def test_without_anything_the_token_is_the_viewer_and_gets_a_cookie() -> None:
    assert VIEWERS.viewer_of(CALLER, None, None) == Viewer("tok_1", is_new=True)
    assert VIEWERS.viewer_of(CALLER, None, "theme=dark; x") == Viewer("tok_1", is_new=True)


def test_a_header_names_a_viewer_of_that_token() -> None:
    found = {
        VIEWERS.viewer_of(caller, name, cookie()).id
        for caller in (CALLER, OTHER)
        for name in ("ada", "bert", "~" * MAX_VIEWER_CHARS)
    }
    assert len(found) == 6
    assert VIEWERS.viewer_of(CALLER, "ada", None) == Viewer("tok_1 as ada")


@pytest.mark.parametrize("wrong", ["", " ", "a b", "a\tb", "ä", "\x7f", "x" * 129, "a\n"])
def test_a_header_that_names_nobody_is_told_to_be_wrong(wrong: str) -> None:
    with pytest.raises(ApiFault) as caught:
        VIEWERS.viewer_of(CALLER, wrong, None)
    assert (caught.value.status, caught.value.type) == (422, "validation_error")


def test_a_cookie_is_a_viewer_of_its_own_whose_first_search_is_known() -> None:
    one = VIEWERS.viewer_of(CALLER, None, f"theme=dark; {cookie()}")
    assert (one.first, one.since, one.is_new) == (FIRST, NOON, False)
    assert one == VIEWERS.viewer_of(CALLER, None, cookie())
    assert one.id != VIEWERS.viewer_of(CALLER, None, cookie(first="orq_2")).id
    assert one.id not in ("tok_1", VIEWERS.viewer_of(CALLER, "in", None).id)


def test_a_session_begins_after_everything_that_was_shown_before() -> None:
    late = NOON + timedelta(milliseconds=1)
    value = VIEWERS.set_cookie(CALLER, late, FIRST).decode().partition(";")[0]
    since = VIEWERS.viewer_of(CALLER, None, value).since
    assert since is not None
    assert late <= since <= late + timedelta(seconds=1)


def test_the_cookie_is_kept_from_scripts_and_other_sites() -> None:
    _, *attributes = VIEWERS.set_cookie(CALLER, NOON, FIRST).decode().split("; ")
    assert attributes == ["Path=/air", "HttpOnly", "SameSite=Lax"]


def test_cookies_of_other_tokens_and_other_keys_are_passed_over() -> None:
    stranger = cookie(viewers=Viewers(Signer(b"another key, 32 bytes and more..")))
    for given_ in (cookie(OTHER), stranger):
        assert VIEWERS.viewer_of(CALLER, None, given_) == Viewer("tok_1", is_new=True)


@given(st.integers(0, len(cookie()) - 1), st.characters(min_codepoint=32, max_codepoint=126))
def test_no_cookie_with_another_character_is_ours(place: int, character: str) -> None:
    ours = cookie()
    forged = ours[:place] + character + ours[place + 1 :]
    if forged != ours and place > len(COOKIE):
        assert VIEWERS.viewer_of(CALLER, None, forged).is_new


@given(st.text(max_size=300))
def test_any_text_is_a_cookie_header(text: str) -> None:
    assert VIEWERS.viewer_of(CALLER, None, text).is_new

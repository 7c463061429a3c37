"""A cursor leads back to its key, and what we did not write leads nowhere."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.entrypoints.http.cursors import (
    MAX_CURSOR_CHARS,
    MAX_KEY_CHARS,
    decode_cursor,
    encode_cursor,
)

PRINTABLE = st.text(
    st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=MAX_KEY_CHARS
)


@given(PRINTABLE)
def test_a_key_survives_the_way_there_and_back(key: str) -> None:
    cursor = encode_cursor(key)
    assert decode_cursor(cursor) == key
    assert len(cursor) <= MAX_CURSOR_CHARS


@pytest.mark.parametrize(
    "text",
    [
        "",
        "g2",
        "g2!",
        "g2Y",
        "g3YQ",
        "g2YQ==",
        "g2YR",
        "g2" + "A" * MAX_CURSOR_CHARS,
        "g2YQü",
        "g2" + base64.urlsafe_b64encode(b"a\0b").decode(),
        "g2" + base64.urlsafe_b64encode(b"\xff\xff\xff").decode(),
        "g2" + base64.urlsafe_b64encode(b"x" * 201).decode(),
    ],
)
def test_what_is_no_cursor_of_ours_is_none(text: str) -> None:
    assert decode_cursor(text) is None


@given(st.text(max_size=300))
def test_whatever_comes_is_a_key_or_none(text: str) -> None:
    key = decode_cursor(text)
    assert key is None or encode_cursor(key) == text

"""A signed token says what it was made for, and nobody else can make one."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.entrypoints.http.signed_tokens import LIFE_S, PREFIX, PURPOSE, Signer
from holdfast.flights.service.ports.access import Token
from tests.flights.entrypoints.http.site import NOON, SIGNER

TOKEN = Token("id-1", "änna", "n", True, frozenset({"read", "book"}), NOON)


def test_what_was_signed_is_read_back() -> None:
    signed = SIGNER.sign(TOKEN, NOON)
    assert signed.isascii()
    found = SIGNER.read(signed)
    assert found is not None
    assert (found.owner, found.token_id, found.live_mode) == ("änna", "id-1", True)
    assert found.scopes == TOKEN.scopes
    assert found.expires_at == NOON + timedelta(seconds=LIFE_S)


def test_it_does_not_outlive_the_token_it_was_made_from() -> None:
    ending = replace(TOKEN, expires_at=NOON + timedelta(seconds=5))
    found = SIGNER.read(SIGNER.sign(ending, NOON))
    assert found is not None
    assert found.expires_at == ending.expires_at


def test_another_key_makes_no_tokens_for_us() -> None:
    assert SIGNER.read(Signer(b"another key, as long as ours is.").sign(TOKEN, NOON)) is None


@given(st.data())
def test_a_token_with_any_character_changed_is_none(data: st.DataObject) -> None:
    signed = SIGNER.sign(TOKEN, NOON)
    at = data.draw(st.integers(0, len(signed) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda c: c != signed[at]))
    assert SIGNER.read(signed[:at] + other + signed[at + 1 :]) is None


@pytest.mark.parametrize(
    "text", ["", PREFIX, PREFIX + ".", "hfs_a." + "x" * 43, "hfs_ü." + "x" * 43]
)
def test_what_is_no_token_is_none(text: str) -> None:
    assert SIGNER.read(text) is None


def test_a_body_that_only_the_key_knows_is_none() -> None:
    for body in ("e30", "W10", "x"):
        assert SIGNER.read(f"{PREFIX}{body}.{SIGNER.seal(PURPOSE, body)}") is None

"""What the travel pages tell the API of people: believed for a minute, for one thing, from us."""

import base64
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.wire import person_token
from holdfast.flights.wire.person_token import (
    LIFE_S,
    PREFIX,
    Shop,
    desk_token,
    read_token,
    travellers_token,
)

KEY = b"a key of thirty-two bytes or more"
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
SHOP = Shop("travel", "abc", live_mode=True)


def sealed(
    body: str, key: bytes = KEY, purpose: bytes = b"holdfast flights person token 1|"
) -> str:
    """A token with any body, sealed as ours are."""
    text = base64.urlsafe_b64encode(body.encode()).decode().rstrip("=")
    seal = base64.urlsafe_b64encode(hmac.digest(key, purpose + text.encode(), "sha256")).decode()
    return f"{PREFIX}{text}.{seal.rstrip('=')}"


def body(
    account: str = "mira",
    owner: str = "person:mira",
    scopes: str = '["read"]',
    shop: str = '["travel","abc",true]',
    life_s: int = 60,
) -> str:
    """A body that is good until something of it is changed."""
    return f'["{account}","{owner}",{scopes},{shop},"192.0.2.9",1000,{1000 + life_s}]'


def test_a_travellers_token_says_who_whose_orders_and_where_they_buy() -> None:
    told = read_token(KEY, travellers_token(KEY, "mira", SHOP, NOW))
    assert told is not None
    assert (told.account, told.owner, told.shop) == ("mira", "person:mira", SHOP)
    assert told.scopes == {"read", "book"}
    assert told.expires_at == NOW + timedelta(seconds=LIFE_S)
    assert LIFE_S == 60


def test_a_token_for_the_desk_says_whose_feeds() -> None:
    told = read_token(
        KEY, desk_token(KEY, "ben", ("BA", frozenset({"feeds"})), NOW, host="192.0.2.9" * 20)
    )
    assert told is not None
    assert (told.account, told.owner, told.shop, told.scopes) == ("ben", "BA", None, {"feeds"})
    assert told.host == ("192.0.2.9" * 20)[:64]


def test_what_was_sealed_as_ours_is_read() -> None:
    assert read_token(KEY, sealed(body())) is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        PREFIX,
        "hfs_" + sealed(body())[4:],
        sealed(body(), key=b"another key of thirty-two bytes"),
        sealed(body(), purpose=b"holdfast flights signed token 1|"),
        sealed(body()) + "x",
        sealed(body()).replace(".", ".ä"),
        sealed("[1,2]"),
        sealed("no json"),
        sealed(body(account="")),
        sealed(body(account="x" * 101, owner="person:" + "x" * 101)),
        sealed(body(owner="person:ben")),
        sealed(body(owner="travel")),
        sealed(body(scopes='["read","feeds"]')),
        sealed(body(scopes='["operate"]')),
        sealed(body(shop="null")),
        sealed(body(shop="null", scopes='["feeds","read"]')),
        sealed(body(life_s=61)),
        sealed(body(life_s=0)),
        sealed(body(life_s=-1)),
    ],
)
def test_what_is_none_of_ours_too_long_or_for_too_much_says_nothing(text: str) -> None:
    assert read_token(KEY, text) is None


def test_half_a_letter_of_base64_is_none() -> None:
    text = "abcde"
    raw = hmac.digest(KEY, b"holdfast flights person token 1|" + text.encode(), "sha256")
    seal = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    assert read_token(KEY, f"{PREFIX}{text}.{seal}") is None


@given(st.text(max_size=200))
def test_any_text_is_none(text: str) -> None:
    assert read_token(KEY, text) is None
    assert read_token(KEY, PREFIX + text) is None


def test_the_key_is_for_nothing_else() -> None:
    assert person_token.PREFIX != "hfs_"
    assert read_token(KEY, travellers_token(b"k" * 32, "mira", SHOP, NOW)) is None

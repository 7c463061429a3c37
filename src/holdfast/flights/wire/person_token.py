"""PURE. The law of persons' tokens: how the travel pages tell the API who has logged in.

`hfp_BODY.SEAL`: the body says who, whose things, what for and until when; the seal is an
HMAC-SHA256 with a key that nothing else is sealed with. It is made anew for each question, lives
for a minute and never leaves the installation. It is for one thing: a traveller's own orders or the
desk; what says both, more, or lives longer is refused, whoever sealed it.
"""

import base64
import binascii
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from holdfast.flights.domain.owners import owner_of

PREFIX = "hfp_"
LIFE_S = 60
"""A question is asked at once; a minute is for clocks that differ."""
TRAVEL = frozenset({"read", "book"})
"""What a traveller's token may be for: their own orders."""
DESK = frozenset({"feeds", "operate"})
"""What a token for the desk may be for."""
MAX_NAME_CHARS = 100
MAX_HOST_CHARS = 64
"""An IPv6 address with its zone has fewer."""
_PURPOSE = b"holdfast flights person token 1|"
_SEAL_CHARS = 43


@dataclass(frozen=True, slots=True)
class Shop:
    """Where somebody looks and buys: the owner of its offers, and the id of the token that they are
    searched with, since prices are promised to its viewers. `live_mode`: that token's."""

    owner: str
    token_id: str
    live_mode: bool


@dataclass(frozen=True, slots=True)
class PersonToken:
    """What a token says. `account` is who; `owner` whose things: the account's own, or an
    airline's at the desk; `shop`: whose offers a traveller buys, None at the desk; `host`: the
    address of their browser, for the audit log."""

    account: str
    owner: str
    scopes: frozenset[str]
    shop: Shop | None
    host: str
    expires_at: datetime


class _Body(Struct, frozen=True, array_like=True):
    account: str
    owner: str
    scopes: list[str]
    shop: tuple[str, str, bool] | None
    host: str
    issued_s: int
    expires_s: int


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(_Body).decode


def travellers_token(key: bytes, account: str, shop: Shop, now: datetime) -> str:
    """The token of an account for its own orders, good for `LIFE_S` from `now` on."""
    sold = (shop.owner, shop.token_id, shop.live_mode)
    return _sealed(key, account, owner_of(account), TRAVEL, shop=sold, now=now)


def desk_token(
    key: bytes,
    account: str,
    desk: tuple[str, frozenset[str]],
    now: datetime,
    *,
    host: str = "",
) -> str:
    """The token of an account at the desk: whose feeds, and the scopes there; `host`: where the
    account's browser is."""
    owner, scopes = desk
    return _sealed(key, account, owner, scopes, shop=None, host=host, now=now)


def read_token(key: bytes, text: str) -> PersonToken | None:
    """What a token says, perhaps an expired one; None when it is none of ours."""
    body_text, _, seal = text.removeprefix(PREFIX).rpartition(".")
    if not (text.startswith(PREFIX) and text.isascii() and len(seal) == _SEAL_CHARS):
        return None
    if not hmac.compare_digest(_seal(key, body_text), seal):
        return None
    try:
        body = _decode(base64.urlsafe_b64decode(body_text + "=" * (-len(body_text) % 4)))
    except (binascii.Error, msgspec.MsgspecError):  # sealed by another program with our key
        return None
    scopes = frozenset(body.scopes)
    is_travellers = body.shop is not None and scopes <= TRAVEL
    is_of_desk = body.shop is None and scopes <= DESK
    is_own = body.owner == owner_of(body.account)
    is_named = 0 < len(body.account) <= MAX_NAME_CHARS
    is_short = 0 < body.expires_s - body.issued_s <= LIFE_S
    if not (is_named and is_short and (is_of_desk or (is_travellers and is_own))):
        return None
    return PersonToken(
        account=body.account,
        owner=body.owner,
        scopes=scopes,
        shop=None if body.shop is None else Shop(*body.shop),
        host=body.host[:MAX_HOST_CHARS],
        expires_at=datetime.fromtimestamp(body.expires_s, UTC),
    )


def _sealed(
    key: bytes,
    account: str,
    owner: str,
    scopes: frozenset[str],
    *,
    shop: tuple[str, str, bool] | None,
    now: datetime,
    host: str = "",
) -> str:
    issued_s = int(now.timestamp())
    body = _Body(
        account, owner, sorted(scopes), shop, host[:MAX_HOST_CHARS], issued_s, issued_s + LIFE_S
    )
    text = _base64(_encode(body))
    return f"{PREFIX}{text}.{_seal(key, text)}"


def _seal(key: bytes, text: str) -> str:
    return _base64(hmac.digest(key, _PURPOSE + text.encode("ascii"), "sha256"))


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")

"""The law of access: a bearer token says who calls; without a good one nothing is answered.

What was found in the store is believed for a few seconds, also that a token is *not* there, so a
token that was just revoked may work that long. Only hashes are remembered, and only so many.
The token of somebody who has logged in on the travel pages is whole in itself and ends in a minute:
nothing of it is remembered.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from holdfast.flights.domain.owners import owner_of
from holdfast.flights.entrypoints.http.faults import (
    access_token_not_found,
    expired_access_token,
    insufficient_permissions,
    invalid_authorization_header,
    missing_authorization_header,
)
from holdfast.flights.entrypoints.http.signed_tokens import PREFIX, Signer
from holdfast.flights.service.ports.access import Caller, Token, Tokens
from holdfast.flights.wire import person_token
from holdfast.flights.wire.person_token import read_token
from holdfast.platform.runtime.clock import Clock

BELIEVED_S = 5.0
"""What the store said of a token is believed so long."""
MAX_BELIEVED = 10_000
"""Tokens remembered at once, good ones and bad ones apart; the oldest is forgotten first."""
TEST_PREFIX = "duffel_test_"
"""Tokens that begin so are for trying things out: `live_mode` is false."""
NOBODY = Caller(owner="", token_id="", live_mode=False, scopes=frozenset())
"""Who calls what is public."""
V = TypeVar("V")
_BEARER = re.compile(r"bearer +([\x21-\x7e]{1,1024})", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Belief:
    """What is known of a token, until when (monotonic seconds)."""

    token: Token
    caller: Caller
    until_s: float


class Gate:
    """Tells callers from their tokens. `people_key`: of persons' tokens; there are none without."""

    def __init__(
        self, tokens: Tokens, signer: Signer, clock: Clock, people_key: bytes | None = None
    ) -> None:
        self._tokens = tokens
        self._signer = signer
        self._clock = clock
        self._people_key = people_key
        self._good: dict[bytes, _Belief] = {}
        self._bad: dict[bytes, float] = {}

    async def caller_of(self, authorization: str | None) -> Caller:
        """Who calls with this `Authorization` header; `ApiFault` 401 when nobody known does."""
        token = bearer_of(authorization)
        if token.startswith(person_token.PREFIX):
            return self._person(token)
        token_hash = hash_of(token)
        belief = self._good.get(token_hash)
        if belief is None or belief.until_s <= self._clock.monotonic():
            belief = await self._look_up(token, token_hash)
        if belief.token.expires_at is not None and belief.token.expires_at <= self._clock.wall():
            raise expired_access_token()
        return belief.caller

    def _person(self, text: str) -> Caller:
        """Who has logged in on the travel pages."""
        told = None if self._people_key is None else read_token(self._people_key, text)
        if told is None:
            raise access_token_not_found()
        if told.expires_at <= self._clock.wall():
            raise expired_access_token()
        live_mode = told.shop is None or told.shop.live_mode
        id_ = owner_of(told.account)
        return Caller(told.owner, id_, live_mode, told.scopes, told.shop, told.host)

    async def _look_up(self, text: str, token_hash: bytes) -> _Belief:
        if self._bad.get(token_hash, 0.0) > self._clock.monotonic():
            raise access_token_not_found()
        if text.startswith(PREFIX):
            token = self._signer.read(text)
        else:
            token = await self._tokens.find(token_hash)
        until_s = self._clock.monotonic() + BELIEVED_S
        if token is None or token.revoked_at is not None:
            self._good.pop(token_hash, None)
            _put(self._bad, token_hash, until_s)
            raise access_token_not_found()
        belief = _Belief(token, caller_from(token, text), until_s)
        _put(self._good, token_hash, belief)
        return belief


def bearer_of(authorization: str | None) -> str:
    """The token in an `Authorization` header; `ApiFault` 401 without one."""
    if authorization is None:
        raise missing_authorization_header()
    match = _BEARER.fullmatch(authorization.strip())
    if match is None:
        raise invalid_authorization_header()
    return match.group(1)


def caller_from(token: Token, text: str) -> Caller:
    """Who calls with a token; one for tests is never live, whatever the store says."""
    live_mode = token.live_mode and not text.startswith(TEST_PREFIX)
    return Caller(token.owner, token.token_id, live_mode, token.scopes)


def check_scope(caller: Caller, scope: str) -> None:
    """`ApiFault` 403 when the caller's token is not for this."""
    if scope not in caller.scopes:
        raise insufficient_permissions(scope)


def hash_of(token: str) -> bytes:
    """What the store knows of a token: its SHA-256. Tokens are random, so no salt is needed."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def is_usable(token: Token | None, now: datetime) -> bool:
    """Whether a token is there, not ended and not expired."""
    if token is None or token.revoked_at is not None:
        return False
    return token.expires_at is None or token.expires_at > now


def _put(beliefs: dict[bytes, V], key: bytes, value: V) -> None:
    beliefs.pop(key, None)
    if len(beliefs) >= MAX_BELIEVED:
        del beliefs[next(iter(beliefs))]
    beliefs[key] = value

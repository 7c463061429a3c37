"""The law of `flights tokens`: made, listed and ended by whoever may open the database.

A token is shown once, when it is made; only its hash is kept. Whoever begins with `duffel_test_`
only tries things out.
"""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from holdfast.errors import Mistake
from holdfast.flights.domain.owners import PERSON
from holdfast.flights.entrypoints.desk.words import plain, table
from holdfast.flights.service.ports.access import SCOPES, NewToken, Scope, Tokens

LIVE_PREFIX = "duffel_live_"
TEST_PREFIX = "duffel_test_"
TOKEN_BYTES = 32
MAX_OWNER_CHARS = 60
MAX_DAYS = 3660
Print = Callable[[str], None]


def new_token(text: str, owner: str, name: str, scopes: Sequence[str], now: datetime) -> NewToken:
    """The record of a token; `Mistake` for an owner or scope that cannot be."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        raise Mistake(f"{unknown[0]!r} is no scope; there are {', '.join(SCOPES)}.")
    if not (owner.isprintable() and 0 < len(owner) <= MAX_OWNER_CHARS):
        raise Mistake(f"An owner is 1 to {MAX_OWNER_CHARS} printable characters.")
    if owner.startswith(PERSON):
        raise Mistake(f"{owner} is an account's; an owner of tokens does not begin with {PERSON}")
    return NewToken(
        token_hash=hashlib.sha256(text.encode()).digest(),
        owner=owner,
        name=name,
        live_mode=not text.startswith(TEST_PREFIX),
        scopes=frozenset(scopes),
        created_at=now,
    )


async def create(
    tokens: Tokens,
    owner: str,
    scopes: Sequence[Scope],
    now: datetime,
    *,
    is_test: bool = False,
    days: int = 0,
) -> str:
    """Make a token that ends after so many days (0: when it is ended); its text, which nobody can
    read again. `Mistake` for an end that cannot be."""
    if not 0 <= days <= MAX_DAYS:
        raise Mistake(f"--days must be 0 (no end) to {MAX_DAYS}.")
    text = (TEST_PREFIX if is_test else LIVE_PREFIX) + secrets.token_urlsafe(TOKEN_BYTES)
    made = new_token(text, owner, "made by hand", scopes, now)
    until = now + timedelta(days=days) if days else None
    await tokens.create(replace(made, expires_at=until))
    return text


async def show(tokens: Tokens, owner: str, out: Print = print) -> int:
    """Print an owner's tokens, newest first."""
    found = await tokens.list(owner)
    rows = [
        [
            token.token_id,
            token.name,
            ",".join(sorted(token.scopes)),
            f"{token.created_at:%Y-%m-%d %H:%M}",
            f"{token.expires_at:%Y-%m-%d %H:%M}" if token.expires_at else "never",
            "ended" if token.revoked_at else "live" if token.live_mode else "test",
        ]
        for token in found
    ]
    for line in table(("token", "name", "may", "made", "ends", "state"), rows):
        out(plain(line))
    return 0


async def revoke(tokens: Tokens, owner: str, token_id: str, now: datetime) -> None:
    """End a token; `Mistake` when the owner has none of that name that still works."""
    if not await tokens.revoke(owner, token_id, now):
        raise Mistake(f"{owner} has no working token {token_id}.")

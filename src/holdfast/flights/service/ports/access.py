"""Ports of access: who calls, with which token, and which writing calls were already answered.

A call with an `Idempotency-Key` is a `Once`. A use case that writes takes it down to its store,
which keeps key and answer in the transaction of the effect (`store.access.remember`): so either
both are there or neither, and whoever comes second with the key gets the first one's answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from holdfast.errors import DefiniteError
from holdfast.flights.wire.person_token import Shop

Scope = Literal["read", "book", "feeds", "operate"]
SCOPES: tuple[Scope, ...] = ("read", "book", "feeds", "operate")
"""What a token may be for: look things up, book, deliver an airline's feeds, run the system."""
MAX_TOKENS_OF_OWNER = 1000
"""Tokens of one owner that are listed; owners have a handful."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the owner of a token. `token_id` names the token without giving it away. `shop`:
    where a person with an account looks and buys; `host`: where their browser is."""

    owner: str
    token_id: str
    live_mode: bool
    scopes: frozenset[str]
    shop: Shop | None = None
    host: str = ""

    @property
    def shops_as(self) -> str:
        """The owner of the offers that the caller may buy."""
        return self.shop.owner if self.shop else self.owner

    @property
    def looks_with(self) -> str:
        """The id of the token to whose viewers prices were promised."""
        return self.shop.token_id if self.shop else self.token_id


@dataclass(frozen=True, slots=True)
class Once:
    """A call that must have one effect. `request_hash`: SHA-256 of method, target and raw body."""

    owner: str
    key: str
    request_hash: bytes


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer that is kept with its key: status and body as they were, or are to be, sent.

    `request_hash` tells what was asked; it is empty in an answer that is still to be kept.
    """

    status: int
    body: bytes
    request_hash: bytes = b""


class AnsweredBefore(DefiniteError):
    """Somebody else answered a call with this key first; what this one did was undone."""


class Remembered(Protocol):
    """The answers of calls with keys. Kept for a day at least."""

    async def recall(self, once: Once) -> StoredAnswer | None:
        """The answer kept for owner and key, of whatever request: compare its `request_hash`."""

    async def keep(self, once: Once, status: int, body: bytes) -> bool:
        """Keep an answer that has no transaction of its own; False when there is one already."""

    async def sweep(self, older_than_s: float) -> int:
        """Forget answers older than that, a bounded number at once; how many were forgotten."""


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of a token; never the token itself. `expires_at` None: it does not."""

    token_id: str
    owner: str
    name: str
    live_mode: bool
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token that is made. `token_hash`: SHA-256 of the token's ASCII text."""

    token_hash: bytes
    owner: str
    name: str
    live_mode: bool
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime | None = None


class Tokens(Protocol):
    """The access tokens of this installation."""

    async def find(self, token_hash: bytes) -> Token | None:
        """The token with this hash, expired and revoked ones too."""

    async def create(self, new: NewToken) -> bool:
        """Keep a token; False when it is there already (then nothing was changed)."""

    async def revoke(self, owner: str, token_id: str, at: datetime) -> bool:
        """End a token from now on; False when the owner has no such token that was not ended."""

    async def list(self, owner: str) -> Sequence[Token]:
        """The owner's tokens, newest first, at most `MAX_TOKENS_OF_OWNER`."""


def token_id_of(token_hash: bytes) -> str:
    """The public name of a token: half of its hash, which leads nobody back to it."""
    return token_hash.hex()[:32]

"""Access on PostgreSQL: tokens, and answers kept with the key of their call.

`remember` belongs into the transaction of the effect that it answers for; everything else here is
a statement of its own.
"""

from collections.abc import Sequence
from datetime import datetime

from holdfast.flights.service.ports.access import (
    MAX_TOKENS_OF_OWNER,
    NewToken,
    Once,
    StoredAnswer,
    Token,
)
from holdfast.flights.store.statements import queries
from holdfast.platform.data.database import Calls, Database, Row, Transaction

SQL = queries("access")
KEPT_S = 2 * 24 * 3600.0
"""Answers are kept for twice the day that is promised, so that no clock can cut it short."""
MAX_SWEPT = 5000
"""Answers that one sweep forgets: some milliseconds; the next one takes the rest."""


async def remember(tx: Transaction, once: Once, status: int, body: bytes) -> bool:
    """Keep the answer of a call in the transaction of its effect.

    False: a call with this key was answered first. Leave the transaction by raising
    `AnsweredBefore`, so that the effect is undone; the HTTP layer then sends the first answer.
    """
    return await _remember(tx, once, status, body)


class PostgresRemembered:
    """`Remembered` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def recall(self, once: Once) -> StoredAnswer | None:
        """See `Remembered.recall`."""
        row = await self._database.fetchrow(SQL.recall_answer, once.owner, once.key)
        return StoredAnswer(row["status"], row["body"], row["request_hash"]) if row else None

    async def keep(self, once: Once, status: int, body: bytes) -> bool:
        """See `Remembered.keep`."""
        return await _remember(self._database, once, status, body)

    async def sweep(self, older_than_s: float = KEPT_S) -> int:
        """See `Remembered.sweep`."""
        return await self._database.execute(SQL.sweep_answers, older_than_s, MAX_SWEPT)


class PostgresTokens:
    """`Tokens` on PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, token_hash: bytes) -> Token | None:
        """See `Tokens.find`."""
        row = await self._database.fetchrow(SQL.find_token, token_hash)
        return _token(row) if row else None

    async def create(self, new: NewToken) -> bool:
        """See `Tokens.create`."""
        created = await self._database.fetchval(
            SQL.create_token,
            new.token_hash,
            new.owner,
            new.name,
            new.live_mode,
            sorted(new.scopes),
            new.created_at,
            new.expires_at,
        )
        return created is True

    async def revoke(self, owner: str, token_id: str, at: datetime) -> bool:
        """See `Tokens.revoke`."""
        return await self._database.fetchval(SQL.revoke_token, owner, token_id, at) is True

    async def list(self, owner: str) -> Sequence[Token]:
        """See `Tokens.list`."""
        rows = await self._database.fetch(SQL.tokens_of_owner, owner, MAX_TOKENS_OF_OWNER)
        return tuple(map(_token, rows))


async def _remember(calls: Calls, once: Once, status: int, body: bytes) -> bool:
    kept = await calls.fetchval(
        SQL.remember_answer, once.owner, once.key, once.request_hash, status, body
    )
    return kept is True


def _token(row: Row) -> Token:
    return Token(
        token_id=row["token_id"],
        owner=row["owner"],
        name=row["name"],
        live_mode=row["live_mode"],
        scopes=frozenset(row["scopes"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
    )

"""Access in memory: the same promises as on PostgreSQL, for tests and for trying things out."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from holdfast.flights.service.ports.access import (
    MAX_TOKENS_OF_OWNER,
    NewToken,
    Once,
    StoredAnswer,
    Token,
    token_id_of,
)


class MemoryRemembered:
    """`Remembered` in memory. `now`: the moment, in UTC."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._answers: dict[tuple[str, str], tuple[datetime, StoredAnswer]] = {}

    async def recall(self, once: Once) -> StoredAnswer | None:
        """See `Remembered.recall`."""
        found = self._answers.get((once.owner, once.key))
        return found[1] if found else None

    async def keep(self, once: Once, status: int, body: bytes) -> bool:
        """See `Remembered.keep`."""
        if (once.owner, once.key) in self._answers:
            return False
        answer = StoredAnswer(status, body, once.request_hash)
        self._answers[once.owner, once.key] = (self._now(), answer)
        return True

    async def sweep(self, older_than_s: float) -> int:
        """See `Remembered.sweep`."""
        limit = self._now() - timedelta(seconds=older_than_s)
        old = [key for key, (kept_at, _) in self._answers.items() if kept_at < limit]
        for key in old:
            del self._answers[key]
        return len(old)


class MemoryTokens:
    """`Tokens` in memory."""

    def __init__(self) -> None:
        self._tokens: dict[bytes, Token] = {}

    async def find(self, token_hash: bytes) -> Token | None:
        """See `Tokens.find`."""
        return self._tokens.get(token_hash)

    async def create(self, new: NewToken) -> bool:
        """See `Tokens.create`."""
        if new.token_hash in self._tokens:
            return False
        self._tokens[new.token_hash] = Token(
            token_id=token_id_of(new.token_hash),
            owner=new.owner,
            name=new.name,
            live_mode=new.live_mode,
            scopes=new.scopes,
            created_at=new.created_at,
            expires_at=new.expires_at,
        )
        return True

    async def revoke(self, owner: str, token_id: str, at: datetime) -> bool:
        """See `Tokens.revoke`."""
        for token_hash, token in self._tokens.items():
            named = token.owner == owner and token.token_id == token_id
            if named and token.revoked_at is None:
                self._tokens[token_hash] = replace(token, revoked_at=at)
                return True
        return False

    async def list(self, owner: str) -> Sequence[Token]:
        """See `Tokens.list`."""
        mine = [token for token in self._tokens.values() if token.owner == owner]
        mine.sort(key=lambda token: token.token_id)
        mine.sort(key=lambda token: token.created_at, reverse=True)
        return tuple(mine[:MAX_TOKENS_OF_OWNER])

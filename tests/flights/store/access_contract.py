"""What every store of tokens and answers promises, in memory and on PostgreSQL."""

from datetime import UTC, datetime, timedelta

import pytest

from holdfast.flights.service.ports.access import (
    NewToken,
    Once,
    Remembered,
    StoredAnswer,
    Tokens,
    token_id_of,
)

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
ONCE = Once("anna", "key", b"h" * 32)


def new(number: int = 1, owner: str = "anna", **changes: object) -> NewToken:
    """A token with everything."""
    facts: dict[str, object] = {
        "token_hash": bytes([number]) * 32,
        "owner": owner,
        "name": f"number {number}",
        "live_mode": True,
        "scopes": frozenset({"read", "book"}),
        "created_at": NOW + timedelta(minutes=number),
        "expires_at": NOW + timedelta(days=1),
    }
    return NewToken(**(facts | changes))  # type: ignore[arg-type]


class TokensContract:
    """For a fixture `tokens`."""

    async def test_a_token_is_found_by_its_hash_as_it_was_made(self, tokens: Tokens) -> None:
        made = new()
        assert await tokens.create(made)
        found = await tokens.find(made.token_hash)
        assert found is not None
        assert found.token_id == token_id_of(made.token_hash)
        assert (found.owner, found.name, found.live_mode) == ("anna", "number 1", True)
        assert (found.scopes, found.created_at) == (made.scopes, made.created_at)
        assert (found.expires_at, found.revoked_at) == (made.expires_at, None)
        assert await tokens.find(b"x" * 32) is None

    async def test_a_token_is_made_once(self, tokens: Tokens) -> None:
        assert await tokens.create(new(expires_at=None))
        assert not await tokens.create(new(owner="ben"))
        found = await tokens.find(new().token_hash)
        assert found is not None
        assert (found.owner, found.expires_at) == ("anna", None)

    async def test_only_its_owner_ends_a_token_and_only_once(self, tokens: Tokens) -> None:
        await tokens.create(new())
        token_id = token_id_of(new().token_hash)
        assert not await tokens.revoke("ben", token_id, NOW)
        assert await tokens.revoke("anna", token_id, NOW)
        assert not await tokens.revoke("anna", token_id, NOW + timedelta(hours=1))
        found = await tokens.find(new().token_hash)
        assert found is not None
        assert found.revoked_at == NOW

    async def test_an_owner_sees_their_tokens_newest_first(self, tokens: Tokens) -> None:
        for number, owner in ((1, "anna"), (3, "anna"), (2, "anna"), (4, "ben")):
            await tokens.create(new(number, owner))
        assert [one.name for one in await tokens.list("anna")] == [
            "number 3",
            "number 2",
            "number 1",
        ]
        assert await tokens.list("nobody") == ()


class RememberedContract:
    """For a fixture `remembered`."""

    async def test_an_answer_is_recalled_as_it_was_kept(self, remembered: Remembered) -> None:
        assert await remembered.recall(ONCE) is None
        assert await remembered.keep(ONCE, 201, b'{"data":1}')
        kept = StoredAnswer(201, b'{"data":1}', ONCE.request_hash)
        assert await remembered.recall(ONCE) == kept
        assert await remembered.recall(Once("anna", "key", b"o" * 32)) == kept

    async def test_the_first_answer_stays(self, remembered: Remembered) -> None:
        await remembered.keep(ONCE, 200, b"first")
        assert not await remembered.keep(ONCE, 200, b"second")
        stored = await remembered.recall(ONCE)
        assert stored is not None
        assert stored.body == b"first"

    @pytest.mark.parametrize("other", [Once("ben", "key", b"h" * 32), Once("anna", "k", b"h" * 32)])
    async def test_owners_and_keys_are_apart(self, remembered: Remembered, other: Once) -> None:
        await remembered.keep(ONCE, 200, b"first")
        assert await remembered.recall(other) is None
        assert await remembered.keep(other, 200, b"other")

    async def test_what_is_young_is_not_swept(self, remembered: Remembered) -> None:
        await remembered.keep(ONCE, 200, b"{}")
        assert await remembered.sweep(3600.0) == 0
        assert await remembered.recall(ONCE) is not None

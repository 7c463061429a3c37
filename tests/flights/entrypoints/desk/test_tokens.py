"""Tokens are made once, shown once, and end when they are told to."""

from datetime import UTC, datetime, timedelta

import pytest

from holdfast.errors import Mistake
from holdfast.flights.entrypoints.desk.tokens import create, new_token, revoke, show
from holdfast.flights.entrypoints.http.access import hash_of
from holdfast.flights.store.memory_access import MemoryTokens

NOW = datetime(2026, 11, 26, 19, tzinfo=UTC)


async def test_a_made_token_is_found_by_its_hash_and_listed_without_its_text() -> None:
    tokens = MemoryTokens()
    text = await create(tokens, "vega", ("read", "book"), NOW)
    assert text.startswith("duffel_live_")
    found = await tokens.find(hash_of(text))
    assert found is not None
    assert found.live_mode
    assert found.scopes == {"read", "book"}
    said: list[str] = []
    assert await show(tokens, "vega", said.append) == 0
    assert found.token_id in said[1]
    assert "live" in said[1]
    assert text not in "\n".join(said)


async def test_a_test_token_is_never_live() -> None:
    tokens = MemoryTokens()
    text = await create(tokens, "vega", ("read",), NOW, is_test=True)
    assert text.startswith("duffel_test_")
    found = await tokens.find(hash_of(text))
    assert found is not None
    assert not found.live_mode


async def test_a_token_ends_once() -> None:
    tokens = MemoryTokens()
    text = await create(tokens, "vega", ("read",), NOW)
    found = await tokens.find(hash_of(text))
    assert found is not None
    await revoke(tokens, "vega", found.token_id, NOW)
    said: list[str] = []
    await show(tokens, "vega", said.append)
    assert "ended" in said[1]
    with pytest.raises(Mistake, match="no working token"):
        await revoke(tokens, "vega", found.token_id, NOW)


@pytest.mark.parametrize(
    ("owner", "scope", "named"),
    [("vega", "fly", "'fly'"), ("", "read", "owner"), ("a\n", "read", "owner")],
)
def test_a_scope_or_owner_that_cannot_be_is_a_mistake(owner: str, scope: str, named: str) -> None:
    with pytest.raises(Mistake, match=named):
        new_token("t", owner, "x", (scope,), NOW)


async def test_a_token_can_have_an_end() -> None:
    tokens = MemoryTokens()
    text = await create(tokens, "ZZ", ("feeds",), NOW, days=2)
    found = await tokens.find(hash_of(text))
    assert found is not None
    assert found.expires_at == NOW + timedelta(days=2)
    with pytest.raises(Mistake, match="--days"):
        await create(tokens, "ZZ", ("feeds",), NOW, days=-1)

"""A caller is who holds a good token; everybody else is told what is wrong with theirs."""

from datetime import timedelta

import pytest

from holdfast.flights.entrypoints.http import access
from holdfast.flights.entrypoints.http.access import BELIEVED_S, Gate, hash_of
from holdfast.flights.entrypoints.http.faults import ApiFault
from holdfast.flights.service.ports.access import Caller, Token
from holdfast.flights.store.memory_access import MemoryTokens
from tests.flights.entrypoints.http.site import NOON, SIGNER, TOKEN, ManualClock, new_token


class CountingTokens(MemoryTokens):
    """Tokens that count how often they were looked for."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0

    async def find(self, token_hash: bytes) -> Token | None:
        self.looks += 1
        return await super().find(token_hash)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def tokens() -> CountingTokens:
    return CountingTokens()


@pytest.fixture
def gate(tokens: CountingTokens, clock: ManualClock) -> Gate:
    return Gate(tokens, SIGNER, clock)


async def code_of(gate: Gate, authorization: str | None) -> str:
    with pytest.raises(ApiFault) as caught:
        await gate.caller_of(authorization)
    assert caught.value.status == 401
    assert caught.value.headers["www-authenticate"] == "Bearer"
    return caught.value.code


async def enter(gate: Gate, token: str = TOKEN) -> Caller:
    return await gate.caller_of(f"Bearer {token}")


async def test_a_good_token_says_who_calls(gate: Gate, tokens: CountingTokens) -> None:
    await tokens.create(new_token(scopes=frozenset({"read"})))
    caller = await gate.caller_of(f"bearer   {TOKEN} ")
    assert (caller.owner, caller.scopes, caller.live_mode) == ("anna", {"read"}, False)
    assert TOKEN not in repr(caller)


@pytest.mark.parametrize("text", ["", "Bearer", "Bearer ", "Basic YTpi", "Bearer a b", "Bearer ü"])
async def test_what_is_no_bearer_token_is_told_so(gate: Gate, text: str) -> None:
    assert await code_of(gate, text) == "invalid_authorization_header"


async def test_no_header_and_a_wrong_token_are_told_apart(gate: Gate) -> None:
    assert await code_of(gate, None) == "missing_authorization_header"
    assert await code_of(gate, "Bearer nobodys") == "access_token_not_found"


@pytest.mark.parametrize(("text", "live"), [("duffel_test_1", False), ("duffel_live_1", True)])
async def test_a_token_for_tests_is_never_live(
    gate: Gate, tokens: CountingTokens, text: str, live: bool
) -> None:
    await tokens.create(new_token(text, live_mode=True))
    assert (await enter(gate, text)).live_mode is live


async def test_a_token_ends_at_its_time_even_while_it_is_believed(
    gate: Gate, tokens: CountingTokens, clock: ManualClock
) -> None:
    await tokens.create(new_token(expires_at=NOON + timedelta(seconds=2)))
    await enter(gate)
    clock.pass_s(2)
    assert await code_of(gate, f"Bearer {TOKEN}") == "expired_access_token"


async def test_a_token_is_believed_for_a_while_then_looked_up_again(
    gate: Gate, tokens: CountingTokens, clock: ManualClock
) -> None:
    await tokens.create(new_token())
    [token] = [await enter(gate) for _ in range(5)][:1]
    assert tokens.looks == 1
    await tokens.revoke("anna", token.token_id, NOON)
    await enter(gate)
    clock.pass_s(BELIEVED_S)
    assert await code_of(gate, f"Bearer {TOKEN}") == "access_token_not_found"


async def test_a_wrong_token_is_not_looked_up_again_at_once(
    gate: Gate, tokens: CountingTokens, clock: ManualClock
) -> None:
    for _ in range(5):
        await code_of(gate, f"Bearer {TOKEN}")
    assert tokens.looks == 1
    await tokens.create(new_token())
    clock.pass_s(BELIEVED_S)
    assert (await enter(gate)).owner == "anna"


async def test_only_so_many_tokens_are_remembered(
    gate: Gate, tokens: CountingTokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "MAX_BELIEVED", 2)
    for text in ("one", "two", "three"):
        await tokens.create(new_token(text))
        await enter(gate, text)
    await enter(gate, "three")
    assert tokens.looks == 3
    await enter(gate, "one")
    assert tokens.looks == 4


async def test_a_signed_token_needs_no_store(
    gate: Gate, tokens: CountingTokens, clock: ManualClock
) -> None:
    await tokens.create(new_token(scopes=frozenset({"read"})))
    token = await tokens.find(hash_of(TOKEN))
    assert token
    signed = SIGNER.sign(token, NOON)
    caller = await enter(gate, signed)
    assert (caller.owner, caller.scopes) == ("anna", {"read"})
    assert tokens.looks == 1
    assert await code_of(gate, f"Bearer {signed[:-1]}") == "access_token_not_found"
    clock.pass_s(1799)
    assert await code_of(gate, f"Bearer {signed}") == "expired_access_token"

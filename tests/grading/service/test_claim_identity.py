"""A personal token binds an address to a student; nobody else's does."""

from datetime import timedelta

import pytest

from holdfast.grading.domain.roster import User, UserId
from holdfast.grading.service.claim_identity import (
    BadAddress,
    Claimed,
    ClaimKey,
    WrongToken,
    claim_identity,
    plain_address,
)
from holdfast.grading.store.memory import MemoryStore
from tests.support.results_site import HandClock

KEY = ClaimKey("networks", b"0123456789abcdef")
ANNA, BEN = UserId(1234), UserId(7)


@pytest.fixture
async def store() -> MemoryStore:
    found = MemoryStore(HandClock().wall)
    await found.import_roster([User(ANNA, "Anna"), User(BEN, "Ben")])
    return found


async def test_the_right_token_binds_the_address(store: MemoryStore) -> None:
    answer = await claim_identity(
        store, KEY, ANNA, token=KEY.token(ANNA), host="::ffff:192.0.2.7", for_s=60
    )
    assert answer == Claimed("192.0.2.7", HandClock().now + timedelta(seconds=60))
    assert [host for host, _ in await store.claims_of(ANNA)] == ["192.0.2.7"]


@pytest.mark.parametrize("token", ["", "nonsense", KEY.token(BEN), KEY.token(ANNA)[:-1], "é" * 16])
async def test_any_other_token_is_wrong(store: MemoryStore, token: str) -> None:
    answer = await claim_identity(store, KEY, ANNA, token=token, host="192.0.2.7", for_s=60)
    assert answer == WrongToken()
    assert list(await store.claims_of(ANNA)) == []


async def test_nobody_looks_the_same_as_a_wrong_token(store: MemoryStore) -> None:
    nobody = UserId(9)
    answer = await claim_identity(
        store, KEY, nobody, token=KEY.token(nobody), host="192.0.2.7", for_s=60
    )
    assert answer == WrongToken()


async def test_an_address_that_is_none_is_named(store: MemoryStore) -> None:
    answer = await claim_identity(
        store, KEY, ANNA, token=KEY.token(ANNA), host="my laptop", for_s=60
    )
    assert answer == BadAddress("my laptop")


def test_case_dashes_and_spaces_of_a_token_are_free() -> None:
    token = KEY.token(ANNA)
    assert KEY.fits(ANNA, token.upper().replace("-", " "))
    assert KEY.fits(ANNA, token.replace("-", ""))


def test_tokens_differ_between_students_courses_and_keys() -> None:
    other_course = ClaimKey("other", b"0123456789abcdef")
    other_key = ClaimKey("networks", b"0123456789abcdeX")
    tokens = {KEY.token(ANNA), KEY.token(BEN), other_course.token(ANNA), other_key.token(ANNA)}
    assert len(tokens) == 4
    assert all(len(token) == 19 for token in tokens)


def test_a_short_key_is_refused_and_a_key_shows_nothing() -> None:
    with pytest.raises(ValueError, match="at least 16"):
        ClaimKey("networks", b"short")
    assert "0123456789" not in repr(KEY)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("192.0.2.7", "192.0.2.7"),
        (" 2001:DB8::1 ", "2001:db8::1"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("192.0.2.007", None),
        ("example.org", None),
        ("", None),
    ],
)
def test_addresses_have_one_spelling(text: str, plain: str | None) -> None:
    assert plain_address(text) == plain

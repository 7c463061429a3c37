"""Secrets are random, long and kept as hashes."""

from holdfast.platform.auth.secrets import (
    MAX_SECRET_CHARS,
    TOKEN_PREFIX,
    hash_of,
    new_secret,
    new_token,
)


def test_no_two_are_alike_and_each_has_256_bits() -> None:
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100
    assert {len(one) for one in made} == {43}
    assert new_token().startswith(TOKEN_PREFIX)
    assert len(new_token()) <= MAX_SECRET_CHARS


def test_the_hash_gives_nothing_away_and_takes_any_text() -> None:
    secret = new_secret()
    assert len(hash_of(secret)) == 32
    assert secret.encode() not in hash_of(secret)
    assert hash_of("\ud83d") == hash_of("?")

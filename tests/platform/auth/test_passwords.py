"""Passwords: argon2id, the same work for every wrong answer, and a bounded queue."""

import asyncio

import pytest

from holdfast.platform.auth import passwords
from holdfast.platform.auth.passwords import (
    MAX_CHARS,
    MAX_WAITING,
    Passwords,
    TooBusy,
    fault_of,
    kept_of,
    verified,
)
from tests.support.people import KEPT, PASSWORD


def test_what_is_kept_is_argon2id_with_a_salt_of_its_own() -> None:
    again = kept_of(PASSWORD)
    assert again.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert again != KEPT
    assert PASSWORD not in again


def test_the_right_one_fits_and_no_other() -> None:
    assert verified(KEPT, PASSWORD)
    for wrong in (PASSWORD + " ", PASSWORD[:-1], "", PASSWORD.upper()):
        assert not verified(KEPT, wrong)
    assert not verified("", "")
    assert not verified("nonsense", PASSWORD)


def test_nobodys_password_is_verified_like_anybodys(monkeypatch: pytest.MonkeyPatch) -> None:
    """By design, not by measuring: one verification with the same parameters each."""
    done: list[str] = []

    class Counting:
        def verify(self, kept: str, given: str) -> bool:
            done.append(kept.rsplit("$", 2)[0])
            return passwords.PasswordHasher().verify(kept, given)

        def hash(self, password: str) -> str:
            return kept_of(password)

    nobodys = passwords._nobodys()
    monkeypatch.setattr(passwords, "_hasher", Counting())
    verified(KEPT, "wrong")
    verified("", "wrong")
    assert done == [KEPT.rsplit("$", 2)[0], nobodys.rsplit("$", 2)[0]]
    assert done[0] == done[1]


def test_what_is_too_long_costs_no_more() -> None:
    assert not verified(KEPT, PASSWORD + "x" * 10_000_000)


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("short", "short password"),
        ("x" * (MAX_CHARS + 1), "long password"),
        ("aaaaaaaaaaaaaaa", "dull password"),
        (PASSWORD, ""),
    ],
)
def test_a_password_that_cannot_be_is_told_why(password: str, fault: str) -> None:
    assert fault_of(password) == fault


async def test_more_than_can_wait_are_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = asyncio.Event()

    async def held(*_: object) -> bool:
        await gate.wait()
        return False

    monkeypatch.setattr(asyncio, "to_thread", held)
    keeper = Passwords()
    asked = [asyncio.create_task(keeper.fits(KEPT, "x")) for _ in range(MAX_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(TooBusy):
        await keeper.fits(KEPT, "x")
    gate.set()
    assert await asyncio.gather(*asked) == [False] * MAX_WAITING
    assert await keeper.keep(PASSWORD) is False

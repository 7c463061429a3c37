"""Cookies and tokens: what was ended opens nothing from that moment on."""

import pytest

from holdfast.platform.auth.passport import COOKIE, SECURE_COOKIE, cookie_in, session_in
from holdfast.platform.auth.roles import Action, Role
from holdfast.platform.auth.secrets import hash_of
from tests.support.people import House


async def test_a_session_says_who_somebody_is(house: House) -> None:
    secret = await house.session("mira", Role.TEACHER)
    found = await house.passport.principal_of({"cookie": f"{COOKIE}={secret}"})
    assert found is not None
    assert (found.name, found.by_cookie) == ("mira", True)
    assert found.may(Action.TEACH)


async def test_a_session_ends_after_its_time_however_it_is_used(house: House) -> None:
    secret = await house.session("mira")
    step_s = house.settings.idle_s - 1
    for _ in range(int(house.settings.session_s // step_s)):
        assert await house.passport.of_session(secret)
        house.clock.wait(step_s)
    house.clock.wait(house.settings.session_s % step_s + 1)
    assert await house.passport.of_session(secret) is None


async def test_a_session_that_nobody_uses_ends_sooner(house: House) -> None:
    secret = await house.session("mira")
    house.clock.wait(house.settings.idle_s)
    assert await house.passport.of_session(secret) is None


@pytest.mark.parametrize("secret", ["", "x", "x" * 43, "x" * 10_000, "\ud83d", "' OR 1=1"])
async def test_what_is_no_session_opens_nothing(house: House, secret: str) -> None:
    await house.session("mira")
    assert await house.passport.of_session(secret) is None


async def test_the_hash_of_a_session_is_not_a_session(house: House) -> None:
    """Who reads the database gets in nowhere."""
    secret = await house.session("mira")
    assert await house.passport.of_session(hash_of(secret).hex()) is None


async def test_a_locked_account_has_no_session_and_no_token(house: House) -> None:
    account = await house.account("mira")
    secret, token = await house.session("mira"), await house.token(account)
    await house.people.set_disabled(account.id, is_disabled=True)
    assert await house.passport.of_session(secret) is None
    assert await house.passport.of_token(token) is None


async def test_a_token_opens_what_it_was_made_for_until_it_ends(house: House) -> None:
    account = await house.account("mira", Role.ADMIN)
    text = await house.token(account, Action.READ_AUDIT, days=1)
    found = await house.passport.principal_of({"authorization": f"Bearer {text}"})
    assert found is not None
    assert found.actions == {Action.READ_AUDIT}
    house.clock.wait(24 * 3600)
    assert await house.passport.of_token(text) is None


async def test_a_revoked_token_opens_nothing(house: House) -> None:
    text = await house.token(await house.account("mira"), days=None)
    assert await house.passport.of_token(text)
    (token,) = await house.people.tokens(None)
    assert token.used_at == house.clock.now
    await house.people.revoke_token(token.token_id, house.clock.now)
    assert await house.passport.of_token(text) is None


async def test_a_token_loses_what_its_owner_loses(house: House) -> None:
    account = await house.account("mira", Role.ADMIN)
    text = await house.token(account)
    await house.people.set_roles(account.id, frozenset({Role.STUDENT}), "1234")
    found = await house.passport.of_token(text)
    assert found is not None
    assert found.actions == frozenset()


async def test_a_wrong_bearer_token_is_not_made_good_by_a_cookie(house: House) -> None:
    secret = await house.session("mira")
    headers = {"authorization": "Bearer hft_wrong", "cookie": f"{COOKIE}={secret}"}
    assert await house.passport.principal_of(headers) is None


def test_a_cookie_is_read_from_any_header_and_none_from_nonsense() -> None:
    assert cookie_in({"cookie": f"a=1; {COOKIE}=x; b=2"}, COOKIE) == "x"
    assert cookie_in({"cookie": f"{COOKIE}=" + "x" * 9000}, COOKIE) == ""
    assert cookie_in({"cookie": f'{COOKIE}\x00="'}, COOKIE) == ""
    assert cookie_in({}, COOKIE) == ""
    assert session_in({"cookie": f"{SECURE_COOKIE}=s; {COOKIE}=t"}) == "s"

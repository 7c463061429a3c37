"""A university's log-in: what is believed, and every way in which it is not."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from holdfast.platform.auth.roles import Role
from holdfast.platform.auth.settings import PeopleSettings
from holdfast.platform.auth.signing_in import LoggedIn, NotIn
from holdfast.platform.auth.university import SIGN_IN_S, Away, University, roles_in
from tests.support.people import HERE, House
from tests.support.university import CLIENT, SECRET, Provider, university


@pytest.fixture
def provider(house: House) -> Iterator[Provider]:
    with university(int(house.clock.now.timestamp())) as running:
        house.settings = PeopleSettings(
            public_url="http://site.test",
            university_issuer=running.issuer,
            university_client_id=CLIENT,
            university_roles=("staff=teacher", "student=student"),
            university_subject_claim="matriculation",
        )
        yield running


async def came_back(house: House, provider: Provider, secret: str = SECRET) -> Any:
    """All the way there and back."""
    place = University(house.signing_in, secret)
    begun = await place.begin("/students/7")
    state, code = provider.log_in(begun.url)
    return await place.finish(state, begun.state, code, HERE)


async def test_who_the_university_knows_is_let_in(house: House, provider: Provider) -> None:
    found, target = await came_back(house, provider)
    assert isinstance(found, LoggedIn)
    assert (found.account.name, found.account.roles, target) == (
        "mira",
        {Role.TEACHER},
        "/students/7",
    )
    again, _ = await came_back(house, provider)
    assert again.account.id == found.account.id


async def test_roles_and_subject_are_taken_over_each_time(house: House, provider: Provider) -> None:
    await came_back(house, provider)
    provider.claims = {"groups": "student", "matriculation": "1234"}
    found, _ = await came_back(house, provider)
    assert (found.account.roles, found.account.subject) == ({Role.STUDENT}, "1234")


async def test_an_account_here_is_not_taken_over_by_its_name(
    house: House, provider: Provider
) -> None:
    own = await house.account("mira", Role.ADMIN)
    found, _ = await came_back(house, provider)
    assert found.account.id != own.id
    assert found.account.name.startswith("u-")


@pytest.mark.parametrize(
    "claims",
    [
        {"groups": ["guests"]},
        {"groups": None},
        {"groups": {"staff": 1}},
        {"iss": "https://evil.test"},
        {"aud": "somebody-else"},
        {"aud": [CLIENT, "somebody-else"]},
        {"exp": 1},
        {"nonce": "another"},
        {"sub": None},
    ],
    ids=str,
)
async def test_a_token_that_does_not_fit_lets_nobody_in(
    house: House, provider: Provider, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    assert await came_back(house, provider) == NotIn()
    assert await house.people.accounts() == []


async def test_a_token_that_somebody_else_signed_lets_nobody_in(
    house: House, provider: Provider
) -> None:
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "k1"})
    assert await came_back(house, provider) == NotIn()


async def test_a_wrong_client_secret_lets_nobody_in(house: House, provider: Provider) -> None:
    assert await came_back(house, provider, "another secret") == NotIn()


async def test_a_state_is_one_browsers_once_and_for_minutes(
    house: House, provider: Provider
) -> None:
    place = University(house.signing_in, SECRET)
    begun = await place.begin("/")
    state, code = provider.log_in(begun.url)
    assert await place.finish(state, "another browser's", code, HERE) == NotIn()
    assert await place.finish("", "", code, HERE) == NotIn()
    assert isinstance(await place.finish(state, begun.state, code, HERE), tuple)
    assert await place.finish(state, begun.state, code, HERE) == NotIn()
    late = await place.begin("/")
    state, code = provider.log_in(late.url)
    house.clock.wait(SIGN_IN_S)
    assert await place.finish(state, late.state, code, HERE) == NotIn()


async def test_a_locked_account_stays_locked(house: House, provider: Provider) -> None:
    found, _ = await came_back(house, provider)
    await house.people.set_disabled(found.account.id, is_disabled=True)
    assert await came_back(house, provider) == NotIn()


async def test_a_university_that_is_silent_or_another_is_told_so(
    house: House, provider: Provider
) -> None:
    house.settings = replace(house.settings, university_issuer=provider.issuer + "/")
    with pytest.raises(Away, match="something else"):
        await University(house.signing_in, SECRET).begin("/")
    house.settings = replace(house.settings, university_issuer="http://127.0.0.1:9")
    with pytest.raises(Away):
        await University(house.signing_in, SECRET).begin("/")


def test_a_claim_gives_the_roles_of_the_table_alone() -> None:
    lines = ("staff=teacher", "boss=admin")
    assert roles_in(["staff", "boss", "admin"], lines) == {Role.TEACHER, Role.ADMIN}
    assert roles_in("staff", lines) == {Role.TEACHER}
    assert roles_in(["admin", 7, None], lines) == frozenset()

"""Who has logged in, and what the API is told of them."""

from datetime import timedelta

import pytest

from holdfast.flights.pages.entrance import (
    TRAVEL_COOKIE,
    Entrance,
    desk_of,
    is_agent,
    is_traveller,
)
from holdfast.flights.wire.person_token import Shop, read_token
from holdfast.platform.auth.passport import COOKIE
from holdfast.platform.auth.people import Principal
from holdfast.platform.auth.roles import Role, actions_of
from tests.flights.pages.pages_site import request
from tests.support.flights_world import NOW
from tests.support.people import House

KEY = b"a key of thirty-two bytes or more"
SHOP = Shop("travel", "abc", live_mode=True)


def person(*roles: Role, subject: str = "") -> Principal:
    """Mira, who has logged in."""
    return Principal("mira", frozenset(roles), actions_of(roles), subject, by_cookie=True)


async def test_a_session_of_these_pages_says_who_it_is_and_nothing_else_does() -> None:
    house = House()
    entrance = Entrance(house.signing_in, KEY, SHOP)
    account = await house.account("mira", Role.TRAVELLER)
    secret, token = await house.session("mira"), await house.token(account)
    found = await entrance.person_of(request(cookie=f"{TRAVEL_COOKIE}={secret}"))
    assert found is not None
    assert found.name == "mira"
    for headers in (
        {},
        {"cookie": f"{COOKIE}={secret}"},
        {"cookie": f"{TRAVEL_COOKIE}={secret}x"},
        {"authorization": f"Bearer {token}"},
    ):
        assert await entrance.person_of(request(**headers)) is None


async def test_over_https_only_the_safe_cookie_is_set_and_both_are_read() -> None:
    house = House()
    passport = Entrance(house.signing_in, KEY, SHOP, is_secure=True).passport
    assert passport.cookie_name(is_secure=True) == f"__Host-{TRAVEL_COOKIE}"
    assert passport.session_in({"cookie": f"__Host-{TRAVEL_COOKIE}=a; {TRAVEL_COOKIE}=b"}) == "a"


async def test_a_session_that_nobody_uses_ends() -> None:
    house = House()
    entrance = Entrance(house.signing_in, KEY, SHOP)
    asked = request(cookie=f"{TRAVEL_COOKIE}={await house.session('mira')}")
    house.clock.now += timedelta(seconds=house.settings.idle_s)
    assert await entrance.person_of(asked) is None


@pytest.mark.parametrize(
    ("roles", "subject", "desk"),
    [
        ((Role.TRAVELLER,), "", ("", set())),
        ((Role.AGENT,), "", ("", set())),
        ((Role.STUDENT,), "1234", ("", set())),
        ((Role.TEACHER,), "", ("", set())),
        ((Role.AIRLINE,), "", ("", set())),
        ((Role.AIRLINE,), "ba", ("BA", {"feeds"})),
        ((Role.OPERATOR,), "", ("person:mira", {"feeds", "operate"})),
        ((Role.ADMIN,), "", ("person:mira", {"feeds", "operate"})),
    ],
)
def test_who_has_a_desk_and_for_what(
    roles: tuple[Role, ...], subject: str, desk: tuple[str, set[str]]
) -> None:
    mira = person(*roles, subject=subject)
    assert desk_of(mira) == desk
    entrance = Entrance(House().signing_in, KEY, SHOP)
    told = read_token(KEY, entrance.desk_token(mira, NOW))
    if not desk[1]:
        assert entrance.desk_token(mira, NOW) == ""
    else:
        assert told is not None
        assert (told.account, told.owner, told.scopes) == ("mira", *desk)


def test_who_books_for_themselves_and_who_for_others() -> None:
    assert is_traveller(person(Role.TRAVELLER))
    assert is_traveller(person(Role.AGENT))
    assert not is_traveller(person(Role.AIRLINE, subject="BA"))
    assert not is_traveller(None)
    assert is_agent(person(Role.AGENT))
    assert not is_agent(person(Role.TRAVELLER))
    assert not is_agent(None)


def test_a_travellers_token_is_for_their_own_orders_at_this_shop() -> None:
    entrance = Entrance(House().signing_in, KEY, SHOP)
    told = read_token(KEY, entrance.travellers_token(person(Role.TRAVELLER), NOW))
    assert told is not None
    assert (told.owner, told.shop) == ("person:mira", SHOP)
    assert repr(KEY) not in repr(entrance)

"""The first admin's link: printed while there is none, and never kept as it is."""

from dataclasses import replace

from holdfast.platform.auth.first_link import first_link, has_admin
from holdfast.platform.auth.roles import Role
from holdfast.platform.auth.signing_in import LoggedIn, NotIn
from tests.support.people import HERE, PASSWORD, House


async def _key(house: House) -> str:
    link = await first_link(
        house.people, house.settings, house.clock, url="http://127.0.0.1:8000/", who="cli:x"
    )
    address, _, key = link.partition("/welcome?key=")
    assert address == "http://127.0.0.1:8000"
    return key


async def test_the_link_works_once_within_a_day(house: House) -> None:
    key, late = await _key(house), await _key(house)
    assert isinstance(await house.signing_in.with_link(key, "mira", PASSWORD, HERE), LoggedIn)
    house.clock.wait(house.settings.link_s)
    assert await house.signing_in.with_link(late, "ben", PASSWORD, HERE) == NotIn()


async def test_its_making_is_written_down_without_the_key(house: House) -> None:
    key = await _key(house)
    (entry,) = await house.people.entries(10)
    assert (entry.who, entry.act) == ("cli:x", "first link made")
    assert key not in str(entry)


async def test_an_admin_is_somebody_who_can_log_in(house: House) -> None:
    assert not await has_admin(house.people)
    await house.account("ben", Role.TEACHER)
    assert not await has_admin(house.people)
    mira = await house.account("mira", Role.ADMIN)
    assert await has_admin(house.people)
    await house.people.set_disabled(mira.id, is_disabled=True)
    assert not await has_admin(house.people)


async def test_the_public_address_is_preferred(house: House) -> None:
    settings = replace(house.settings, public_url="https://grading.example/")
    link = await first_link(house.people, settings, house.clock, url="http://x", who="")
    assert link.startswith("https://grading.example/welcome?key=")

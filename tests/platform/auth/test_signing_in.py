"""In and out: the same answer for every wrong one, a brake for guessing, no session to foist."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from holdfast.platform.auth.audit import Origin
from holdfast.platform.auth.brake import ACCOUNT, PAIR
from holdfast.platform.auth.passwords import Passwords
from holdfast.platform.auth.people import NewAccount, of_account
from holdfast.platform.auth.roles import Role
from holdfast.platform.auth.secrets import hash_of
from holdfast.platform.auth.signing_in import BadChoice, Braked, LoggedIn, NotIn, SigningIn
from tests.support.people import HERE, PASSWORD, House


async def test_name_and_password_open_a_session(house: House) -> None:
    account = await house.account("mira")
    found = await house.signing_in.with_password(" Mira ", PASSWORD, HERE)
    assert isinstance(found, LoggedIn)
    assert found.account == account
    assert found.secret not in repr(found)
    assert await house.passport.of_session(found.secret)


async def test_every_wrong_way_gets_the_same_answer(house: House) -> None:
    account = await house.account("locked")
    await house.people.set_disabled(account.id, is_disabled=True)
    await house.account("mira")
    without = NewAccount("robot", frozenset({Role.SERVICE}))
    await house.people.add_account(without, house.clock.now)
    for name, password in (
        ("mira", "wrong"),
        ("nobody", PASSWORD),
        ("locked", PASSWORD),
        ("robot", ""),
        ("<script>", PASSWORD),
        ("", ""),
        ("mira", ""),
    ):
        assert await house.try_in(name, password, "192.0.2.9") == NotIn(), name


@dataclass
class Counting(Passwords):
    """Counts how often a password is verified."""

    asked: list[str] = field(default_factory=list)

    async def fits(self, kept: str, given: str) -> bool:
        self.asked.append(kept)
        return False


@pytest.mark.parametrize("name", ["mira", "nobody", "locked", "<b>"])
async def test_every_wrong_way_costs_one_verification(house: House, name: str) -> None:
    await house.account("mira")
    locked = await house.account("locked")
    await house.people.set_disabled(locked.id, is_disabled=True)
    counting = Counting()
    signing_in = SigningIn(house.people, counting, house.settings, house.clock)
    await signing_in.with_password(name, "wrong", HERE)
    assert len(counting.asked) == 1


@pytest.mark.parametrize("name", ["mira", "nobody"])
async def test_guessing_gets_slower_whether_or_not_the_account_exists(
    house: House, name: str
) -> None:
    await house.account("mira")
    for _ in range(PAIR.free):
        assert await house.try_in(name, "wrong") == NotIn()
    assert await house.try_in(name, "wrong") == Braked(1.0)
    assert await house.try_in(name, PASSWORD) == Braked(1.0), "not even the right one is looked at"
    house.clock.wait(1.0)
    assert await house.try_in(name, "wrong") == NotIn()
    assert await house.try_in(name, "wrong") == Braked(2.0)


async def test_a_right_one_takes_its_counts_back(house: House) -> None:
    await house.account("mira")
    for _ in range(PAIR.free - 1):
        await house.try_in("mira", "wrong")
    assert await house.try_in("mira", PASSWORD) == "mira"
    for _ in range(PAIR.free):
        assert await house.try_in("mira", "wrong") == NotIn()


async def test_guessing_from_many_addresses_is_slowed_and_the_owner_waits_seconds(
    house: House,
) -> None:
    await house.account("mira")
    for number in range(ACCOUNT.free):
        assert await house.try_in("mira", "wrong", f"198.51.100.{number}") == NotIn()
    braked = await house.try_in("mira", "wrong", "198.51.100.99")
    assert isinstance(braked, Braked)
    house.clock.wait(ACCOUNT.longest_s)
    assert await house.try_in("mira", PASSWORD, "203.0.113.1") == "mira"


async def test_many_names_from_one_address_are_slowed(house: House) -> None:
    answers = [await house.try_in(f"user{n}", "wrong") for n in range(40)]
    assert any(isinstance(answer, Braked) for answer in answers)
    assert await house.try_in("user1", "wrong", "203.0.113.1") == NotIn()


async def test_what_happens_is_written_down_without_passwords(house: House) -> None:
    account = await house.account("mira")
    await house.try_in("mira", "my secret guess")
    found = await house.signing_in.with_password("mira", PASSWORD, HERE)
    assert isinstance(found, LoggedIn)
    me = of_account(account, by_cookie=True)
    await house.signing_in.log_out(me, found.secret, HERE)
    await house.signing_in.log_out_everywhere(me, HERE)
    entries = await house.people.entries(10)
    assert [entry.act for entry in reversed(entries)] == [
        "log-in failed",
        "logged in",
        "logged out",
        "logged out everywhere",
    ]
    assert entries[0].origin == HERE
    assert not any(word in str(entries) for word in ("guess", PASSWORD, found.secret))


async def test_logging_out_ends_the_session_and_everywhere_all(house: House) -> None:
    first, second, third = [await house.session("mira") for _ in range(3)]
    me = await house.passport.of_session(first)
    assert me is not None
    await house.signing_in.log_out(me, first, HERE)
    assert await house.passport.of_session(first) is None
    assert await house.passport.of_session(second)
    await house.signing_in.log_out_everywhere(me, HERE)
    assert await house.passport.of_session(second) is None
    assert await house.passport.of_session(third) is None


async def _link(house: House, key: str = "the key") -> str:
    await house.people.put_link(hash_of(key), house.clock.now + timedelta(days=1))
    return key


async def test_the_one_time_link_makes_one_admin(house: House) -> None:
    key = await _link(house)
    found = await house.signing_in.with_link(key, "Mira", PASSWORD, HERE)
    assert isinstance(found, LoggedIn)
    assert (found.account.name, found.account.roles) == ("mira", {Role.ADMIN})
    assert await house.signing_in.with_link(key, "ben", PASSWORD, HERE) == NotIn()
    assert await house.people.account("ben") is None
    assert await house.try_in("mira", PASSWORD) == "mira"


@pytest.mark.parametrize(
    ("name", "password", "why"),
    [
        ("mira", "short", "short password"),
        ("<b>", PASSWORD, "bad name"),
        ("taken", PASSWORD, "taken name"),
    ],
)
async def test_a_bad_choice_leaves_the_link_as_it_is(
    house: House, name: str, password: str, why: str
) -> None:
    key = await _link(house)
    await house.account("taken")
    assert await house.signing_in.with_link(key, name, password, HERE) == BadChoice(why)
    assert isinstance(await house.signing_in.with_link(key, "mira", PASSWORD, HERE), LoggedIn)


async def test_guessing_links_is_slowed(house: House) -> None:
    answers = [
        await house.signing_in.with_link(f"guess {n}", "mira", PASSWORD, Origin("192.0.2.7"))
        for n in range(33)
    ]
    assert isinstance(answers[-1], Braked)
    assert await house.people.account("mira") is None


async def test_a_new_password_needs_the_old_one_and_ends_all_sessions(house: House) -> None:
    old = await house.session("mira")
    me = await house.passport.of_session(old)
    assert me is not None
    change = house.signing_in.change_password
    assert await change(me, "wrong", "eight stars at night", HERE) == NotIn()
    assert await change(me, PASSWORD, "short", HERE) == BadChoice("short password")
    found = await change(me, PASSWORD, "eight stars at night", HERE)
    assert isinstance(found, LoggedIn)
    assert await house.passport.of_session(old) is None
    assert await house.passport.of_session(found.secret)
    assert await house.try_in("mira", PASSWORD, "203.0.113.1") == NotIn()
    assert await house.try_in("mira", "eight stars at night", "203.0.113.1") == "mira"

"""Every way to be known gives a role of this site, and none gives more than it should."""

from dataclasses import replace

import pytest
from starlette.datastructures import Headers

from holdfast.grading.entrypoints.results_api.access import COOKIE, COOKIE_S, Access, Role
from holdfast.grading.entrypoints.results_api.callers import Caller, Callers
from holdfast.platform.auth.passport import COOKIE as SESSION
from holdfast.platform.auth.roles import Action
from holdfast.platform.auth.roles import Role as Is
from tests.support.people import House
from tests.support.results_site import ADMIN, SERVICE, VIEWER


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def access(house: House) -> Access:
    return Access(
        is_open=False,
        viewer=VIEWER.encode(),
        admin=ADMIN.encode(),
        service=SERVICE.encode(),
        now=lambda: house.clock.wall().timestamp(),
    )


async def known(access: Access, house: House, **headers: str) -> Caller:
    return await Callers(access, house.passport).of(Headers(headers))


@pytest.mark.parametrize(
    ("role", "subject", "theirs", "uid"),
    [
        (Is.TEACHER, "", Role.ADMIN, None),
        (Is.ADMIN, "", Role.ADMIN, None),
        (Is.STUDENT, "7", Role.STUDENT, 7),
        (Is.STUDENT, "not-a-number", Role.PUBLIC, None),
        (Is.TRAVELLER, "", Role.PUBLIC, None),
        (Is.AIRLINE, "ZZ", Role.PUBLIC, None),
        (Is.OPERATOR, "", Role.PUBLIC, None),
    ],
)
async def test_a_session_gives_what_its_account_is(
    access: Access, house: House, role: Is, subject: str, theirs: Role, uid: int | None
) -> None:
    secret = await house.session("mira", role, subject=subject)
    caller = await known(access, house, cookie=f"{SESSION}={secret}")
    assert (caller.role, caller.uid) == (theirs, uid)
    assert theirs is Role.PUBLIC or (caller.by_cookie and caller.who == "mira")
    opened = await known(replace(access, is_open=True), house, cookie=f"{SESSION}={secret}")
    assert opened.role == max(theirs, Role.VIEWER)


async def test_a_token_of_an_account_gives_its_scopes(access: Access, house: House) -> None:
    account = await house.account("mira", Is.TEACHER)
    reads = await house.token(account, Action.ALL_RESULTS)
    caller = await known(access, house, authorization=f"Bearer {reads}")
    assert caller == Caller(Role.VIEWER, by_cookie=False, who="mira")


async def test_a_robot_comes_to_the_nodes_door(access: Access, house: House) -> None:
    robot = await house.token(await house.account("robot", Is.SERVICE))
    assert (await known(access, house, authorization=f"Bearer {robot}")).role is Role.SERVICE


async def test_the_courses_tokens_give_what_they_gave(access: Access, house: House) -> None:
    for token, role in ((VIEWER, Role.VIEWER), (ADMIN, Role.ADMIN), (SERVICE, Role.SERVICE)):
        caller = await known(access, house, authorization=f"Bearer {token}")
        assert (caller.role, caller.by_cookie) == (role, False)
    assert (await known(access, house)).role is Role.PUBLIC


async def test_a_students_cookie_is_theirs_for_a_day_and_cannot_be_forged(
    access: Access, house: House
) -> None:
    good = access.student_cookie(7)
    assert (await known(access, house, cookie=f"{COOKIE}={good}")).uid == 7
    forged = [
        good.replace("student-7", "student-8"),
        good[:-1] + ("0" if good[-1] != "0" else "1"),
        replace(access, admin=VIEWER.encode()).student_cookie(7),
        "student-7.99999999999.",
        "student-.1.x",
    ]
    for value in forged:
        assert (await known(access, house, cookie=f"{COOKIE}={value}")).uid is None
    house.clock.wait(COOKIE_S)
    assert (await known(access, house, cookie=f"{COOKIE}={good}")).uid is None

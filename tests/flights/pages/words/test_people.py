"""The words for people: what the platform says went wrong, and each role, has a sentence."""

from holdfast.flights.pages.people import TITLES
from holdfast.flights.pages.words.people import WORDS
from holdfast.platform.auth.passwords import fault_of
from holdfast.platform.auth.roles import MAY, Action, Role


def test_everything_that_can_be_wrong_is_said() -> None:
    faults = {fault_of(one) for one in ("short", "x" * 400, "ab" * 12)} - {""}
    assert faults == {"short password", "long password", "dull password"}
    for wrong in faults | {"wrong", "braked"}:
        assert f"people.wrong.{wrong}" in WORDS
    assert "people.told.password changed" in WORDS
    assert set(TITLES.values()) <= WORDS.keys()


def test_every_role_that_may_something_in_flights_is_said() -> None:
    of_flights = {Action.LOOK_UP_FLIGHTS, Action.BOOK, Action.DELIVER_FEEDS, Action.OPERATE}
    for role in Role:
        if MAY[role] & of_flights:
            assert f"people.role.{role}" in WORDS

"""`holdfast load` asks only this machine, and only visitors that there are."""

import pytest

from holdfast.apps import APPS
from holdfast.cli import run
from holdfast.errors import Mistake
from holdfast.platform.load.command import check_target, mix_of

JOURNEYS = [one for app in APPS for one in app.journeys]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_this_machine_may_be_loaded(host: str) -> None:
    check_target(host, owned=False)


@pytest.mark.parametrize("host", ["192.0.2.1", "example.org", "0.0.0.0", "localhost.example"])
def test_another_machine_only_by_its_owner(host: str) -> None:
    with pytest.raises(Mistake, match="i-own-the-target"):
        check_target(host, owned=False)
    check_target(host, owned=True)


def test_a_mix_names_visitors_and_weights() -> None:
    assert [(one.name, weight) for one, weight in mix_of("reader=9,booker", JOURNEYS)] == [
        ("reader", 9.0),
        ("booker", 1.0),
    ]
    assert {one.name for one, _ in mix_of("", JOURNEYS)} == {one.name for one in JOURNEYS}


@pytest.mark.parametrize("text", ["nobody=1", "reader=0", "reader=-1", "reader=x", "reader=nan"])
def test_a_mix_that_makes_no_sense_is_a_mistake(text: str) -> None:
    with pytest.raises(Mistake, match="--mix"):
        mix_of(text, JOURNEYS)


def test_a_fleet_of_one_app_is_visited_by_that_apps_visitors(
    capsys: pytest.CaptureFixture[str],
) -> None:
    listed = {}
    for apps in ("grading", "flights", "grading,flights"):
        assert run(["load", "--apps", apps, "--mix", "list"]) == 0
        listed[apps] = capsys.readouterr().out.splitlines()
    assert all(listed.values())
    assert listed["grading"] + listed["flights"] == listed["grading,flights"]
    assert not set(listed["grading"]) & set(listed["flights"])

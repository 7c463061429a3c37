"""A journey is asked and told step by step, and the same dice make the same visit."""

from random import Random

from holdfast.apps import APPS
from holdfast.platform.runtime.journey import Heard, Person


def test_every_journey_goes_on_whatever_it_hears() -> None:
    for one in (journey for app in APPS for journey in app.journeys):
        steps = one.begin(Person(0, Random(1)))
        ask = next(steps)
        for heard in (Heard(0), Heard(500), Heard(200, b"["), Heard(200, b'{"data": 3}')) * 3:
            assert ask.target.startswith("/")
            ask = steps.send(heard)


def test_names_of_journeys_are_unlike() -> None:
    names = [journey.name for app in APPS for journey in app.journeys]
    assert len(set(names)) == len(names)

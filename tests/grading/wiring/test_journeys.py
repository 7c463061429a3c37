"""Readers of results look at the grid, at tests and at students."""

from random import Random

from holdfast.grading.wiring.journeys import programs, readers
from holdfast.platform.runtime.journey import Heard, Person


def test_a_reader_sees_the_grid_most_and_the_rest_sometimes() -> None:
    steps = readers(Person(1, Random(3)))
    names = [next(steps).name] + [steps.send(Heard(200)).name for _ in range(200)]
    assert {"grid", "test", "student"} == set(names)
    assert names.count("grid") > names.count("test")


def test_a_script_asks_for_all_standings() -> None:
    assert next(programs(Person(1, Random(3)))).target == "/api/grading/standings"

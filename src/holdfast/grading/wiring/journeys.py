"""The law of grading's visitors, for `holdfast load`: who looks at results, and how.

Looking only: students' own programs are `programs`.
"""

from holdfast.grading.wiring.settings import RESULTS_PORT
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.journey import Ask, Journey, Person, Steps
from holdfast.platform.runtime.settings import FleetSettings

CLASS = 300
"""Students whose pages are looked at."""
FOUND_OR_NOT = (200, 304, 404)


def readers(person: Person) -> Steps:
    """Somebody who looks at the grid, at a test, at a student, and at the grid again."""
    from holdfast.grading.domain.scenarios import CATALOGUE  # every process imports this module

    uid = 1000 + person.dice.randrange(CLASS)
    test = person.dice.choice(sorted(CATALOGUE))
    while True:
        yield Ask("grid", "/", cached=True)
        if person.dice.random() < 0.3:
            yield Ask("test", f"/tests/{test}", cached=True)
        if person.dice.random() < 0.3:
            yield Ask("student", f"/students/{uid}", cached=True, good=FOUND_OR_NOT)


def programs(_: Person) -> Steps:
    """A script of a teacher that asks the API for all standings."""
    while True:
        yield Ask("standings", "/api/grading/standings")


def _port(effective: Effective) -> int:
    return effective.section(FleetSettings).port(RESULTS_PORT)


JOURNEYS = (
    Journey("reader", "looks at the class grid, tests and students", 90.0, _port, readers),
    Journey("standings", "asks the API for all standings", 1.0, _port, programs),
)

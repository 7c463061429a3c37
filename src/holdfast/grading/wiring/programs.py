"""The law of students' programs, for `holdfast load --attempts`: the reference clients, all right.

One after the other, the students of the roster try a test, then all the next one, each over the
test's own TCP or UDP port: nobody tries the same test twice at once. Tests that last for minutes,
because leases do, are left out.
"""

from dataclasses import replace

from holdfast.errors import Mistake
from holdfast.grading.wiring.settings import GradingSettings, results_url
from holdfast.platform.runtime.config import Effective
from holdfast.platform.runtime.journey import Person, Play, Played, Program
from holdfast.platform.runtime.settings import FleetSettings

LONG = frozenset({"2024-a2-t3", "2025-4_1"})
"""They wait for a lease to end."""


def attempts(effective: Effective, host: str) -> Play:
    """Students who try a test each. Asks the results API who they are, and for the nodes' rules."""
    # Every process imports this module.
    from holdfast.grading.domain.attempt import TestId
    from holdfast.grading.domain.roster import UserId
    from holdfast.grading.domain.scenarios import CATALOGUE
    from holdfast.grading.entrypoints.student_driver import Job, Report, Target, play_client
    from holdfast.grading.wiring.commands import rules_of

    fleet = replace(effective.section(FleetSettings), host=host)
    url = results_url(effective.section(GradingSettings), fleet)
    rules, students = rules_of(effective, url), students_of(effective, url)
    target = Target(host, fleet.port_offset)
    tests = sorted(set(CATALOGUE) - LONG)

    def became(report: Report) -> Played:
        if report.trouble or not report.received or report.outcome is None:
            return Played.LOST
        is_right = report.outcome.verdict == "pass" and report.verdict is not False
        return Played.RIGHT if is_right else Played.WRONG

    async def play(person: Person) -> tuple[str, Played]:
        tried, student = divmod(person.number, len(students))
        test = tests[tried % len(tests)]
        job = Job(TestId(test), UserId(students[student]))
        return test, became(await play_client(job, target, rules))

    return play


def students_of(effective: Effective, url: str) -> list[int]:
    """The ids of the roster; `Mistake` when it is empty."""
    from holdfast.grading.entrypoints.attempts import get_json
    from holdfast.grading.wiring.commands import viewer_token

    students = [int(one["uid"]) for one in get_json(f"{url}/users", viewer_token(effective))]
    if not students:
        raise Mistake("--attempts: nobody is on the roster, so nobody can try a test.")
    return students


PROGRAMS = (Program("attempts", "students' programs that try a test each", attempts),)

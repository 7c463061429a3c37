"""How findings are told, and which of them make the command fail."""

import json

from holdfast.platform.doctor.findings import (
    as_json,
    as_lines,
    doubtful,
    exit_code,
    well,
    wrong,
)

ALL = [well("a", "Fine."), doubtful("b", "Hm.", "Look."), wrong("c", "Bad.", "Mend it.")]


def test_only_a_problem_makes_the_command_fail() -> None:
    assert exit_code(ALL) == 1
    assert exit_code(ALL[:2]) == 0
    assert exit_code([]) == 0


def test_people_get_a_line_each_and_what_to_do() -> None:
    assert as_lines(ALL) == [
        "ok       a         Fine.",
        "warning  b         Hm.",
        "                   -> Look.",
        "problem  c         Bad.",
        "                   -> Mend it.",
        "1 problems, 1 warnings, 1 ok",
    ]


def test_programs_get_the_same_as_json() -> None:
    said = json.loads(json.dumps(as_json(ALL)))
    assert said["counts"] == {"ok": 1, "warning": 1, "problem": 1}
    assert said["findings"][2] == {
        "area": "c",
        "standing": "problem",
        "what": "Bad.",
        "todo": "Mend it.",
    }

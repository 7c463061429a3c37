"""Whose data an address shows: closed by default."""

import pytest

from holdfast.grading.entrypoints.results_api.own import (
    OfAttempt,
    OfEverybody,
    OfOthers,
    OfStudent,
    Shown,
    shown_by,
)

ID = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("path", "query", "shown"),
    [
        ("/students/7", "before=x", OfStudent(7)),
        ("/s/7/2024-a1-t1", "", OfStudent(7)),
        ("/users/7", "", OfStudent(7)),
        ("/users/7/assignments", "", OfStudent(7)),
        ("/api/grading/students/10007/attempts", "", OfStudent(10007)),
        ("/api/grading/live", "uid=7", OfStudent(7)),
        ("/api/grading/incidents", "uid=7&limit=3", OfStudent(7)),
        ("/api/grading/incidents", "uid=7&uid=8", OfOthers()),
        ("/api/grading/live", "", OfOthers()),
        ("/api/grading/live", "uid=-1", OfOthers()),
        (f"/attempts/{ID}", "", OfAttempt(ID)),
        (f"/api/grading/attempts/{ID}", "", OfAttempt(ID)),
        (f"/attempts/{ID}/replay", "", OfAttempt(ID)),
        ("/tests/2024-a1-t1", "", OfEverybody()),
        ("/", "", OfOthers()),
        ("/users", "", OfOthers()),
        ("/students/7/../8", "", OfOthers()),
        ("/students/7\n", "", OfOthers()),
        ("/students/٧", "", OfOthers()),
        ("/new/page", "", OfOthers()),
    ],
)
def test_an_address_shows_what_it_shows(path: str, query: str, shown: Shown) -> None:
    assert shown_by(path, query) == shown

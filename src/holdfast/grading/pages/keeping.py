"""The law of keeping: which answers of the site are made once for all who ask the same.

Addresses that have a bounded number of forms are kept: an unknown word in the query, a name that is
searched for, a language chosen by link are answered anew and take no place. All that decides a
page's bytes is in its key: address, language, and what the site knows of the caller. Teachers'
pages, attempts and forms are never kept.
"""

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.types import Scope

from holdfast.grading.domain.standings import Standing
from holdfast.grading.pages.columns import Column
from holdfast.grading.pages.grid import MAX_ONLY, ORDER_WORDS
from holdfast.grading.pages.languages import COOKIE, language_of
from holdfast.grading.service.editions import Editions
from holdfast.platform.auth.passport import cookie_in
from holdfast.platform.web.rendered import Asked, Place, Shelf

MAX_QUERY_CHARS = 600
"""A hundred ids of a live update; longer queries are not kept."""
MAX_FIELDS = 6
PROGRAMS_S = 1.0
"""Programs' answers: news of another results API's writes may be late by this when the database's
notifications are."""
BOARDS_S = 1.0
"""Boards tell of what no news comes of: nodes, waits, time."""
_STUDENT = re.compile(r"/students/([0-9]{1,4})", re.ASCII)
_PROGRAMS_STUDENT = re.compile(
    r"/users/([0-9]{1,4})/assignments|/api/grading/students/([0-9]{1,4})/attempts", re.ASCII
)
_OF_ROSTER = frozenset({"/users", "/api/grading/tests"})
_OF_RESULTS = frozenset({"/assignments", "/api/grading/standings"})
_BOARDS = frozenset({"/scoreboard", "/tonight"})


def shelves(keep_s: float, max_bytes: int) -> dict[str, Shelf]:
    """Where answers are kept, `max_bytes` in all: a flood on one shelf leaves the others alone."""
    part = max_bytes // 8
    return {
        "class": Shelf(keep_s, 3 * part, 1000),
        "students": Shelf(keep_s, 2 * part, 4000),
        "live": Shelf(keep_s, part, 500),
        "boards": Shelf(min(keep_s, BOARDS_S), part, 100),
        "programs": Shelf(min(keep_s, PROGRAMS_S), part, 2000),
    }


@dataclass(frozen=True, slots=True)
class Keeping:
    """Chooses places. `is_reader`: whether the caller sees what all callers known alike see;
    `now`: monotonic seconds."""

    editions: Editions
    columns: Sequence[Column]
    is_reader: Callable[[Scope], bool]
    now: Callable[[], float]
    _grid_words: Mapping[str, frozenset[str]] = field(init=False)
    _tests: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        words = {
            "year": frozenset(str(column.year) for column in self.columns),
            "order": frozenset(map(str, ORDER_WORDS)),
            "state": frozenset(state.value for state in Standing),
            "test": frozenset(column.test for column in self.columns),
        }
        object.__setattr__(self, "_grid_words", words)
        object.__setattr__(self, "_tests", frozenset(f"/tests/{c.test}" for c in self.columns))

    def place(self, scope: Scope) -> Place | None:
        """The place of the answer to a request, None for one that is not kept."""
        path: str = scope["path"]
        found = self._shelf(path)
        if found is None or not self.is_reader(scope):
            return None
        shelf, edition = found
        query = self._query(path, scope["query_string"])
        if query is None:
            return None
        if "only" in query:
            shelf = "live"
        headers = Headers(scope=scope)
        state = scope.get("state", {})
        asked = Asked(
            path,
            query=urlencode(sorted(query.items()), safe=","),
            headers=(
                ("accept", "text/html" if "text/html" in headers.get("accept", "") else "*/*"),
                ("accept-language", self._language(shelf, headers)),
            ),
            state=tuple((name, state.get(name)) for name in ("role", "uid", "who")),
        )
        return Place(shelf, asked, edition)

    def changed(self, path: str) -> None:
        """A form was taken at this address. What nodes write is told apart, student by student."""
        if not path.startswith("/internal/"):
            self.editions.touch_everything()

    def class_edition(self) -> int:
        """The edition of the class's page."""
        return self.editions.of_class(self.now())

    def _shelf(self, path: str) -> tuple[str, Hashable] | None:
        editions = self.editions
        if path == "/":
            return "class", self.class_edition()
        if path == "/tests" or path in self._tests:
            return "class", editions.of_course()
        if path in _BOARDS:
            return "boards", editions.of_course()
        if path in _OF_ROSTER:
            return "programs", editions.of_course()
        if path in _OF_RESULTS:
            return "programs", editions.of_results()
        if student := _STUDENT.fullmatch(path):
            return "students", editions.of_student(int(student[1]))
        if student := _PROGRAMS_STUDENT.fullmatch(path):
            return "programs", editions.of_student(int(student[1] or student[2]))
        return None

    def _query(self, path: str, raw: bytes) -> Mapping[str, str] | None:
        """The query as the page reads it; None when it is not one of a bounded number."""
        if not raw:
            return {}
        if path != "/" or len(raw) > MAX_QUERY_CHARS:
            return None
        try:
            pairs = parse_qsl(raw.decode("ascii"), True, max_num_fields=MAX_FIELDS)
        except ValueError:
            return None
        said = dict(pairs)
        if len(said) != len(pairs):
            return None
        for name, value in said.items():
            if value not in self._grid_words.get(name, ()) and not (
                name == "only" and _is_only(value)
            ):
                return None
        if "only" in said:
            said["only"] = ",".join(sorted(said["only"].split(","), key=int))
        return said

    @staticmethod
    def _language(shelf: str, headers: Headers) -> str:
        """Programs get English, in which the API is written."""
        if shelf == "programs":
            return "en"
        return language_of("", cookie_in(headers, COOKIE), headers.get("accept-language", ""))


def _is_only(value: str) -> bool:
    """The ids of a live update."""
    ids = value.split(",")
    return len(ids) <= MAX_ONLY and all(re.fullmatch(r"[0-9]{1,4}", one, re.ASCII) for one in ids)

"""What is kept, and that a key names all that decides a page's bytes."""

from collections.abc import Mapping

import pytest
from starlette.types import Scope

from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.pages.columns import columns_of
from holdfast.grading.pages.keeping import Keeping, shelves
from holdfast.grading.service.editions import Editions
from holdfast.platform.web.rendered import Place

TEST = sorted(CATALOGUE)[0]


def keeping(editions: Editions | None = None, *, is_reader: bool = True) -> Keeping:
    return Keeping(editions or Editions(), columns_of(CATALOGUE), lambda _: is_reader, lambda: 1.0)


def scope(
    path: str, query: str = "", headers: Mapping[str, str] | None = None, **state: object
) -> Scope:
    raw = [(name.encode(), value.encode()) for name, value in (headers or {}).items()]
    known = {"role": 2, "uid": None, "who": "", **state}
    return {"path": path, "query_string": query.encode(), "headers": raw, "state": known}


def place(path: str, query: str = "") -> Place | None:
    return keeping().place(scope(path, query))


@pytest.mark.parametrize(
    ("path", "shelf"),
    [
        ("/", "class"),
        ("/tests", "class"),
        (f"/tests/{TEST}", "class"),
        ("/students/1234", "students"),
        ("/scoreboard", "boards"),
        ("/tonight", "boards"),
        ("/users", "programs"),
        ("/users/7/assignments", "programs"),
        ("/assignments", "programs"),
        ("/api/grading/standings", "programs"),
        ("/api/grading/tests", "programs"),
        ("/api/grading/students/7/attempts", "programs"),
    ],
)
def test_what_many_look_at_is_kept(path: str, shelf: str) -> None:
    found = place(path)
    assert found is not None
    assert found.shelf == shelf
    assert shelf in shelves(5.0, 1 << 20)


@pytest.mark.parametrize(
    "path",
    [
        "/attempts/" + "0" * 32,
        "/attempts/" + "0" * 32 + "/transcript.json",
        "/teach",
        "/causes",
        "/enter",
        "/me",
        "/online",
        "/api/grading/live",
        "/api/grading/incidents",
        "/api/grading/roster/tokens",
        "/tests/no-such-test",
        "/students/12345",
        "/students/1/2",
        "/health/live",
        "//",
    ],
)
def test_what_is_one_persons_or_unbounded_or_live_is_not_kept(path: str) -> None:
    assert place(path) is None


@pytest.mark.parametrize(
    "query",
    [
        "x=random",
        "year=2024&x=1",
        "name=anna",
        "year=1999",
        "test=no",
        "lang=de",
        "order=name&order=id",
        "only=1,x",
        "only=",
        "only=" + "1," * 100 + "1",
        "only=" + "1234," * 150 + "1",
        "a=&b=&c=&d=&e=&f=&g=",
        "cause=abc",
        "year=%F0",
        "%ff",
    ],
)
def test_a_hostile_or_free_query_takes_no_place(query: str) -> None:
    assert place("/", query) is None


def test_bytes_that_are_no_text_take_no_place() -> None:
    odd = scope("/") | {"query_string": b"year=\xff"}
    assert keeping().place(odd) is None


def test_a_query_takes_a_place_on_no_other_page() -> None:
    assert place("/students/1234", "before=" + "0" * 32) is None
    assert place("/api/grading/standings", "x=1") is None


def test_the_order_of_a_query_makes_no_difference() -> None:
    assert place("/", f"year=2024&test={TEST}") == place("/", f"test={TEST}&year=2024")
    assert place("/", "only=9,7") == place("/", "only=7,9")


def test_live_updates_have_a_shelf_of_their_own() -> None:
    found = place("/", "only=7,9")
    assert found is not None
    assert found.shelf == "live"
    assert found.asked.query == "only=7,9"


def test_who_asks_and_in_which_language_is_in_the_key() -> None:
    kept = keeping()
    scopes = [
        scope("/students/7"),
        scope("/students/7", role=1),
        scope("/students/7", uid=7),
        scope("/students/7", uid=8),
        scope("/students/7", who="Anna"),
        scope("/students/7", headers={"accept-language": "de"}),
        scope("/students/7", headers={"accept": "text/html"}),
    ]
    places = {kept.place(one) for one in scopes}
    assert None not in places
    assert len(places) == len(scopes)


def test_a_language_is_the_same_by_cookie_and_by_header() -> None:
    kept = keeping()
    by_cookie = kept.place(scope("/", headers={"cookie": "holdfast_language=de"}))
    by_header = kept.place(scope("/", headers={"accept-language": "de-AT,en;q=0.5"}))
    assert by_cookie == by_header


def test_nothing_else_that_a_reader_sends_is_in_the_key() -> None:
    kept = keeping()
    sent = {"cookie": "holdfast_grading=secret", "x-forwarded-for": "1.2.3.4", "host": "evil"}
    assert kept.place(scope("/", headers=sent)) == kept.place(scope("/"))


def test_who_is_no_reader_is_answered_anew() -> None:
    assert keeping(is_reader=False).place(scope("/")) is None


def test_news_of_a_student_move_their_pages_and_the_classs() -> None:
    editions = Editions()
    kept = keeping(editions)
    paths = ("/", "/assignments", "/students/7", "/users/7/assignments", "/students/8", "/tests")
    before = [kept.place(scope(path)) for path in paths]
    editions.touch(7)
    after = [kept.place(scope(path)) for path in paths]
    moved = [old != new for old, new in zip(before, after, strict=True)]
    assert moved[1:] == [True, True, True, False, False]


def test_a_form_that_was_taken_moves_everything_and_a_nodes_batch_does_not() -> None:
    editions = Editions()
    kept = keeping(editions)
    before = kept.place(scope("/tests"))
    kept.changed("/internal/grading/batch")
    assert kept.place(scope("/tests")) == before
    kept.changed("/teach/deadlines")
    assert kept.place(scope("/tests")) != before


def test_shelves_take_no_more_than_all_may() -> None:
    found = shelves(5.0, 8_000_000)
    assert sum(shelf.max_bytes for shelf in found.values()) <= 8_000_000
    assert max(shelf.keep_s for shelf in found.values()) == 5.0
    assert found["programs"].keep_s == 1.0

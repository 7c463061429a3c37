"""The page of results: cards of a page, links that keep everything, remedies for an empty list."""

from holdfast.flights.pages.results_view import CARDS, Shown, again, found_at, results_view
from holdfast.flights.pages.wish import Wish, wish_of
from tests.flights.pages.offers import ENDS, direct, found, offer
from tests.flights.pages.pages_site import query_of

MANY = found(
    *(
        offer(f"off_{n}", f"{100 + n}.00", direct(f"BA{n + 1}", f"2026-12-01T{n:02d}:00"))
        for n in range(CARDS * 2 + 1)
    )
)
FIELDS = {"from": "FRA", "to": "LHR", "out": "2026-12-01", "trip": "oneway"}
HERE = Shown("orq_2", "orq_1", "price", 1)


def wish() -> Wish:
    return wish_of(lambda name: FIELDS.get(name, ""))


def test_cards_come_in_pages() -> None:
    first = results_view(wish(), HERE, {}, MANY)
    assert (first.page, first.pages, len(first.cards)) == (1, 3, CARDS)
    assert first.previous_page == ""
    assert query_of(first.next_page)["page"] == ["2"]
    last = results_view(wish(), Shown("orq_2", page=99), {}, MANY)
    assert (last.page, len(last.cards), last.next_page) == (3, 1, "")
    assert last.locked_until == ENDS


def test_every_link_keeps_the_wish_the_search_and_what_is_chosen() -> None:
    chosen = {"stops": ("0",), "dep0": ("night", "morning")}
    view = results_view(wish(), HERE, chosen, MANY)
    for address in [view.next_page, *(link.address for link in view.orders)]:
        query = query_of(address)
        assert {name: query[name][0] for name in FIELDS} == FIELDS
        assert (query["search"], query["before"]) == (["orq_2"], ["orq_1"])
        assert query["dep0"] == ["night", "morning"]
    assert "stops" not in query_of(view.reset)
    assert ("search", "orq_2") in view.kept
    assert [link.name for link in view.orders if link.is_current] == ["price"]


def test_another_day_is_another_search() -> None:
    view = results_view(wish(), HERE, {}, MANY)
    assert query_of(view.later)["out"] == ["2026-12-02"]
    assert query_of(view.earlier)["out"] == ["2026-11-30"]
    assert "search" not in query_of(view.later)
    assert view.edit.startswith("/?")


def test_an_empty_list_has_a_remedy_for_each_filter_to_blame() -> None:
    view = results_view(wish(), HERE, {"price": ("1",), "stops": ("0",)}, MANY)
    assert (view.left, view.total, view.cards) == (0, len(MANY), ())
    (remedy,) = view.remedies
    assert (remedy.blame.name, remedy.blame.left) == ("price", len(MANY))
    assert "price" not in query_of(remedy.address)
    assert query_of(remedy.address)["stops"] == ["0"]
    assert results_view(wish(), HERE, {}, MANY).remedies == ()


def test_a_search_that_ended_becomes_the_one_before() -> None:
    query = query_of(again(wish(), HERE, {"stops": ("0",)}))
    assert query["before"] == ["orq_2"]
    assert "search" not in query
    assert query["sort"] == ["price"]
    made = query_of(found_at(wish(), "orq_3", Shown(before="orq_2"), {}))
    assert (made["search"], made["before"]) == (["orq_3"], ["orq_2"])


def test_nothing_found_has_no_lock() -> None:
    view = results_view(wish(), Shown("orq_2"), {}, ())
    assert (view.total, view.locked_until, view.pages) == (0, None, 1)

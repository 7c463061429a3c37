"""The law of the results page: one wish, what was found, what is chosen, as one page shows it.

PURE. Every address on the page is worked out here: each keeps the whole wish, the search whose
prices are locked, and what is chosen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from holdfast.flights.pages import links
from holdfast.flights.pages.filters import (
    ORDERS,
    Blame,
    Chosen,
    FacetGroup,
    blames,
    facets,
    groups_of,
    in_order,
    left_by,
    pairs_of,
    without,
)
from holdfast.flights.pages.itineraries import Itinerary, lock_of
from holdfast.flights.pages.price_news import News
from holdfast.flights.pages.wish import Pairs, Wish

CARDS = 8
"""Cards of a page: what keeps it under 100 kB with six fares each."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link: the name of what it is, its address, whether that is where we are."""

    name: str
    address: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Remedy:
    """A filter that left nothing: without it `left` would be there, at `address`."""

    blame: Blame
    address: str


@dataclass(frozen=True, slots=True)
class ResultsView:
    """The page. `kept`: fields that the filters' form sends along. `total`: itineraries found,
    `left`: after the filters; `cards`: those of this page."""

    wish: Wish
    cards: tuple[Itinerary, ...]
    total: int
    left: int
    filters: tuple[FacetGroup, ...]
    is_filtered: bool
    orders: tuple[Link, ...]
    remedies: tuple[Remedy, ...]
    reset: str
    again: str
    earlier: str
    later: str
    edit: str
    kept: Pairs
    previous_page: str
    next_page: str
    page: int
    pages: int
    locked_until: datetime | None
    news: News | None


@dataclass(frozen=True, slots=True)
class Shown:
    """What an address wants: the search, the one before it, an order and a page."""

    search: str = ""
    before: str = ""
    order: str = ""
    page: int = 1


def results_view(
    wish: Wish,
    shown: Shown,
    chosen: Chosen,
    found: Sequence[Itinerary],
    news: News | None = None,
) -> ResultsView:
    """The page of what was found."""
    groups = groups_of(found, chosen)
    left = in_order(left_by(found, groups, chosen), shown.order)
    pages = max(1, -(-len(left) // CARDS))
    page = min(max(1, shown.page), pages)
    fixed: Pairs = [*wish.pairs(), ("search", shown.search), ("before", shown.before)]
    order = shown.order if shown.order in ORDERS else ORDERS[0]
    ordered = ("sort", "" if order == ORDERS[0] else order)

    def at(filters: Chosen, number: int = 1) -> str:
        turned = ("page", str(number) if number > 1 else "")
        return links.results([*fixed, *pairs_of(filters), ordered, turned])

    remedies = () if left else blames(found, groups, chosen)
    return ResultsView(
        wish=wish,
        cards=tuple(left[(page - 1) * CARDS : page * CARDS]),
        total=len(found),
        left=len(left),
        filters=facets(found, groups, chosen),
        is_filtered=bool(chosen),
        orders=tuple(Link(name, _sorted(fixed, chosen, name), name == order) for name in ORDERS),
        remedies=tuple(Remedy(one, at(without(chosen, one.name))) for one in remedies),
        reset=at({}),
        again=again(wish, shown, chosen),
        earlier=links.results([*wish.moved(-1).pairs(), ordered]),
        later=links.results([*wish.moved(1).pairs(), ordered]),
        edit=links.with_query(links.SEARCH, wish.pairs()),
        kept=[*fixed, ordered],
        previous_page=at(chosen, page - 1) if page > 1 else "",
        next_page=at(chosen, page + 1) if page < pages else "",
        page=page,
        pages=pages,
        locked_until=lock_of(found),
        news=news,
    )


def again(wish: Wish, shown: Shown, chosen: Chosen) -> str:
    """Search anew, with everything as it is; the search of now becomes the one before."""
    pairs: Pairs = [*wish.pairs(), ("before", shown.search), *pairs_of(chosen)]
    return links.results([*pairs, ("sort", shown.order)])


def found_at(wish: Wish, search: str, shown: Shown, chosen: Chosen) -> str:
    """Where a search that was just made is shown."""
    pairs: Pairs = [*wish.pairs(), ("search", search), ("before", shown.before)]
    return links.results([*pairs, *pairs_of(chosen), ("sort", shown.order)])


def _sorted(fixed: Pairs, chosen: Chosen, name: str) -> str:
    order = "" if name == ORDERS[0] else name
    return links.results([*fixed, *pairs_of(chosen), ("sort", order)])

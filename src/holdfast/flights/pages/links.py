"""The law of links: every address of the pages is written here once.

PURE. Whatever comes from elsewhere is quoted, so that it stays one part of its address.
"""

from collections.abc import Iterable
from urllib.parse import quote, urlencode

SEARCH = "/"
PLACES = "/places"
RESULTS = "/results"
FLIGHTS = "/flights"
ORDERS = "/orders"
OWN_ORDERS = "/orders/mine"
MINE = "mine"
"""Stands where other orders' links have their seal: whoever owns it has to log in."""
ENTER = "/enter"
ME = "/me"
DESK = "/desk"
LANGUAGE = "/language"
MAX_NEXT_CHARS = 2000
"""Of an address to go back to; ours are shorter."""


def with_query(path: str, pairs: Iterable[tuple[str, str]]) -> str:
    """A path with its query; pairs without a value are left out."""
    query = urlencode([(name, value) for name, value in pairs if value])
    return f"{path}?{query}" if query else path


def results(pairs: Iterable[tuple[str, str]]) -> str:
    """The results of a search."""
    return with_query(RESULTS, pairs)


def flight(designator: str, date: str = "") -> str:
    """A flight's status on a date, or today."""
    return with_query(f"{FLIGHTS}/{quote(designator, safe='')}", [("date", date)])


def offer(offer_id: str) -> str:
    """Where an offer is chosen."""
    return f"/offers/{quote(offer_id, safe='')}"


def language(code: str, here: str) -> str:
    """Switch the language, and come back."""
    return with_query(f"{LANGUAGE}/{quote(code, safe='')}", [("next", here)])


def is_ours(address: str) -> bool:
    """Whether an address to go on to is a page of this site: a path, and nothing that a browser
    would read as another host."""
    return (
        len(address) <= MAX_NEXT_CHARS
        and address.startswith("/")
        and not address.startswith(("//", "/\\"))
        and address.isascii()
        and address.isprintable()
        and "\\" not in address
    )


def seats(offer_id: str, **query: str) -> str:
    """Where seats of an offer are chosen: `step`, `seats` (chosen so far), `pick`, `go`."""
    return with_query(f"{offer(offer_id)}/seats", query.items())


def passengers(offer_id: str, chosen: str = "") -> str:
    """Where an offer is booked."""
    return with_query(f"{offer(offer_id)}/passengers", [("seats", chosen)])


def enter(back: str) -> str:
    """Where to log in, and where to go on then."""
    return with_query(ENTER, [("next", back)])


def order(order_id: str, seal: str, part: str = "") -> str:
    """An order's page, or a part of it."""
    path = f"{ORDERS}/{quote(order_id, safe='')}/{quote(seal, safe='')}"
    return f"{path}/{part}" if part else path

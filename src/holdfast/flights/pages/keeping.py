"""The law of keeping: which travel pages are made once for all who ask the same.

Only for a stranger: who sends no cookie and no credentials gets what every stranger gets. Kept are
the empty forms, a flight's status and the suggestions of places; never anything with offers,
prices, orders, seats or an account in it, whoever asks. All that decides the bytes is in the key:
address, language, whether a browser asks, and the day for forms that show it. An address of any
other form is answered anew.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.types import Scope

from holdfast.flights.pages import links
from holdfast.flights.pages.languages import language_of
from holdfast.flights.pages.site import FOR_ALL
from holdfast.flights.pages.wish import MAX_PLACE_CHARS
from holdfast.platform.web.rendered import Asked, Place, Shelf

MAX_QUERY_CHARS = 300
"""A place of `MAX_PLACE_CHARS` as an address writes it."""
PERSONAL = ("cookie", "authorization", "proxy-authorization")
"""Headers by which somebody may be known."""
_FLIGHT = re.compile(rf"{links.FLIGHTS}/[A-Za-z0-9]{{3,8}}", re.ASCII)
_DAY = re.compile(r"20[0-9]{2}-[01][0-9]-[0-3][0-9]", re.ASCII)
_FORMS = frozenset({links.SEARCH, links.FLIGHTS})


def shelves(keep_s: float, max_bytes: int) -> dict[str, Shelf]:
    """Where pages are kept, `max_bytes` in all: a flood on one shelf leaves the others alone."""
    part = max_bytes // 4
    return {
        "forms": Shelf(keep_s, part, 16),
        "status": Shelf(keep_s, 2 * part, 2_000),
        "places": Shelf(keep_s, part, 4_000),
    }


def is_stranger(headers: Headers) -> bool:
    """Whether a request has nothing by which one visitor could differ from another."""
    return not any(name in headers for name in PERSONAL)


@dataclass(frozen=True, slots=True)
class Keeping:
    """Chooses places. `today`: the day that forms show."""

    today: Callable[[], date]

    def place(self, scope: Scope) -> Place | None:
        """The place of the answer to a request, None for one that is not kept."""
        headers = Headers(scope=scope)
        if not is_stranger(headers):
            return None
        path, raw = scope["path"], scope["query_string"]
        query = _query(path, raw) if len(raw) <= MAX_QUERY_CHARS else None
        if query is None:
            return None
        shelf = "forms" if path in _FORMS else "places" if path == links.PLACES else "status"
        language = language_of(None, headers.get("accept-language"))
        accepts = "text/html" if "text/html" in headers.get("accept", "") else "*/*"
        asked = Asked(
            path,
            query=query,
            headers=(("accept", accepts), ("accept-language", language)),
            state=((FOR_ALL, True),),
        )
        return Place(shelf, asked, self.today())


def _query(path: str, raw: bytes) -> str | None:
    """The query as the page reads it, None for an address that is not kept."""
    if path in _FORMS:
        return None if raw else ""
    wanted = "q" if path == links.PLACES else "date" if _FLIGHT.fullmatch(path) else None
    if wanted is None:
        return None
    try:
        pairs = parse_qsl(raw.decode("ascii"), True, max_num_fields=2)
    except ValueError:
        return None
    if not pairs:
        return "" if wanted == "date" else None
    if len(pairs) != 1 or pairs[0][0] != wanted:
        return None
    value = pairs[0][1]
    fits = _DAY.fullmatch(value) if wanted == "date" else len(value) <= MAX_PLACE_CHARS
    return urlencode([(wanted, value)]) if fits else None

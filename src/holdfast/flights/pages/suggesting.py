"""Places from the API: for a script that suggests while somebody types, and for what was typed.

What nobody can mean is asked nobody for.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.responses import JSONResponse, Response

from holdfast.flights.pages import links
from holdfast.flights.pages.api import Away, Question, Refused
from holdfast.flights.pages.places import Choice, choice_of, choices, code_in, decided
from holdfast.flights.pages.problems import status_of
from holdfast.flights.pages.rendering import HEADERS
from holdfast.flights.pages.site import Route, Site, Visit
from holdfast.flights.pages.wish import MAX_PLACE_CHARS
from holdfast.flights.wire.duffel_places import SuggestionShape

MAX_SHOWN = 8
"""As many as a list under a field shows."""


@dataclass(frozen=True, slots=True)
class Meant:
    """What typed places come to: `codes` of those that are sure, `choices` of those that are not
    (none: nothing is known by that name)."""

    codes: dict[str, str]
    choices: dict[str, list[Choice]]


async def suggestions(
    site: Site, visit: Visit, typed: str
) -> list[SuggestionShape] | Refused | Away:
    """What the API suggests."""
    if not typed or not typed.isprintable():
        return []
    question = Question(
        "GET", "/places/suggestions", query={"query": typed}, request_id=visit.request_id
    )
    return await site.api.ask(question, list[SuggestionShape])


async def meant_by(site: Site, visit: Visit, typed: Iterable[str]) -> Meant | Refused | Away:
    """What these texts mean, asked for all at once."""
    texts = list(typed)
    sought = [code_in(text) or text for text in texts]
    found = await asyncio.gather(*(suggestions(site, visit, text) for text in sought))
    meant = Meant({}, {})
    for text, search, answer in zip(texts, sought, found, strict=True):
        if isinstance(answer, Refused | Away):
            return answer
        code = decided(search, answer)
        if code is None:
            meant.choices[text] = choices(answer)
        else:
            meant.codes[text] = code
    return meant


async def show(site: Site, visit: Visit) -> Response:
    """`/places?q=`: suggestions for a script, as JSON."""
    found = await suggestions(site, visit, visit.ask("q", MAX_PLACE_CHARS))
    if isinstance(found, Refused | Away):
        return JSONResponse([], status_of(found, visit.request_id), headers=HEADERS)
    shown = [choice_of(one) for one in found[:MAX_SHOWN]]
    body = [
        {"code": one.code, "name": one.name, "detail": one.detail, "text": one.text}
        for one in shown
    ]
    return JSONResponse(body, headers=HEADERS)


PAGES = (Route("GET", links.PLACES, show),)

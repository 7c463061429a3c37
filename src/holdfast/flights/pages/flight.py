"""How a flight stands: by number and date, with everything that was told of it.

`BA117 tomorrow` is a question; the address of its answer has a number and a date. Which day is
today where the flight departs, the API says.
"""

import asyncio
from datetime import date, timedelta
from functools import partial

from starlette.responses import RedirectResponse, Response

from holdfast.flights.domain.place import Aircraft
from holdfast.flights.pages import links
from holdfast.flights.pages.api import Away, Question, Refused, at
from holdfast.flights.pages.figures import clock, short_day
from holdfast.flights.pages.flight_query import MAX_CHARS, FlightAsk, flight_ask
from holdfast.flights.pages.flight_view import Fact, days_in, flight_view, stations
from holdfast.flights.pages.problems import told
from holdfast.flights.pages.rendering import HEADERS
from holdfast.flights.pages.site import Route, Site, Visit
from holdfast.flights.pages.suggesting import suggestions
from holdfast.flights.wire.duffel_places import AircraftShape
from holdfast.flights.wire.status_shapes import FlightStatusShape

MAX_STATIONS = 12
"""Airports of one flight whose names are asked for; no flight calls at as many."""


async def ask(site: Site, visit: Visit) -> Response:
    """`/flights?q=BA117 tomorrow`: on to the flight; without a question, the form."""
    typed = visit.ask("q", MAX_CHARS)
    if not typed:
        return site.render.page(visit, "flights.html", typed="", wrong=False)
    asked = flight_ask(typed, visit.now.date())
    if asked is None:
        return site.render.page(visit, "flights.html", 422, typed=typed, wrong=True)
    day = asked.day
    if day is None and asked.near:
        today = await _today(site, visit, asked)
        if isinstance(today, Refused | Away):
            return told(site, visit, today)
        day = today + timedelta(days=asked.near)
    address = links.flight(asked.designator, day.isoformat() if day else "")
    return RedirectResponse(address, 303, HEADERS)


async def show(site: Site, visit: Visit) -> Response:
    """`/flights/BA117?date=2026-12-01`: how it stands; today's flight without a date."""
    designator, day = visit.request.path_params["designator"][:64], visit.ask("date", 10)
    found = await _status(site, visit, designator, day)
    if isinstance(found, Refused) and found.status in (400, 404):
        return _unknown(site, visit, designator, day, found)
    if isinstance(found, Refused | Away):
        return told(site, visit, found)
    codes = stations(found)[:MAX_STATIONS]
    types = list(dict.fromkeys(leg.aircraft for leg in found.legs if leg.aircraft))
    names, aircraft = await asyncio.gather(
        _names(site, visit, codes), _aircraft(site, visit, types)
    )
    view = flight_view(found, names, aircraft)
    return site.render.page(visit, "flight.html", view=view, said=partial(_said, visit))


def _unknown(site: Site, visit: Visit, designator: str, day: str, refused: Refused) -> Response:
    near = [(one, links.flight(designator, one.isoformat())) for one in days_in(refused.message)]
    near = [one for one in near if one[0].isoformat() != day]
    kind = "wrong" if refused.status == 400 else "day" if near else "unknown"
    return site.render.page(
        visit,
        "flight_unknown.html",
        refused.status,
        designator=designator.upper(),
        near=near,
        kind=kind,
    )


async def _status(
    site: Site, visit: Visit, designator: str, day: str
) -> FlightStatusShape | Refused | Away:
    question = Question(
        "GET",
        at("/api/flights/status/{}", designator),
        query={"date": day} if day else {},
        request_id=visit.request_id,
        enveloped=False,
    )
    return await site.api.ask(question, FlightStatusShape)


async def _today(site: Site, visit: Visit, asked: FlightAsk) -> date | Refused | Away:
    """Today where the flight departs; in UTC for one that does not fly today."""
    found = await _status(site, visit, asked.designator, "")
    if isinstance(found, Away) or (isinstance(found, Refused) and found.status != 404):
        return found
    return visit.now.date() if isinstance(found, Refused) else found.date


async def _names(site: Site, visit: Visit, codes: list[str]) -> dict[str, str]:
    """Names of airports; a code whose name is not told stands for itself."""
    answers = await asyncio.gather(*(suggestions(site, visit, code) for code in codes))
    names: dict[str, str] = {}
    for code, answer in zip(codes, answers, strict=True):
        if isinstance(answer, Refused | Away):
            continue
        named = [one for one in answer if one.iata_code == code and one.type == "airport"]
        for one in named:
            names[code] = one.city_name or one.name
    return names


async def _aircraft(site: Site, visit: Visit, codes: list[str]) -> dict[str, str]:
    async def named(code: str) -> tuple[str, str]:
        path = at("/air/aircraft/{}", Aircraft(code, code).id)
        found = await site.api.ask(
            Question("GET", path, request_id=visit.request_id), AircraftShape
        )
        return code, code if isinstance(found, Refused | Away) else found.name

    return dict(await asyncio.gather(*(named(code) for code in codes[:MAX_STATIONS])))


def _said(visit: Visit, fact: Fact, day: date) -> str:
    """A fact that was told: states in words, moments as a local time, with another day's date."""
    if fact.at is None:
        return visit.words.known(f"flight.state.{fact.text}", fact.text)
    if fact.at.date() == day:
        return clock(fact.at)
    return f"{short_day(fact.at.date(), visit.language)}, {clock(fact.at)}"


PAGES = (
    Route("GET", links.FLIGHTS, ask),
    Route("GET", f"{links.FLIGHTS}/{{designator}}", show),
)

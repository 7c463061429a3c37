"""Choosing seats: one step for each traveller on each flight; everything stands in the address.

A step is a form of radio buttons. What a form chose is checked against the seat map of now, then
the browser is sent to the next step. A seat with disclosures asks for a tick first. The script of
the page only adds arrow keys, the running total and news of seats that others take.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from starlette.responses import JSONResponse, RedirectResponse, Response

from holdfast.flights.pages import links
from holdfast.flights.pages.api import Listed, Problem, Question
from holdfast.flights.pages.best_seats import best_seats
from holdfast.flights.pages.figures import moment_of
from holdfast.flights.pages.offers import ended, offer_of
from holdfast.flights.pages.rendering import HEADERS
from holdfast.flights.pages.seat_choice import (
    MAX_TEXT_CHARS,
    Checked,
    Pick,
    Sitter,
    Step,
    checked,
    holders,
    picks_of,
    picks_text,
    sitters_of,
    steps_of,
    with_pick,
    without,
)
from holdfast.flights.pages.seat_plan import SeatCell, SeatPlan, SeatState, seat_plan
from holdfast.flights.pages.site import Route, Site, Visit
from holdfast.flights.pages.trip_view import FlightLine, flights_of, trip_of
from holdfast.flights.wire.duffel_offers import OfferShape
from holdfast.flights.wire.duffel_seat_maps import SeatMapShape

SEAT_MAPS = "/air/seat_maps"
MAX_DESIGNATOR_CHARS = 5


GOES = frozenset({"next", "skip", "best", "done"})
"""What the buttons of a step mean."""


@dataclass(frozen=True, slots=True)
class Seating:
    """An offer with its seat maps, one for each flight in order."""

    offer: OfferShape
    flights: tuple[FlightLine, ...]
    maps: tuple[SeatMapShape, ...]
    sitters: tuple[Sitter, ...]
    steps: tuple[Step, ...]

    def plan(self, step: Step, picks: Sequence[Pick]) -> SeatPlan:
        """What the traveller of a step sees."""
        flight = self.flights[step.segment - 1]
        found = self.maps[step.segment - 1]
        return seat_plan(found, step.sitter.id, holders(picks, step.segment), flight.cabin)

    def checked(self, picks: Sequence[Pick]) -> Checked:
        """What can be had of choices."""
        return checked(picks, self.maps, self.sitters)


async def seating_of(site: Site, visit: Visit) -> Seating | Problem:
    """The offer of the address with its seat maps of now, or why there are none."""
    offer_id = str(visit.request.path_params["offer"])
    question = Question("GET", SEAT_MAPS, query={"offer_id": offer_id}, request_id=visit.request_id)
    offer, maps = await asyncio.gather(
        offer_of(site, visit), site.api.listed(question, SeatMapShape)
    )
    if not isinstance(offer, OfferShape):
        return offer
    if not isinstance(maps, Listed):
        return maps
    flights = tuple(flights_of(trip_of(offer.slices)))
    by_segment = {one.segment_id: one for one in maps.items}
    empty = [SeatMapShape("", "", flight.id, []) for flight in flights]
    sitters = sitters_of([(who.id, who.type.value) for who in offer.passengers])
    return Seating(
        offer=offer,
        flights=flights,
        maps=tuple(by_segment.get(one.segment_id, one) for one in empty),
        sitters=sitters,
        steps=steps_of(len(flights), sitters),
    )


@dataclass(frozen=True, slots=True)
class Turn:
    """One step as it was asked for, with the seats that were chosen before."""

    seating: Seating
    step: Step
    picks: tuple[Pick, ...]

    @property
    def plan(self) -> SeatPlan:
        """What this traveller sees."""
        return self.seating.plan(self.step, self.picks)

    def with_picks(self, picks: Sequence[Pick]) -> "Turn":
        """The same step after another choice."""
        return replace(self, picks=tuple(picks))


async def show(site: Site, visit: Visit) -> Response:
    """`/offers/{id}/seats`: a step, or on to the next one."""
    seating = await seating_of(site, visit)
    if not isinstance(seating, Seating):
        return await ended(site, visit, seating)
    if not seating.steps:
        return _sent(links.passengers(seating.offer.id))
    turn = _turn(visit, seating)
    go, chosen = visit.ask("go"), visit.ask("pick", MAX_DESIGNATOR_CHARS)
    if go == "skip":
        return _next(turn.with_picks(without(turn.picks, *_place(turn.step))))
    if go == "best":
        return _best(site, visit, turn)
    if go not in GOES:
        return _page(site, visit, turn)
    if not chosen:
        return _done(turn) if go == "done" else _next(turn)
    is_confirmed = visit.ask("confirm", MAX_DESIGNATOR_CHARS) == chosen
    return _picked(site, visit, turn, Pick(*_place(turn.step), chosen, is_confirmed))


async def free(site: Site, visit: Visit) -> Response:
    """`/offers/{id}/seats/free`: the seats that the traveller of a step can have now."""
    seating = await seating_of(site, visit)
    if not isinstance(seating, Seating) or not seating.steps:
        return JSONResponse({"free": None}, 410, HEADERS)
    found = [
        one.designator for one in _turn(visit, seating).plan.seats() if one.state is SeatState.FREE
    ]
    return JSONResponse({"free": found}, headers=HEADERS)


def _picked(site: Site, visit: Visit, turn: Turn, pick: Pick) -> Response:
    """What a form chose: taken over, or why not."""
    seat = turn.plan.seat(pick.designator)
    if seat is None or seat.state is not SeatState.FREE:
        return _page(site, visit, turn, lost=(pick,))
    if seat.disclosures and not pick.confirmed:
        return _page(site, visit, turn, confirm=seat, was_asked=visit.ask("asked") == "1")
    chosen = turn.with_picks(with_pick(turn.picks, pick))
    return _done(chosen) if visit.ask("go") == "done" else _next(chosen)


def _best(site: Site, visit: Visit, turn: Turn) -> Response:
    """Seats for the whole party on this flight, together if there are such."""
    seating, segment = turn.seating, turn.step.segment
    others = [one for one in turn.picks if one.segment != segment]
    found = best_seats(turn.with_picks(others).plan, len(seating.sitters))
    if not found:
        return _page(site, visit, turn, is_full=True)
    chosen = [
        Pick(segment, who.number, seat) for who, seat in zip(seating.sitters, found, strict=True)
    ]
    first = next(one.number for one in seating.steps if one.segment == segment)
    return _sent(_address(turn.with_picks([*others, *chosen]), first))


def _page(
    site: Site,
    visit: Visit,
    turn: Turn,
    *,
    lost: Sequence[Pick] = (),
    confirm: SeatCell | None = None,
    was_asked: bool = False,
    is_full: bool = False,
) -> Response:
    seating, step = turn.seating, turn.step
    found = seating.checked(turn.picks)
    kept = [one.pick for one in found.seats]
    mine = next((one for one in found.seats if _place(one.pick) == _place(step)), None)
    turn = turn.with_picks(kept)
    return site.render.page(
        visit,
        "seats.html",
        409 if lost else 200,
        offer=seating.offer,
        flight=seating.flights[step.segment - 1],
        flights=seating.flights,
        step=step,
        steps=[one for one in seating.steps if one.segment == step.segment],
        plan=turn.plan,
        seats=found.seats,
        mine=confirm.designator if confirm else mine.pick.designator if mine else "",
        others=found.total(seating.offer.total_currency).minor - (mine.price.minor if mine else 0),
        total=found.total(seating.offer.total_currency),
        chosen=picks_text(kept),
        lost=[*lost, *found.lost],
        confirm=confirm,
        was_asked=was_asked,
        is_full=is_full,
        until=moment_of(seating.offer.expires_at),
        address=lambda number: _address(turn, number),
    )


def _turn(visit: Visit, seating: Seating) -> Turn:
    asked = visit.ask("step", 3)
    number = int(asked) if asked.isascii() and asked.isdigit() else 1
    step = seating.steps[min(max(number, 1), len(seating.steps)) - 1]
    return Turn(seating, step, picks_of(visit.ask("seats", MAX_TEXT_CHARS)))


def _next(turn: Turn) -> Response:
    number = turn.step.number + 1
    return _done(turn) if number > turn.step.of else _sent(_address(turn, number))


def _done(turn: Turn) -> Response:
    return _sent(links.passengers(turn.seating.offer.id, picks_text(turn.picks)))


def _address(turn: Turn, number: int) -> str:
    chosen = picks_text(turn.picks)
    return links.seats(turn.seating.offer.id, step=str(number), seats=chosen)


def _sent(address: str) -> Response:
    return RedirectResponse(address, 303, HEADERS)


def _place(one: Step | Pick) -> tuple[int, int]:
    """Segment and passenger."""
    return one.segment, one.passenger if isinstance(one, Pick) else one.sitter.number


PAGES = (
    Route("GET", "/offers/{offer}/seats", show),
    Route("GET", "/offers/{offer}/seats/free", free),
)

"""The law of chosen seats: they stand in the address, so that they need no memory and no script.

PURE. `1.2.14C` is the seat 14C for the second passenger on the first flight; a `!` behind it says
that its disclosures were confirmed. Whatever else stands there is passed over. What a choice costs
and whether it can still be had is asked of the seat maps every time.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from holdfast.flights.domain.money import Money
from holdfast.flights.pages.seat_plan import elements_of, price_of, services_of, text_of
from holdfast.flights.wire.duffel_seat_maps import ElementShape, SeatMapShape, SeatServiceShape

MAX_PICKS = 100
"""As many services as an order takes: nine passengers on six directions with a stop each."""
MAX_TEXT_CHARS = 1600
_PICK = re.compile(r"([1-9]\d?)\.([1-9])\.([1-9]\d{0,2}[A-Z])(!?)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Pick:
    """A seat that somebody chose; numbers count from 1. `confirmed`: so were its disclosures."""

    segment: int
    passenger: int
    designator: str
    confirmed: bool = False

    @property
    def text(self) -> str:
        """As it stands in an address."""
        mark = "!" if self.confirmed else ""
        return f"{self.segment}.{self.passenger}.{self.designator}{mark}"


@dataclass(frozen=True, slots=True)
class Sitter:
    """Somebody who needs a seat: number from 1 in the offer, and the API's id."""

    number: int
    id: str
    type: str


@dataclass(frozen=True, slots=True)
class Step:
    """One seat to choose: `number` of `of`, for a passenger on a segment (numbers from 1)."""

    number: int
    of: int
    segment: int
    sitter: Sitter


@dataclass(frozen=True, slots=True)
class ChosenSeat:
    """A choice that can be had."""

    pick: Pick
    service_id: str
    name: str
    price: Money
    disclosures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of choices: those that can be had, those that cannot (any more), and those whose
    disclosures nobody confirmed."""

    seats: tuple[ChosenSeat, ...]
    lost: tuple[Pick, ...]
    unconfirmed: tuple[ChosenSeat, ...]

    def total(self, currency: str) -> Money:
        """What all that can be had costs."""
        return Money(sum(one.price.minor for one in self.seats), currency)


def picks_of(text: str) -> tuple[Pick, ...]:
    """The choices in an address: one for a passenger on a segment, no seat twice; later ones
    replace earlier ones."""
    found: dict[tuple[int, int], Pick] = {}
    for part in text[:MAX_TEXT_CHARS].split(","):
        match = _PICK.fullmatch(part)
        if match is None:
            continue
        pick = Pick(int(match[1]), int(match[2]), match[3], bool(match[4]))
        found = {key: one for key, one in found.items() if not _same_seat(one, pick)}
        found[pick.segment, pick.passenger] = pick
    return tuple(sorted(found.values(), key=_place)[:MAX_PICKS])


def picks_text(picks: Iterable[Pick]) -> str:
    """Choices as they stand in an address."""
    return ",".join(one.text for one in sorted(picks, key=_place))


def with_pick(picks: Iterable[Pick], pick: Pick) -> tuple[Pick, ...]:
    """The choices with one more, which replaces what its passenger or its seat had."""
    kept = [one for one in picks if not (_same_seat(one, pick) or _place(one) == _place(pick))]
    return tuple(sorted([*kept, pick], key=_place))


def without(picks: Iterable[Pick], segment: int, passenger: int) -> tuple[Pick, ...]:
    """The choices without a passenger's on a segment."""
    return tuple(one for one in picks if (one.segment, one.passenger) != (segment, passenger))


def holders(picks: Iterable[Pick], segment: int) -> Mapping[str, int]:
    """Whose each chosen seat of a segment is."""
    return {one.designator: one.passenger for one in picks if one.segment == segment}


def sitters_of(passengers: Sequence[tuple[str, str]]) -> tuple[Sitter, ...]:
    """Who needs a seat, of (id, type) of all passengers: infants sit on laps."""
    return tuple(
        Sitter(number, id_, kind)
        for number, (id_, kind) in enumerate(passengers, start=1)
        if kind != "infant_without_seat"
    )


def steps_of(segments: int, sitters: Sequence[Sitter]) -> tuple[Step, ...]:
    """All seats there are to choose: flight by flight, everybody on each."""
    places = [(segment, who) for segment in range(1, segments + 1) for who in sitters]
    return tuple(
        Step(number, len(places), segment, who)
        for number, (segment, who) in enumerate(places, start=1)
    )


def checked(
    picks: Iterable[Pick], maps: Sequence[SeatMapShape], sitters: Sequence[Sitter]
) -> Checked:
    """What can be had of the choices by the seat maps of now, one map for each segment in order."""
    ids = {who.number: who.id for who in sitters}
    seats: list[ChosenSeat] = []
    lost: list[Pick] = []
    for pick in picks:
        element = _element(maps, pick)
        service = _service(element, ids.get(pick.passenger)) if element else None
        if element is None or service is None:
            lost.append(pick)
            continue
        told = element.disclosures
        seats.append(
            ChosenSeat(
                pick=pick,
                service_id=service.id,
                name=text_of(element.name),
                price=price_of(service),
                disclosures=told if isinstance(told, tuple) else (),
            )
        )
    open_ones = tuple(one for one in seats if one.disclosures and not one.pick.confirmed)
    return Checked(tuple(seats), tuple(lost), open_ones)


def confirmed(pick: Pick) -> Pick:
    """The choice with its disclosures confirmed."""
    return replace(pick, confirmed=True)


def _element(maps: Sequence[SeatMapShape], pick: Pick) -> ElementShape | None:
    if pick.segment > len(maps):
        return None
    for cabin in maps[pick.segment - 1].cabins:
        for element in elements_of(cabin):
            if element.designator == pick.designator:
                return element
    return None


def _service(element: ElementShape, passenger_id: str | None) -> SeatServiceShape | None:
    return next((one for one in services_of(element) if one.passenger_id == passenger_id), None)


def _place(pick: Pick) -> tuple[int, int]:
    return pick.segment, pick.passenger


def _same_seat(one: Pick, other: Pick) -> bool:
    return (one.segment, one.designator) == (other.segment, other.designator)

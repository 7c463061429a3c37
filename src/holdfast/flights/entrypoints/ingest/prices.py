"""The law of stopped prices: what the guard parked is shown, and an operator decides.

A leap of a price that looks like a mistake is not published; until somebody decides, the price
that counted before counts on, or nothing is sold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from msgspec import Struct

from holdfast.flights.domain.delivery import is_airline
from holdfast.flights.domain.money import amount_text
from holdfast.flights.entrypoints.http.acts import Recording
from holdfast.flights.entrypoints.http.faults import invalid_field, not_found
from holdfast.flights.entrypoints.http.operation import Call, Operation, elsewhere
from holdfast.flights.entrypoints.http.parameters import text, whole
from holdfast.flights.service.approve_prices import ApprovePrices
from holdfast.flights.service.ports.parked_prices import WaitingPrice
from holdfast.platform.auth.audit import Act

MAX_AFTER = 10**15
_PATH = "/api/flights/prices/parked"


class ParkedPriceShape(Struct, frozen=True):
    """A price that waits: what counts meanwhile and what is asked, as decimal texts."""

    id: int
    airline: str
    what: str
    currency: str
    accepted: str
    asked: str
    sequence: int
    parked_at: datetime
    is_on_sale: bool

    @classmethod
    def of(cls, one: WaitingPrice) -> "ParkedPriceShape":
        return cls(
            id=one.id,
            airline=one.airline,
            what=one.what,
            currency=one.currency,
            accepted=amount_text(one.accepted.total, one.currency),
            asked=amount_text(one.asked.total, one.currency),
            sequence=one.sequence,
            parked_at=datetime.fromtimestamp(one.parked_at, UTC),
            is_on_sale=one.is_on_sale,
        )


class ParkedPricesShape(Struct, frozen=True):
    """A page of them, by id; go on after the last one."""

    prices: list[ParkedPriceShape]


class DecidedShape(Struct, frozen=True):
    """What was decided."""

    id: int
    outcome: Literal["approved", "refused"]


def _declared(path: str, summary: str) -> Operation:
    return Operation(
        "POST",
        path,
        summary,
        elsewhere,
        DecidedShape,
        scope="operate",
        envelope=False,
        dialect="native",
        tag="prices",
    )


PARKED = Operation(
    "GET",
    _PATH,
    "Prices that wait because they look like mistakes",
    elsewhere,
    ParkedPricesShape,
    parameters=(
        text("airline", 3, "Only of this airline."),
        whole("after", 0, MAX_AFTER, "Only ids above it."),
    ),
    scope="operate",
    envelope=False,
    dialect="native",
    tag="prices",
)
APPROVE = _declared(f"{_PATH}/{{id}}/approve", "Let a stopped price count")
REFUSE = _declared(f"{_PATH}/{{id}}/refuse", "Keep the price that counts")
DECLARED = (PARKED, APPROVE, REFUSE)


@dataclass(frozen=True, slots=True)
class StoppedPrices:
    """The handlers."""

    decide: ApprovePrices
    recording: Recording | None = None

    async def parked(self, call: Call) -> ParkedPricesShape:
        """What waits."""
        airline = call.text("airline") or ""
        if airline and not is_airline(airline):
            raise invalid_field("airline", "It must be an airline's code such as BA.")
        found = await self.decide.waiting(airline, call.whole("after") or 0)
        return ParkedPricesShape([ParkedPriceShape.of(one) for one in found])

    async def approve(self, call: Call) -> DecidedShape:
        """The price counts from now on, under the price rule."""
        id_ = _id(call)
        if not await self.decide.approve(id_, call.caller.owner):
            raise _nothing_waits()
        return await self._decided(call, DecidedShape(id_, "approved"))

    async def refuse(self, call: Call) -> DecidedShape:
        """The price is forgotten."""
        id_ = _id(call)
        if not await self.decide.refuse(id_, call.caller.owner):
            raise _nothing_waits()
        return await self._decided(call, DecidedShape(id_, "refused"))

    async def _decided(self, call: Call, done: DecidedShape) -> DecidedShape:
        if self.recording is not None:
            await self.recording.record(call, Act.PRICE_DECIDED, f"price {done.id}", done.outcome)
        return done

    def operations(self) -> Sequence[Operation]:
        """Their declarations, served."""
        return PARKED.by(self.parked), APPROVE.by(self.approve), REFUSE.by(self.refuse)


def _id(call: Call) -> int:
    given = call.path["id"]
    if not (given.isascii() and given.isdigit() and len(given) <= 15):
        raise _nothing_waits()
    return int(given)


def _nothing_waits() -> Exception:
    return not_found("No price with this id waits for approval.")

"""The native look-up of a flight: `GET /api/flights/status/BA117?date=2026-12-01`.

Answers come encoded from the desk's memory; errors have the native shape, what is wrong, where and
what to do about it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from holdfast.flights.domain.flight_status import FlightStatus, designator_of
from holdfast.flights.entrypoints.http.operation import Call, Encoded, Operation, elsewhere
from holdfast.flights.entrypoints.http.parameters import Parameter
from holdfast.flights.service.flight_status import FlightStatusDesk
from holdfast.flights.wire.status_shapes import FlightStatusShape, ProblemBody, encode_problem

_SHOWN = 40
"""Characters of a wrong value that an error repeats."""

FLIGHT_STATUS = Operation(
    "GET",
    "/api/flights/status/{designator}",
    "Look a flight up: how it stands, and everything that was told of it",
    elsewhere,
    FlightStatusShape,
    parameters=(
        Parameter(
            "designator",
            "path",
            {"type": "string", "minLength": 1, "maxLength": 64},
            str,
            "Carrier, number and suffix: BA117, ba0117, 4U12A.",
            required=True,
        ),
        Parameter(
            "date",
            "query",
            {"type": "string", "format": "date"},
            str,
            "The flight's date at its first board point; today there when it is left out.",
        ),
    ),
    envelope=False,
    dialect="native",
    problems=((400, ProblemBody), (404, ProblemBody)),
    tag="status",
)


@dataclass(frozen=True, slots=True)
class Status:
    """The handler."""

    desk: FlightStatusDesk

    async def show(self, call: Call) -> Encoded:
        """The status of a flight."""
        text = call.path["designator"]
        designator = designator_of(text)
        if designator is None:
            return _problem(
                f"{text[:_SHOWN]!r} is no flight number", "designator", "write it like BA117"
            )
        written = call.text("date")
        day = _day(written) if written is not None else None
        if written is not None and day is None:
            return _problem(
                f"{written[:_SHOWN]!r} is no date of the calendar",
                "date",
                "write it like 2026-12-01, or leave it out for today",
            )
        looked = await self.desk.look_up(designator, day)
        return Encoded(looked.body, 200 if isinstance(looked.found, FlightStatus) else 404)

    def operations(self) -> Sequence[Operation]:
        """Its declaration, served."""
        return (FLIGHT_STATUS.by(self.show),)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-12-01") else None
    except ValueError:
        return None


def _problem(what: str, where: str, fix: str) -> Encoded:
    return Encoded(encode_problem(what, where, fix), 400)

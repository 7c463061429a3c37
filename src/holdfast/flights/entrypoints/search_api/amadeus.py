"""The Amadeus-shaped look-up of a flight: `GET /v2/schedule/flights`, for clients of that API.

Parameters and errors are theirs: wrong or missing ones are a 400 that names the parameter, a flight
that is not there is a 404. Tokens come from the client-credentials grant.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from holdfast.flights.domain.flight_status import FlightStatus, designator_of
from holdfast.flights.domain.schedule import Designator
from holdfast.flights.entrypoints.http.faults import ApiFault, Source, not_found
from holdfast.flights.entrypoints.http.operation import Call, Encoded, Operation, elsewhere
from holdfast.flights.entrypoints.http.parameters import Parameter
from holdfast.flights.service.flight_status import FlightStatusDesk
from holdfast.flights.wire.amadeus import DatedFlights, encode_dated_flights
from holdfast.flights.wire.status_shapes import why_not


def _parameter(name: str, about: str) -> Parameter:
    """A text whose form the handler judges, for the error's status is theirs."""
    return Parameter(name, "query", {"type": "string"}, str, about)


SCHEDULED_FLIGHTS = Operation(
    "GET",
    "/v2/schedule/flights",
    "Flight status by carrier, number and date, in the shape of Amadeus",
    elsewhere,
    DatedFlights,
    parameters=(
        _parameter("carrierCode", "Required: the carrier, such as BA."),
        _parameter("flightNumber", "Required: the number, 1 to 9999."),
        _parameter("scheduledDepartureDate", "Required: a date such as 2026-12-01."),
        _parameter("operationalSuffix", "One letter, for flights that have one."),
    ),
    envelope=False,
    dialect="amadeus",
    tag="status",
)


@dataclass(frozen=True, slots=True)
class Amadeus:
    """The handler."""

    desk: FlightStatusDesk

    async def show(self, call: Call) -> Encoded:
        """The dated flight, in a list of one."""
        designator, day = _asked(call)
        found = (await self.desk.look_up(designator, day)).found
        if isinstance(found, FlightStatus):
            return Encoded(encode_dated_flights([found], str(call.request.url)))
        what, fix = why_not(found)
        raise not_found(f"{what}: {fix}.")

    def operations(self) -> Sequence[Operation]:
        """Its declaration, served."""
        return (SCHEDULED_FLIGHTS.by(self.show),)


def _asked(call: Call) -> tuple[Designator, date]:
    carrier = _required(call, "carrierCode")
    number = _required(call, "flightNumber")
    written = _required(call, "scheduledDepartureDate")
    if designator_of(f"{carrier}1") != Designator(carrier.upper(), 1):
        raise _invalid("carrierCode", "It must be a carrier such as BA.")
    if designator_of(f"XX{number}") is None or not number.isdigit():
        raise _invalid("flightNumber", "It must be a number from 1 to 9999.")
    suffix = call.text("operationalSuffix") or ""
    if suffix and not (len(suffix) == 1 and suffix.isascii() and suffix.isalpha()):
        raise _invalid("operationalSuffix", "It must be one letter.")
    try:
        day = date.fromisoformat(written) if len(written) == len("2026-12-01") else None
    except ValueError:
        day = None
    if day is None:
        raise _invalid("scheduledDepartureDate", "It must be a date such as 2026-12-01.")
    return Designator(carrier.upper(), int(number), suffix.upper()), day


def _required(call: Call, name: str) -> str:
    given = call.text(name)
    if not given:
        raise _fault(name, "Mandatory data missing", f"The parameter {name} is required.")
    return given


def _invalid(name: str, detail: str) -> ApiFault:
    return _fault(name, "Invalid format", detail)


def _fault(name: str, title: str, detail: str) -> ApiFault:
    return ApiFault(
        400,
        "validation_error",
        "invalid_data_param",
        title,
        detail,
        source=Source(name, f"/{name}"),
    )

"""The law of errors over HTTP: every answer that is no success is one `ApiFault`, made here.

Type, status and code are those that clients of this API know. What is our fault never shows its
insides; what is the caller's names the field where there is one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from holdfast.errors import DefiniteError, IndefiniteError
from holdfast.platform.data.failures import ConstraintViolated, StatementRejected
from holdfast.platform.runtime.logs import Log
from holdfast.platform.web.bodies import BodyRefused

_log = Log("flights_http")
RETRY_AFTER_S = 1
"""When to come back while the database is away: most outages are a restart."""
FaultType = Literal[
    "authentication_error",
    "airline_error",
    "invalid_state_error",
    "rate_limit_error",
    "validation_error",
    "invalid_request_error",
    "api_error",
]


@dataclass(frozen=True, slots=True)
class Source:
    """Which field is wrong: its name, and its JSON pointer in `data` (`/name` of a query)."""

    field: str
    pointer: str


class ApiFault(Exception):
    """A request that ends with an error. `source`: a field, or for airlines a name."""

    def __init__(
        self,
        status: int,
        type: FaultType,  # noqa: A002  the word of the format
        code: str,
        title: str,
        message: str,
        *,
        source: Source | str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.type = type
        self.code = code
        self.title = title
        self.message = message
        self.source = source
        self.headers = headers or {}


def fault_of(error: Exception) -> ApiFault:
    """What any error of a handler means for the caller; what is our fault is logged."""
    match error:
        case ApiFault():
            return error
        case BodyRefused():
            return bad_request(f"{error.what}: {error.fix}.".capitalize(), status=error.status)
        case ConstraintViolated() | StatementRejected():
            _log.exception("statement_refused")
            return internal_server_error()
        case DefiniteError() | IndefiniteError() | TimeoutError():
            _log.warning("store_away", why=str(error))
            return unavailable()
        case _:
            _log.exception("request_failed")
            return internal_server_error()


# the request as such


def bad_request(message: str, *, status: int = 400) -> ApiFault:
    """The request cannot be understood."""
    return ApiFault(status, "invalid_request_error", "bad_request", "Bad request", message)


def not_found(message: str = "There is nothing at this address.") -> ApiFault:
    """There is no such thing, or it is somebody else's."""
    return ApiFault(404, "invalid_request_error", "not_found", "Resource not found", message)


def wrong_method(allowed: str) -> ApiFault:
    """The address does not take the method; `allowed` is the value of `Allow`."""
    return ApiFault(
        405,
        "invalid_request_error",
        "bad_request",
        "Method not allowed",
        f"This address takes {allowed}.",
        headers={"allow": allowed},
    )


def missing_version_header() -> ApiFault:
    """There is no `Duffel-Version`."""
    return _request("missing_version_header", "Missing version", "Send `Duffel-Version: v2`.")


def invalid_version_header() -> ApiFault:
    """`Duffel-Version` has not the form of a version."""
    return _request("invalid_version_header", "Invalid version", "A version is v1 or v2.")


def unsupported_version() -> ApiFault:
    """`Duffel-Version` names one that is not served."""
    return _request("unsupported_version", "Unsupported version", "Versions v1 and v2 are served.")


def missing_content_type_header() -> ApiFault:
    """There is a body and no `Content-Type`."""
    message = "Send `Content-Type: application/json`."
    return _request("missing_content_type_header", "Missing content type", message)


def invalid_content_type_header(wanted: str = "application/json") -> ApiFault:
    """The body is of another type."""
    message = f"The body must be `{wanted}`."
    return _request("invalid_content_type_header", "Invalid content type", message, 415)


def unsupported_format() -> ApiFault:
    """The client accepts no JSON."""
    message = "Only `application/json` is served: accept it."
    return _request("unsupported_format", "Unsupported format", message, 406)


def missing_data_param() -> ApiFault:
    """The body has no `data`."""
    return _request("missing_data_param", "Missing data", 'The body must be `{"data": ...}`.')


def malformed_data_param(message: str = "The body must be JSON in UTF-8.") -> ApiFault:
    """The body is no JSON."""
    return _request("malformed_data_param", "Malformed data", message)


def invalid_data_param(message: str = "`data` must be an object.") -> ApiFault:
    """`data` is not an object."""
    return _request("invalid_data_param", "Invalid data", message)


# who calls


def missing_authorization_header() -> ApiFault:
    """There is no `Authorization`."""
    message = "Send `Authorization: Bearer TOKEN`."
    return _unknown("missing_authorization_header", "Missing authorization", message)


def invalid_authorization_header() -> ApiFault:
    """`Authorization` is no bearer token."""
    message = "`Authorization` must be `Bearer TOKEN`."
    return _unknown("invalid_authorization_header", "Invalid authorization", message)


def access_token_not_found() -> ApiFault:
    """Nobody has this token, or not any more."""
    message = "The access token is not known."
    return _unknown("access_token_not_found", "Access token not found", message)


def expired_access_token() -> ApiFault:
    """The token's time is over."""
    return _unknown("expired_access_token", "Access token expired", "Get a new access token.")


def insufficient_permissions(scope: str) -> ApiFault:
    """The token is good, but not for this."""
    return ApiFault(
        403,
        "authentication_error",
        "insufficient_permissions",
        "Insufficient permissions",
        f"The access token is not for this: it needs the scope {scope!r}.",
    )


def rate_limit_exceeded(retry_after_s: int) -> ApiFault:
    """Too many requests in the present window."""
    return ApiFault(
        429,
        "rate_limit_error",
        "rate_limit_exceeded",
        "Rate limit exceeded",
        f"Too many requests: go on in {retry_after_s} s.",
        headers={"retry-after": str(retry_after_s)},
    )


# what is asked


def validation_required(field: str, pointer: str | None = None) -> ApiFault:
    """A field that must be there is not."""
    return ApiFault(
        422,
        "validation_error",
        "validation_required",
        "Required field",
        f"Field '{field}' is required.",
        source=Source(field, pointer or f"/{field}"),
    )


def invalid_field(field: str, message: str, pointer: str | None = None) -> ApiFault:
    """A field has a value that does not fit; `message` says what would."""
    return ApiFault(
        422,
        "validation_error",
        "invalid_data_param",
        "Invalid field",
        message,
        source=Source(field, pointer or f"/{field}"),
    )


def key_reused() -> ApiFault:
    """An `Idempotency-Key` came before with another request."""
    message = "This Idempotency-Key was used for another request: choose a new one."
    return invalid_field("Idempotency-Key", message)


def duplicate_passenger_name(pointer: str = "/passengers") -> ApiFault:
    """Two passengers of one order have the same name."""
    return ApiFault(
        422,
        "validation_error",
        "duplicate_passenger_name",
        "Duplicate passenger name",
        "Passengers of one order must have different names.",
        source=Source("passengers", pointer),
    )


def invalid_order_create_type(message: str) -> ApiFault:
    """The order cannot be made in this way, e.g. held when the offer must be paid at once."""
    return ApiFault(
        422,
        "validation_error",
        "invalid_order_create_type",
        "Invalid order type",
        message,
        source=Source("type", "/type"),
    )


# how things stand


def invalid_state(code: str, title: str, message: str) -> ApiFault:
    """The thing stands so that this cannot be done."""
    return ApiFault(422, "invalid_state_error", code, title, message)


def offer_no_longer_available(airline: str | None = None) -> ApiFault:
    """The offer is sold out, taken or expired."""
    return _airline(
        "offer_no_longer_available",
        "Offer no longer available",
        "The offer is no longer available: search again.",
        airline,
    )


def price_changed(airline: str | None = None) -> ApiFault:
    """The price is another one. Never said of an offer that has not expired."""
    return _airline(
        "price_changed", "Price changed", "The price has changed: search again.", airline
    )


def ancillary_service_not_available(message: str, airline: str | None = None) -> ApiFault:
    """A service, such as a seat, cannot be had."""
    return _airline("ancillary_service_not_available", "Service not available", message, airline)


def duplicate_booking(message: str, airline: str | None = None) -> ApiFault:
    """The same passengers are on these flights already."""
    return _airline("duplicate_booking", "Duplicate booking", message, airline)


def already_cancelled() -> ApiFault:
    """The order is cancelled."""
    return invalid_state("already_cancelled", "Already cancelled", "The order is cancelled.")


def insufficient_balance() -> ApiFault:
    """The balance does not cover the amount."""
    message = "The balance does not cover this amount."
    return invalid_state("insufficient_balance", "Insufficient balance", message)


def unsupported_action(message: str) -> ApiFault:
    """This cannot be done with this thing."""
    return _request("unsupported_action", "Unsupported action", message, 422)


def unavailable_feature(message: str) -> ApiFault:
    """This installation does not do that."""
    return _request("unavailable_feature", "Unavailable feature", message, 403)


# ours


def internal_server_error() -> ApiFault:
    """The server failed."""
    return ApiFault(
        500,
        "api_error",
        "internal_server_error",
        "Internal server error",
        "The server failed to answer; the request id leads to the reason.",
    )


def unavailable(message: str = "The service cannot answer just now: try again.") -> ApiFault:
    """The server, its database or another process cannot just now; nothing is known to be done."""
    return _away(503, message)


def bad_gateway() -> ApiFault:
    """Another process began to answer and did not end: what was asked may have been done."""
    return _away(502, "The answer was cut off: it is not known whether anything was done.")


def _away(status: int, message: str) -> ApiFault:
    return ApiFault(
        status,
        "api_error",
        "internal_server_error",
        "Service unavailable",
        message,
        headers={"retry-after": str(RETRY_AFTER_S)},
    )


def _request(code: str, title: str, message: str, status: int = 400) -> ApiFault:
    return ApiFault(status, "invalid_request_error", code, title, message)


def _unknown(code: str, title: str, message: str) -> ApiFault:
    headers = {"www-authenticate": "Bearer"}
    return ApiFault(401, "authentication_error", code, title, message, headers=headers)


def _airline(code: str, title: str, message: str, airline: str | None) -> ApiFault:
    return ApiFault(422, "airline_error", code, title, message, source=airline)

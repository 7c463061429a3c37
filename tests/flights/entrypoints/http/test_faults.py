"""Faults have the types, statuses and codes that clients of the API know."""

import pytest

from holdfast.errors import DefiniteError, IndefiniteError
from holdfast.flights.entrypoints.http import faults
from holdfast.flights.entrypoints.http.faults import ApiFault, fault_of
from holdfast.platform.data.failures import Busy, ConstraintViolated, StatementRejected
from holdfast.platform.web.bodies import BodyRefused

ALL = [
    faults.bad_request("m"),
    faults.not_found(),
    faults.wrong_method("GET"),
    faults.missing_version_header(),
    faults.invalid_version_header(),
    faults.unsupported_version(),
    faults.missing_content_type_header(),
    faults.invalid_content_type_header(),
    faults.unsupported_format(),
    faults.missing_data_param(),
    faults.malformed_data_param(),
    faults.invalid_data_param(),
    faults.missing_authorization_header(),
    faults.invalid_authorization_header(),
    faults.access_token_not_found(),
    faults.expired_access_token(),
    faults.insufficient_permissions("book"),
    faults.rate_limit_exceeded(3),
    faults.validation_required("f"),
    faults.invalid_field("f", "m"),
    faults.key_reused(),
    faults.duplicate_passenger_name(),
    faults.invalid_order_create_type("m"),
    faults.offer_no_longer_available(),
    faults.price_changed(),
    faults.ancillary_service_not_available("m"),
    faults.duplicate_booking("m"),
    faults.already_cancelled(),
    faults.insufficient_balance(),
    faults.unsupported_action("m"),
    faults.unavailable_feature("m"),
    faults.internal_server_error(),
    faults.unavailable(),
    faults.bad_gateway(),
]
CODES = {
    "missing_authorization_header",
    "invalid_authorization_header",
    "access_token_not_found",
    "expired_access_token",
    "insufficient_permissions",
    "missing_version_header",
    "invalid_version_header",
    "unsupported_version",
    "missing_content_type_header",
    "invalid_content_type_header",
    "unsupported_format",
    "missing_data_param",
    "invalid_data_param",
    "malformed_data_param",
    "bad_request",
    "not_found",
    "validation_required",
    "rate_limit_exceeded",
    "offer_no_longer_available",
    "price_changed",
    "ancillary_service_not_available",
    "already_cancelled",
    "duplicate_booking",
    "duplicate_passenger_name",
    "insufficient_balance",
    "invalid_order_create_type",
    "unsupported_action",
    "unavailable_feature",
    "internal_server_error",
}
TYPES_BY_STATUS = {401: "authentication_error", 403: None, 429: "rate_limit_error"}


def test_every_code_of_the_api_can_be_told() -> None:
    assert {fault.code for fault in ALL} == CODES


@pytest.mark.parametrize("fault", ALL, ids=lambda fault: fault.code)
def test_a_fault_is_a_whole_sentence_with_a_fitting_status(fault: ApiFault) -> None:
    assert 400 <= fault.status < 600
    assert fault.message.endswith((".", "m"))
    assert (fault.type == "api_error") == (fault.status >= 500)
    wanted = TYPES_BY_STATUS.get(fault.status)
    assert wanted is None or fault.type == wanted
    assert fault.code in str(fault)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Busy("b"), 503),
        (DefiniteError("d"), 503),
        (IndefiniteError("i"), 503),
        (TimeoutError(), 503),
        (StatementRejected("s"), 500),
        (ConstraintViolated("s", "c", "d"), 500),
        (KeyError("k"), 500),
        (BodyRefused(413, "the body is longer than 4 bytes", "send less"), 413),
        (BodyRefused(408, "the body did not come", "send it at once"), 408),
    ],
)
def test_every_error_has_its_status(error: Exception, status: int) -> None:
    assert fault_of(error).status == status


def test_a_fault_stays_itself_and_a_bodys_is_told_in_a_sentence() -> None:
    fault = faults.price_changed("BA")
    assert fault_of(fault) is fault
    told = fault_of(BodyRefused(413, "the body is longer than 4 bytes", "send less"))
    assert told.message == "The body is longer than 4 bytes: send less."

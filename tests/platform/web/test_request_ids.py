"""A request id is kept when it has the form, and replaced when it has not."""

import pytest

from holdfast.platform.web.request_ids import brought, request_id_of, with_request_id

GOOD = b"abcDEF0123456789_-"


@pytest.mark.parametrize("value", [b"a" * 16, b"a" * 64, GOOD])
def test_an_id_of_the_form_is_kept(value: bytes) -> None:
    assert request_id_of([(b"x-request-id", value)], lambda: "new") == value.decode()


@pytest.mark.parametrize(
    "value",
    [b"", b"a" * 15, b"a" * 65, b"a" * 15 + b"\n", b"a" * 15 + b" ", b"\xff" * 20, b"<" * 20],
)
def test_anything_else_is_replaced(value: bytes) -> None:
    assert request_id_of([(b"x-request-id", value)], lambda: "new") == "new"


def test_two_ids_are_none() -> None:
    assert brought([(b"x-request-id", GOOD), (b"x-request-id", GOOD)]) == ""


def test_headers_leave_with_one_id_and_the_rest_as_it_was() -> None:
    headers = [(b"x-request-id", b"old"), (b"accept", b"*/*"), (b"x-request-id", b"older")]
    assert with_request_id(headers, "new") == [(b"accept", b"*/*"), (b"x-request-id", b"new")]

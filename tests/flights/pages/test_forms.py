"""Forms: bounded, and decoded once."""

import pytest
from starlette.requests import Request

from holdfast.flights.pages.forms import FORM_TYPE, MAX_FIELDS, MAX_FORM_BYTES, form_of
from holdfast.platform.web.bodies import BodyRefused
from tests.flights.pages.pages_site import request


def sent(body: bytes, kind: str = FORM_TYPE) -> Request:
    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    return Request({**request("/", content_type=kind).scope, "method": "POST"}, receive)


async def test_fields_are_decoded_and_the_last_of_a_name_counts() -> None:
    found = await form_of(sent(b"a=1&a=2&b=%C3%BC+x&c="))
    assert found == {"a": "2", "b": "ü x", "c": ""}


async def test_an_empty_form_has_no_fields() -> None:
    assert await form_of(sent(b"", "")) == {}


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{}", "application/json", 400),
        (b"\xff", FORM_TYPE, 400),
        (b"&".join([b"a=1"] * (MAX_FIELDS + 1)), FORM_TYPE, 400),
        (b"a" * (MAX_FORM_BYTES + 1), FORM_TYPE, 413),
    ],
)
async def test_what_is_no_form_is_refused(body: bytes, kind: str, status: int) -> None:
    with pytest.raises(BodyRefused) as refused:
        await form_of(sent(body, kind))
    assert refused.value.status == status

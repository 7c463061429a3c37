"""A body becomes a value of its type, or a fault that points at the field."""

from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct

from holdfast.flights.entrypoints.http.bodies import BodyReader, fault_of_validation, pointer_of
from holdfast.flights.entrypoints.http.faults import ApiFault, Source


class Slice(Struct, frozen=True):
    """A part of a journey."""

    origin: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    seats: list[int] = []


class Journey(Struct, frozen=True):
    """Something nested."""

    slices: Annotated[list[Slice], Meta(max_length=2)]
    metadata: dict[str, str] = {}

    def __post_init__(self) -> None:
        if not self.slices:
            raise ValueError("a journey has a slice")


JOURNEYS = BodyReader(Journey)


def fault_of(raw: bytes, reader: BodyReader = JOURNEYS) -> ApiFault:
    with pytest.raises(ApiFault) as caught:
        reader.read(raw)
    return caught.value


def test_a_body_that_fits_is_its_value() -> None:
    raw = b'{"other":1,"data":{"slices":[{"origin":"FRA"}],"unknown":null}}'
    assert JOURNEYS.read(raw) == Journey([Slice("FRA")])


@pytest.mark.parametrize(
    ("data", "code", "field", "pointer"),
    [
        (b"{}", "validation_required", "slices", "/slices"),
        (b'{"slices":[{}]}', "validation_required", "origin", "/slices/0/origin"),
        (b'{"slices":7}', "invalid_data_param", "slices", "/slices"),
        (b'{"slices":[{"origin":"fra"}]}', "invalid_data_param", "origin", "/slices/0/origin"),
        (
            b'{"slices":[{"origin":"FRA"},{"origin":"LHR","seats":[1,"x"]}]}',
            "invalid_data_param",
            "seats",
            "/slices/1/seats/1",
        ),
        (b'{"slices":[{"origin":"FRA"}],"metadata":{"a":1}}', "invalid_data_param", "*", None),
    ],
)
def test_a_field_that_does_not_fit_is_pointed_at(
    data: bytes, code: str, field: str, pointer: str | None
) -> None:
    fault = fault_of(b'{"data":' + data + b"}")
    assert (fault.status, fault.type, fault.code) == (422, "validation_error", code)
    assert fault.source == Source(field, pointer or "/metadata/*")


@pytest.mark.parametrize("data", [b"7", b"null", b"[]", b'{"slices":[]}'])
def test_data_that_is_wrong_as_a_whole_is_invalid(data: bytes) -> None:
    assert fault_of(b'{"data":' + data + b"}").code == "invalid_data_param"


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"\xff",
        b'{"data":{"slices":[{"origin":"\xff\xff\xff"}]}}',
        b'{"data":' + b"[" * 30_000,
        b'{"data":' + b"[" * 30_000 + b"]" * 30_000 + b"}",
        b'{"data":{"slices":[{"origin":"A\\u0000B"}]}}',
        b'{"data":{"slices":[{"origin":"A\\\\\\u0000B"}]}}',
    ],
)
def test_what_is_no_json_of_ours_is_malformed(raw: bytes) -> None:
    assert fault_of(raw).code == "malformed_data_param"


def test_a_backslash_before_u0000_is_text() -> None:
    raw = b'{"data":{"slices":[{"origin":"FRA"}],"metadata":{"a":"\\\\u0000"}}}'
    journey = JOURNEYS.read(raw)
    assert isinstance(journey, Journey)
    assert journey.metadata == {"a": "\\u0000"}


def test_no_body_is_missing_unless_it_is_optional() -> None:
    assert fault_of(b"").code == "missing_data_param"
    assert BodyReader(Journey, optional=True).read(b"") is None
    assert fault_of(b"", BodyReader(Journey, envelope=False)).code == "malformed_data_param"


def test_a_body_without_envelope_is_the_value() -> None:
    reader = BodyReader(Slice, envelope=False)
    assert reader.read(b'{"origin":"LHR"}') == Slice("LHR")
    assert fault_of(b"[]", reader).code == "invalid_data_param"


def test_a_pointer_escapes_what_has_a_meaning_in_it() -> None:
    assert pointer_of(["a/b", "c~d", "0"]) == "/a~1b/c~0d/0"


def test_the_words_of_a_fault_are_cut() -> None:
    assert len(fault_of_validation("x" * 5000 + " - at `$.name`").message) < 400


@given(st.binary(max_size=200))
def test_whatever_comes_is_a_value_or_a_fault(raw: bytes) -> None:
    for body in (raw, b'{"data":' + raw + b"}", b'{"data":{"slices":[' + raw + b"]}}"):
        try:
            found = JOURNEYS.read(body)
        except ApiFault as fault:
            found = fault
        assert isinstance(found, Journey) or 400 <= found.status < 500

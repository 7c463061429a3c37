"""A parameter takes what its schema allows and nothing else."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.entrypoints.http.cursors import encode_cursor
from holdfast.flights.entrypoints.http.faults import ApiFault
from holdfast.flights.entrypoints.http.parameters import (
    AFTER,
    LIMIT,
    Parameter,
    choice,
    day,
    flag,
    identifier,
    in_path,
    is_identifier,
    number,
    pattern,
    repeated,
    text,
    whole,
)

CODE = pattern("code", "[A-Z]{2}", "two capital letters", "A code.")
ALL = [
    text("q", 5, min_chars=2),
    CODE,
    identifier("order_id"),
    whole("n", -5, 5, default=1),
    number("lat", -90, 90),
    flag("f", default=True),
    choice("sort", ("up", "down"), default="up"),
    day("on"),
    LIMIT,
    AFTER,
]


@pytest.mark.parametrize(
    ("parameter", "given", "value"),
    [
        (ALL[0], "ab", "ab"),
        (CODE, "BA", "BA"),
        (ALL[2], "ord_00A", "ord_00A"),
        (ALL[3], "-5", -5),
        (ALL[4], "51.5", 51.5),
        (ALL[4], "-90", -90.0),
        (ALL[5], "false", False),
        (ALL[6], "down", "down"),
        (ALL[7], "2028-02-29", date(2028, 2, 29)),
        (LIMIT, "200", 200),
        (AFTER, encode_cursor("ord_1"), "ord_1"),
    ],
)
def test_what_fits_is_its_value(parameter: Parameter, given: str, value: object) -> None:
    assert parameter.value_of([given]) == value


@pytest.mark.parametrize(
    ("parameter", "given"),
    [
        (ALL[0], "a"),
        (ALL[0], "abcdef"),
        (ALL[0], "a\x07"),
        (CODE, "BAA"),
        (CODE, "BA\n"),
        (ALL[2], ""),
        (ALL[2], "a b"),
        (ALL[2], "x" * 65),
        (ALL[3], "6"),
        (ALL[3], "1.0"),
        (ALL[3], "٣"),
        (ALL[3], "9" * 5000),
        (ALL[4], "91"),
        (ALL[4], "nan"),
        (ALL[4], "1e1"),
        (ALL[5], "True"),
        (ALL[6], "sideways"),
        (ALL[7], "2027-02-29"),
        (ALL[7], "20270201"),
        (LIMIT, "0"),
        (AFTER, "x"),
    ],
)
def test_what_does_not_fit_is_a_named_fault(parameter: Parameter, given: str) -> None:
    with pytest.raises(ApiFault, match=f"'{parameter.name}' must be") as caught:
        parameter.value_of([given])
    assert caught.value.status == 422


@given(st.text(max_size=40))
def test_whatever_comes_is_a_value_or_a_fault_of_the_caller(given: str) -> None:
    for parameter in ALL:
        try:
            value = parameter.value_of([given])
        except ApiFault as fault:
            value = fault
        assert not isinstance(value, ApiFault) or value.status == 422


def test_without_a_value_there_is_the_default_or_a_fault() -> None:
    assert [one.value_of([]) for one in ALL[3:7]] == [1, None, True, "up"]
    with pytest.raises(ApiFault) as caught:
        identifier("order_id", required=True).value_of([])
    assert caught.value.code == "validation_required"


def test_of_a_single_one_the_last_counts() -> None:
    assert LIMIT.value_of(["x", "3"]) == 3


def test_a_repeated_one_is_a_bounded_tuple() -> None:
    names = repeated(text("name[]", 5), 2)
    assert names.value_of([]) == ()
    assert names.value_of(["a", "b"]) == ("a", "b")
    with pytest.raises(ApiFault, match="At most 2"):
        names.value_of(["a", "b", "c"])
    assert names.schema["maxItems"] == 2
    assert "minItems" not in names.schema
    assert repeated(text("n", 5, required=True), 2).schema["minItems"] == 1


def test_schemas_say_the_bounds() -> None:
    assert LIMIT.schema == {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
    assert CODE.schema["pattern"] == "^[A-Z]{2}$"
    assert "default" not in whole("n", 0, 1).schema
    assert "default" not in choice("c", ("a",)).schema


def test_an_id_in_a_path_has_an_ids_characters() -> None:
    assert in_path("id").required
    assert is_identifier("arp_lhr_gb")
    assert not is_identifier("")
    assert not is_identifier("a/b")
    assert not is_identifier("x" * 65)

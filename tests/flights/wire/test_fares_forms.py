"""Lines of JSON and rows of CSV become records or reasons."""

import pytest

from holdfast.flights.wire.fares_forms import COLUMNS, csv_decoder, json_decoder
from holdfast.flights.wire.fares_records import Limits, Tier, Trailer


def test_a_line_of_json_is_a_record() -> None:
    assert json_decoder()(b'{"kind":"trailer","records":3}') == Trailer(3)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "Input data was truncated"),
        (b"[]", "Expected `object`, got `array`"),
        (b'{"kind":"coupon"}', "Invalid value 'coupon' - at `$.kind`"),
        (b'{"kind":"trailer"}', "Object missing required field `records`"),
        (b'{"kind":"trailer","records":-1}', "Expected `int` >= 0 - at `$.records`"),
        (b"\xff", "JSON is malformed: invalid character (byte 0)"),
    ],
)
def test_another_line_is_a_reason(line: bytes, reason: str) -> None:
    assert json_decoder()(line) == reason


def test_bad_utf8_is_a_reason() -> None:
    assert isinstance(json_decoder()(b'{"kind":"\xff\xff"}'), str)


def test_the_first_row_names_the_columns_and_may_have_a_byte_order_mark() -> None:
    decode = csv_decoder()
    assert decode(b"\xef\xbb\xbfkind,records") is None
    assert decode(b"trailer,3") == Trailer(3)
    assert decode(b"trailer") == "Object missing required field `records`"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (b"trailer,3", "the first row does not name the columns, `kind` first"),
        (b"records,kind", "the first row does not name the columns, `kind` first"),
        (b"kind,price", "there is no column 'price'"),
        (b"kind,tax,tax", "a column is named twice"),
        (b'kind,"tax', "unexpected end of data"),
        (b"kind,\xff", None),
    ],
)
def test_other_first_rows_are_reasons_and_do_not_count_as_names(
    row: bytes, reason: str | None
) -> None:
    decode = csv_decoder()
    found = decode(row)
    assert isinstance(found, str)
    assert reason in (None, found)
    assert decode(b"kind,records") is None


def test_a_row_with_too_many_cells_is_a_reason() -> None:
    decode = csv_decoder()
    decode(b"kind,records")
    assert decode(b"trailer,3,4") == "3 cells, there are 2 columns"


def test_lists_are_written_in_cells() -> None:
    decode = csv_decoder()
    decode(
        b"kind,number,board,off,cabin,first_date,last_date,limits,aircraft,tier,first_row,last_row,"
        b"currency,name,total,disclosures,withdrawn"
    )
    limits = decode(b"limits,1,LHR,JFK,economy,2026-12-01,2026-12-02,J28 C20,,,,,,,,,true")
    assert isinstance(limits, Limits)
    assert limits.limits == (("J", 28), ("C", 20))
    assert limits.withdrawn
    tier = decode(b'tier,,,,economy,,,,320,exit,1,2,EUR,"Exit, row",100,Fit|Adult,')
    assert isinstance(tier, Tier)
    assert (tier.name, tier.disclosures) == ("Exit, row", ("Fit", "Adult"))


def test_kind_is_the_first_of_all_columns() -> None:
    assert COLUMNS[0] == "kind"
    assert len(set(COLUMNS)) == len(COLUMNS)

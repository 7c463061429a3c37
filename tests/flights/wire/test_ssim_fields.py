"""Fields of SSIM: what is written is read back, and nonsense is named."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.domain.schedule import OPEN_END, Designator
from holdfast.flights.wire import ssim_fields as fields
from holdfast.flights.wire.ssim_fields import BadField, Remembered


@given(st.dates(date(2000, 1, 1), OPEN_END))
def test_dates_are_read_as_written(day: date) -> None:
    assert fields.read_date(fields.write_date(day)) == day


def test_the_open_end_is_written_as_none() -> None:
    assert fields.write_date(OPEN_END) == "00XXX00"


@pytest.mark.parametrize("text", ["", "5NOV26", "05nov26", "+5NOV26", "05NOV2", "05NOV266"])
def test_what_is_no_date_is_named(text: str) -> None:
    with pytest.raises(BadField, match="is no date"):
        fields.read_date(text)


@given(st.integers(1, 127))
def test_days_are_read_as_written(days: int) -> None:
    assert fields.read_days(fields.write_days(days)) == days
    assert len(fields.write_days(days)) == 7


@given(st.integers(-899, 899))
def test_offsets_are_read_as_written(minutes: int) -> None:
    assert fields.read_offset(fields.write_offset(minutes)) == minutes


@given(st.integers(0, 3599))
def test_variations_over_ninety_nine_are_read_as_written(variation: int) -> None:
    text = fields.write_overflow(variation)
    assert fields.read_overflow(text) + variation % 100 == variation


@given(st.integers(-1, 7))
def test_days_of_date_variations_are_read_as_written(days: int) -> None:
    text = fields.write_variation_day(days)
    assert fields.read_variation_days(text + "J") == (days * 1440, -1440)


@pytest.mark.parametrize(
    ("text", "flight"),
    [
        ("LH 400", Designator("LH", 400)),
        ("LH0400", Designator("LH", 400)),
        (" U21234A ", Designator("U2", 1234, "A")),
        ("BAW117", Designator("BAW", 117)),
        ("9W 12", Designator("9W", 12)),
    ],
)
def test_flights_are_read_as_data_elements_write_them(text: str, flight: Designator) -> None:
    assert fields.read_flight(text) == flight


@pytest.mark.parametrize("text", ["", "LH", "L4", "LH12345", "12345", "LH-400"])
def test_what_is_no_flight_is_named(text: str) -> None:
    with pytest.raises(BadField):
        fields.read_flight(text)


def test_a_meaning_is_found_once() -> None:
    asked = []

    def meaning(text: str) -> int:
        asked.append(text)
        return int(text)

    known = Remembered(meaning)
    assert [known["1"], known["2"], known["1"]] == [1, 2, 1]
    assert asked == ["1", "2"]


def test_the_end_of_the_day_is_a_time() -> None:
    assert fields.read_clock("2400") == 1440
    with pytest.raises(BadField):
        fields.read_clock("2401")

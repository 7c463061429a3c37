"""What a terminal is shown is aligned, short, and cannot take it over."""

import pytest

from holdfast.flights.entrypoints.desk.words import (
    clock,
    days_later,
    duration,
    moment,
    plain,
    table,
)


def test_columns_are_as_wide_as_their_widest_text() -> None:
    lines = table(("#>", "flight", "price>"), [["1", "ZZ100", "9.00"], ["10", "ZZ1", "136.90"]])
    assert lines == [
        " #  flight   price",
        " 1  ZZ100     9.00",
        "10  ZZ1     136.90",
    ]


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert plain("a\x1b[2Jb") == "a?[2Jb"
    assert table(("x",), [["\x07"]]) == ["x", "?"]


@pytest.mark.parametrize(
    ("iso", "shown"),
    [("PT1H25M", "1 h 25"), ("P1DT2H", "26 h 00"), ("PT45M", "0 h 45"), ("soon", "?"), (None, "?")],
)
def test_durations_are_hours_and_minutes(iso: str | None, shown: str) -> None:
    assert duration(iso) == shown


@pytest.mark.parametrize(
    ("arriving", "shown"),
    [
        ("2026-12-01T09:00:00", ""),
        ("2026-12-02T09:00:00", "+1"),
        ("2027-01-01T09:00:00", "+31"),
        ("2026-11-30T23:00:00", "-1"),
        ("?", ""),
    ],
)
def test_an_arrival_on_another_date_says_so(arriving: str, shown: str) -> None:
    assert days_later("2026-12-01T07:00:00", arriving) == shown


def test_dates_that_are_none_do_not_stop_a_table() -> None:
    assert days_later("2026-12-01T07:00", "2026-99-01T07:00") != ""


def test_moments_and_clocks_are_cut_from_iso_texts() -> None:
    assert clock("2026-12-01T07:30:00") == "07:30"
    assert moment("2026-12-01T07:30:12.345678Z") == "2026-12-01 07:30"
    assert moment(None) == "-"

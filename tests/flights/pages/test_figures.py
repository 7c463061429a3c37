"""Figures as readers of each language write them."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from holdfast.flights.pages import figures
from holdfast.flights.pages.languages import Language

TUESDAY = date(2026, 12, 1)
MOMENT = datetime(2026, 12, 1, 15, 32, tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize(
    ("amount", "currency", "english", "german"),
    [
        ("90.80", "EUR", "€90.80", "90,80\u00a0€"),
        ("1234.50", "EUR", "€1,234.50", "1.234,50\u00a0€"),
        ("12000", "JPY", "¥12,000", "12.000\u00a0¥"),
        ("7.5", "CHF", "CHF\u00a07.5", "7,5\u00a0CHF"),
        ("-20.00", "GBP", "−£20.00", "−20,00\u00a0£"),
        ("1.000", "KWD", "KWD\u00a01.000", "1,000\u00a0KWD"),
        ("x", "EUR", "€x", "x\u00a0€"),
    ],
)
def test_money(amount: str, currency: str, english: str, german: str) -> None:
    assert figures.money(amount, currency, "en") == english
    assert figures.money(amount, currency, "de") == german


@pytest.mark.parametrize(
    ("language", "long", "short", "moment"),
    [
        ("en", "Tue 1 Dec 2026", "Tue 1 Dec", "1 Dec, 14:32 UTC"),
        ("de", "Di 1. Dez 2026", "Di 1. Dez", "1. Dez, 14:32 UTC"),
    ],
)
def test_days_and_moments(language: Language, long: str, short: str, moment: str) -> None:
    assert figures.day(TUESDAY, language) == long
    assert figures.short_day(TUESDAY, language) == short
    assert figures.moment(MOMENT, language) == moment


def test_a_time_of_day_is_told_as_it_is_and_machines_get_utc() -> None:
    assert figures.clock(MOMENT) == "15:32"
    assert figures.iso(MOMENT) == "2026-12-01T14:32:00Z"


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, "0 min"), (40, "40 min"), (60, "1 h"), (100, "1 h 40 min"), (1565, "26 h 05 min")],
)
def test_durations(minutes: int, words: str) -> None:
    for language in ("en", "de"):
        told = figures.duration(minutes, language)
        assert told.replace("\u00a0", " ") == words
    assert figures.duration(-5, "en") == "0\u00a0min"


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("PT1H40M", 100), ("P1DT2H", 1560), ("PT0M", 0), ("P2D", 2880), ("soon", 0), ("PT1S", 0)],
)
def test_durations_of_the_api_are_read(text: str, minutes: int) -> None:
    assert figures.minutes_of(text) == minutes


def test_moments_and_local_times_of_the_api_are_read() -> None:
    assert figures.moment_of("2026-12-01T14:32:00.000000Z") == MOMENT
    assert figures.moment_of("2026-12-01T14:32:00") is None
    assert figures.moment_of("soon") is None
    assert figures.local_of("2026-12-01T08:20:00") == datetime(2026, 12, 1, 8, 20)  # noqa: DTZ001
    assert figures.local_of("soon").year == 1
    assert figures.iso(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00Z"


def test_large_numbers_are_grouped() -> None:
    assert (figures.number(1234567, "en"), figures.number(1234567, "de")) == (
        "1,234,567",
        "1.234.567",
    )

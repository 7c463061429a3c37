"""What is written reads back, in both forms."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.domain.fare import Cabin, FareTerms, FiledFare, PassengerType, Price
from holdfast.flights.domain.fares_load import FaresLoad
from holdfast.flights.domain.schedule import Period
from holdfast.flights.wire.fares_forms import Form
from holdfast.flights.wire.fares_records import Header
from holdfast.flights.wire.fares_writer import write_fares_csv, write_fares_jsonl
from tests.flights.wire.fares_files import FARES, KEY, LIMITS, TIERS, loaded

WRITERS = {"jsonl": write_fares_jsonl, "csv": write_fares_csv}
MINOR = st.integers(0, 10**12)
BOOLS = st.booleans()
WORDS = st.text(
    st.characters(blacklist_categories=["Cs"], blacklist_characters="\r\n\x00"), max_size=20
)


@st.composite
def filed(draw: st.DrawFn) -> FiledFare:
    changeable, refundable, total = draw(BOOLS), draw(BOOLS), draw(MINOR)
    first = date(2026, 12, 7) + timedelta(days=draw(st.integers(0, 300)))
    period = Period(
        first, first + timedelta(days=draw(st.integers(6, 60))), draw(st.integers(1, 127))
    )
    trimmed = period.trimmed()
    assert trimmed is not None
    key = KEY._replace(
        number=draw(st.none() | st.integers(1, 9999)),
        cabin=draw(st.sampled_from(Cabin)),
        passenger_type=draw(st.sampled_from(PassengerType)),
        period=trimmed,
    )
    terms = FareTerms(
        brand=draw(WORDS),
        changeable=changeable,
        change_penalty=draw(st.none() | MINOR) if changeable else None,
        refundable=refundable,
        refund_penalty=draw(st.none() | MINOR) if refundable else None,
        checked_bags=draw(st.integers(0, 9)),
        carry_on_bags=draw(st.integers(0, 9)),
        seat_included=draw(BOOLS),
        hold_space_h=draw(st.integers(0, 336)),
        hold_price_h=draw(st.integers(0, 336)),
    )
    return FiledFare(key, terms, Price(total, draw(st.integers(0, total))))


@pytest.mark.parametrize("form", ["jsonl", "csv"])
@given(fare=filed())
def test_a_fare_reads_back(form: Form, fare: FiledFare) -> None:
    assert loaded(WRITERS[form]([fare]), form).fares == [fare]


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_a_whole_file_reads_back(form: Form) -> None:
    content = WRITERS[form](FARES, limits=LIMITS, tiers=TIERS, header=Header("ZZ", 3))
    assert loaded(content, form) == FaresLoad(FARES, LIMITS, TIERS, [], [], [])


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_withdrawals_read_back(form: Form) -> None:
    content = WRITERS[form](withdrawn=[KEY], header=Header("ZZ", 3, "delta"))
    assert loaded(content, form, full=False).withdrawn == [KEY]


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_nothing_is_a_file_with_a_trailer(form: Form) -> None:
    assert loaded(WRITERS[form](), form) == FaresLoad([], [], [], [], [], [])


def test_defaults_are_left_out() -> None:
    plain = FiledFare(KEY, FareTerms(""), Price(5))
    assert write_fares_jsonl([plain]).startswith(b'{"kind":"fare","board":"LHR",')
    assert b"brand" not in write_fares_jsonl([plain])

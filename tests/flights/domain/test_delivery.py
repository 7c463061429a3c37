"""Which files of a feed are taken."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.domain.delivery import (
    FORMATS,
    Accept,
    BadRecord,
    Counts,
    Decision,
    Delivery,
    Duplicate,
    FeedFormat,
    FeedKind,
    HeldForApproval,
    Older,
    Policy,
    Rejected,
    Taken,
    foreknown,
    is_airline,
    is_feed_name,
    judge,
)

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)
FILE = Delivery(
    airline="BA",
    feed="season",
    kind=FeedKind.SCHEDULE,
    format=FeedFormat.SSIM,
    sequence=7,
    produced_at=NOON,
    is_full=True,
    sha256=b"a" * 32,
    size_bytes=200,
)
LAST = Taken(FeedKind.SCHEDULE, 6, b"z" * 32, full_records=100)
POLICY = Policy()
GOOD = Counts(100, 0)


def test_the_first_file_of_a_feed_is_taken() -> None:
    assert judge(None, FILE, Counts(1, 0), POLICY) == Accept()


def test_the_same_file_twice_changes_nothing() -> None:
    same = replace(FILE, sequence=6, sha256=LAST.sha256)
    assert judge(LAST, same, GOOD, POLICY) == Duplicate()
    assert judge(LAST, replace(same, sequence=9), GOOD, POLICY) == Duplicate()


def test_an_older_file_is_ignored_whatever_is_in_it() -> None:
    older = replace(FILE, sequence=5)
    assert judge(LAST, older, Counts(0, 0, BadRecord(1, "torn")), POLICY) == Older(6)
    assert judge(LAST, replace(older, sha256=LAST.sha256), GOOD, POLICY) == Older(6)


def test_a_sequence_is_used_for_one_content_only() -> None:
    assert judge(LAST, replace(FILE, sequence=6), GOOD, POLICY) == Rejected(
        "sequence 6 was accepted with other content"
    )


def test_a_feed_keeps_its_kind() -> None:
    fares = replace(FILE, kind=FeedKind.FARES, format=FeedFormat.CSV)
    assert judge(LAST, fares, GOOD, POLICY) == Rejected(
        "the feed season is of kind schedule, not fares"
    )


def test_a_format_must_be_one_of_the_kind() -> None:
    wrong = replace(FILE, format=FeedFormat.AIDX)
    assert judge(None, wrong, GOOD, POLICY) == Rejected("a schedule feed does not come as aidx")


def test_a_torn_file_is_rejected_with_its_line() -> None:
    torn = Counts(99, 0, BadRecord(101, "the trailer is missing"))
    assert judge(LAST, FILE, torn, POLICY) == Rejected("the trailer is missing", 101)


@pytest.mark.parametrize("counts", [Counts(99, 0), Counts(100, 1)])
def test_a_declared_count_must_be_met(counts: Counts) -> None:
    decision = judge(LAST, replace(FILE, declared=100), counts, POLICY)
    assert decision == Rejected(f"100 records were declared, {counts.all} are there")


def test_bad_records_count_as_there() -> None:
    assert judge(LAST, replace(FILE, declared=100), Counts(99, 1), POLICY) == Accept()


def test_too_many_bad_records_reject_the_file() -> None:
    assert judge(LAST, FILE, Counts(95, 5), POLICY) == Accept()
    assert judge(LAST, FILE, Counts(94, 6), POLICY) == Rejected(
        "6 of 100 records are bad, more than 5 %"
    )


def test_a_small_file_may_have_a_few_bad_records_but_not_only_such() -> None:
    delta = replace(FILE, is_full=False)
    assert judge(LAST, delta, Counts(1, 3), POLICY) == Accept()
    assert judge(LAST, delta, Counts(0, 1), POLICY) == Rejected(
        "1 of 1 records are bad, more than 5 %"
    )


def test_an_empty_full_file_is_rejected_and_an_empty_delta_is_taken() -> None:
    assert isinstance(judge(None, FILE, Counts(0, 0), POLICY), Rejected)
    assert judge(None, replace(FILE, is_full=False), Counts(0, 0), POLICY) == Accept()


def test_a_full_file_that_shrinks_too_much_waits_for_a_person() -> None:
    assert judge(LAST, FILE, Counts(70, 0), POLICY) == Accept()
    assert judge(LAST, FILE, Counts(69, 0), POLICY) == HeldForApproval(
        "69 records instead of 100: more than 30 % less"
    )


def test_a_delta_and_an_approved_file_may_be_small() -> None:
    assert judge(LAST, replace(FILE, is_full=False), Counts(1, 0), POLICY) == Accept()
    assert judge(LAST, FILE, Counts(1, 0), Policy(is_approved=True)) == Accept()


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[Delivery, Counts]]:
    found = []
    for _ in range(draw(st.integers(1, 12))):
        delivery = replace(
            FILE,
            sequence=draw(st.integers(1, 6)),
            sha256=bytes([draw(st.integers(0, 3))]) * 32,
            is_full=draw(st.booleans()),
        )
        found.append((delivery, Counts(draw(st.integers(0, 40)), draw(st.integers(0, 3)))))
    return found


def _after(last: Taken | None, delivery: Delivery, counts: Counts, decision: Decision) -> "Taken":
    full = counts.good if delivery.is_full else (last.full_records if last else 0)
    if isinstance(decision, Duplicate):
        assert last
        full = last.full_records
    return Taken(delivery.kind, delivery.sequence, delivery.sha256, full)


@given(histories())
def test_sequences_of_accepted_files_rise_and_a_repetition_is_never_accepted(
    history: list[tuple[Delivery, Counts]],
) -> None:
    last: Taken | None = None
    for delivery, counts in history:
        decision = judge(last, delivery, counts, POLICY)
        if isinstance(decision, Accept):
            assert last is None or delivery.sequence > last.sequence
            assert last is None or delivery.sha256 != last.sha256
        if isinstance(decision, Accept | Duplicate):
            last = _after(last, delivery, counts, decision)
            assert judge(last, delivery, counts, POLICY) == Duplicate()


@given(histories())
def test_what_is_known_beforehand_is_what_is_decided_in_the_end(
    history: list[tuple[Delivery, Counts]],
) -> None:
    for delivery, counts in history:
        known = foreknown(LAST, delivery)
        if known is not None:
            assert judge(LAST, delivery, counts, POLICY) == known


def test_every_kind_has_a_format() -> None:
    assert set(FORMATS) == set(FeedKind)
    assert all(FORMATS.values())


@pytest.mark.parametrize("code", ["BA", "4U", "U2", "ABC"])
def test_an_airline_is_two_or_three_characters(code: str) -> None:
    assert is_airline(code)


@pytest.mark.parametrize("code", ["", "B", "ba", "12", "BA/", "BAWX", "Ä1"])
def test_other_things_are_no_airline(code: str) -> None:
    assert not is_airline(code)


def test_a_feed_name_is_safe_in_a_path() -> None:
    assert is_feed_name("season-w26_1")
    assert not any(map(is_feed_name, ["", "a" * 41, "a.b", "../x", "A", "é"]))

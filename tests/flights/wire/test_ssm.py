"""Telegrams: heads, parts, sub-messages; what is wrong is named and the rest is read."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.domain.filing import Rejected
from holdfast.flights.domain.schedule import Designator, Period
from holdfast.flights.domain.schedule_change import Cancelled, Flown, Reequipped, Target
from holdfast.flights.wire.ssm import MAX_BYTES, FiledChange, Reference, Telegram, read_telegrams

NEAR = date(2026, 11, 26)
DAY = Period(date(2026, 11, 27), date(2026, 11, 27), 0b0010000)


def read(text: str) -> list[Telegram]:
    found = read_telegrams(text.encode(), NEAR)
    assert isinstance(found, list), found
    return found


def rejected(text: str) -> Rejected:
    found = read_telegrams(text.encode(), NEAR)
    assert isinstance(found, Rejected), found
    return found


WHOLE = """QU ZRHXXLX
.LHRXXBA 261200
SSM
UTC
26NOV00144E001/WINTER
NEW
LX544
30NOV26 31DEC26 12345
J 320 CDYM.C028Y144
ZRH0800 LHR0900
//
CNL WEAT
LX545
27NOV26 27NOV26 5
//
SI SNOW IN ZURICH
MORE TO COME
NNNN
ignored
"""


def test_a_telegram_has_head_changes_and_notes() -> None:
    (telegram,) = read(WHOLE)
    assert (telegram.line, telegram.kind, telegram.is_utc) == (3, "SSM", True)
    assert telegram.reference == Reference("26NOV", 144, 1, True, "WINTER")
    assert [(one.line, one.action, type(one.change)) for one in telegram.changes] == [
        (6, "NEW", Flown),
        (12, "CNL", Cancelled),
    ]
    assert telegram.changes[1].change.target == Target(Designator("LX", 545), (DAY,), True)
    assert telegram.faults == ()
    assert telegram.notes == ("SNOW IN ZURICH", "MORE TO COME")


@pytest.mark.parametrize("newline", ["\r\n", "\r", "  \n"])
def test_line_ends_case_and_blanks_do_not_matter(newline: str) -> None:
    assert read(WHOLE.lower().replace("\n", newline)) == read(WHOLE)


def test_time_mode_and_reference_may_be_missing() -> None:
    (telegram,) = read("ASM\nCNL\nLX544/27\n")
    assert (telegram.is_utc, telegram.reference) == (False, None)
    target = Target(Designator("LX", 544), (DAY,))
    assert telegram.changes == (FiledChange(2, "CNL", Cancelled(target)),)
    (local,) = read("ASM\nLT\nCNL\nLX544/27\n")
    assert (local.is_utc, len(local.changes)) == (False, 1)


def test_a_bad_sub_message_is_named_and_the_others_stand() -> None:
    text = "ASM\nUTC\nCNL\nLX544/27\n//\nCNL\nLX544/99\n//\nEQT\nLX546/27\nJ 77W\n"
    (telegram,) = read(text)
    assert [type(one.change) for one in telegram.changes] == [Cancelled, Reequipped]
    (fault,) = telegram.faults
    assert (fault.line, fault.record) == (7, "LX544/99")


def test_notes_may_follow_without_a_separator() -> None:
    (telegram,) = read("ASM\nCNL\nLX544/27\nSI\nTEXT\n//\nCNL\nLX545/27")
    assert len(telegram.changes) == 2
    assert telegram.notes == ("", "TEXT")


def test_an_empty_telegram_changes_nothing() -> None:
    (telegram,) = read("SSM\n")
    assert (telegram.changes, telegram.faults) == ((), ())


def test_a_delivery_may_hold_several_telegrams() -> None:
    first, second = read("ASM\nCNL\nLX544/27\nNNNN\n\nQU XX\nSSM\nCNL\nLX545\n27NOV26 27NOV26 5\n")
    assert (first.kind, first.line, len(first.changes)) == ("ASM", 1, 1)
    assert (second.kind, second.line, len(second.changes)) == ("SSM", 7, 1)


def part(reference: str) -> str:
    return f"ASM\n{reference}\nCNL\nLX544/27\n"


def test_parts_of_a_message_are_read_when_all_are_there() -> None:
    text = part("26NOV00144C001") + part("26NOV00144E002") + part("26NOV00145E001") + part("")
    assert [one.reference and one.reference.part for one in read(text)] == [1, 2, 1, None]


@pytest.mark.parametrize(
    ("references", "line", "missing"),
    [
        (["26NOV00144C001"], 1, "part 002 of message 26NOV00144"),
        (["26NOV00144E002"], 1, "part 001 of message 26NOV00144"),
        (["26NOV00144C001", "26NOV00144E003"], 5, "part 002 of message 26NOV00144"),
        (["26NOV00144C001", "26NOV00145E001"], 5, "part 002 of message 26NOV00144"),
    ],
)
def test_a_missing_part_refuses_the_delivery(
    references: list[str], line: int, missing: str
) -> None:
    found = rejected("".join(map(part, references)))
    assert found == Rejected(line, f"{missing} is missing")


def test_what_is_no_telegram_is_refused() -> None:
    assert "no telegram" in rejected("hello").reason
    assert "no telegram" in rejected("").reason


def test_an_endless_delivery_is_refused() -> None:
    assert f"more than {MAX_BYTES} bytes" in rejected("ASM\n" + "x" * MAX_BYTES).reason


@given(st.text(max_size=300), st.integers(0, 300))
def test_no_garbage_breaks_the_reader(garbage: str, at: int) -> None:
    found = read_telegrams((WHOLE[:at] + garbage + WHOLE[at:]).encode(), NEAR)
    assert isinstance(found, list | Rejected)

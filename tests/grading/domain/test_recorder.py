"""The record of an attempt: checks that only worsen, texts that any store can hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.grading.domain.events import EngineLimits
from holdfast.grading.domain.recorder import TEXT_CHARS, Line, Recorder, clean
from holdfast.grading.domain.requests import Overrun, ScenarioFault
from holdfast.grading.domain.templates import Difference
from holdfast.grading.domain.transcript import Divergence, EntryKind, Mismatch
from holdfast.grading.domain.verdict import CheckSpec, CheckState
from holdfast.grading.wire.course import Chat

SPECS = (CheckSpec("a", "a is right", 2), CheckSpec("b", "b is right"))


def recorder(**limits: int) -> Recorder:
    return Recorder(SPECS, EngineLimits(**limits))


def states(record: Recorder) -> list[CheckState]:
    return [check.state for check in record.checks()]


def test_unreached_checks_are_shown_as_such() -> None:
    record = recorder()
    record.check(0, "b", True, hint="never shown")
    assert states(record) == [CheckState.NOT_REACHED, CheckState.PASS]
    assert record.checks()[1].hint == ""
    assert [check.points for check in record.checks()] == [2, 1]


def test_new_checks_are_told_once() -> None:
    record = recorder()
    record.check(0, "a", False, hint="no")
    record.check(0, "a", True)
    assert [check.state for check in record.take_new_checks()] == [CheckState.FAIL]
    assert record.take_new_checks() == ()


def test_the_first_failure_stays_with_the_entry_where_it_shows() -> None:
    record = recorder()
    record.add(Line(EntryKind.NOTE, 0.0))
    record.check(0, "a", False, hint="first", entry=0)
    record.check(0, "b", False, hint="second")
    assert record.failure is not None
    assert (record.failure.entry, record.failure.hint) == (0, "first")


def test_rewinding_forgets_checks_failures_and_lines() -> None:
    record = recorder()
    record.check(0, "a", True)
    record.add(Line(EntryKind.NOTE, 0.0, text="kept"))
    record.take_new_checks()
    mark = record.mark()
    record.check(0, "a", False, hint="no")
    record.check(0, "b", True)
    record.rewind(mark)
    assert states(record) == [CheckState.PASS, CheckState.NOT_REACHED]
    assert record.failure is None
    assert len(record.entries()) == 2
    assert record.take_new_checks() == ()


def test_a_full_transcript_takes_only_what_ends_it() -> None:
    record = recorder(entries=1)
    record.add(Line(EntryKind.NOTE, 0.0))
    with pytest.raises(Overrun):
        record.add(Line(EntryKind.NOTE, 0.0))
    record.add_last(Line(EntryKind.CUT, 0.0))
    assert [entry.kind for entry in record.entries()] == [EntryKind.NOTE, EntryKind.CUT]


def test_a_received_message_is_found_by_itself_and_not_by_its_likes() -> None:
    record = recorder()
    first, second = Chat(7, "same"), Chat(7, "same")
    record.add(Line(EntryKind.RECEIVED, 0.0, message=first, text="one"))
    record.add(Line(EntryKind.RECEIVED, 0.1, message=second, text="two"))
    record.add(Line(EntryKind.SENT, 0.2, message=first))
    found = [record.find(first), record.find(second)]
    assert [(index, line.text) for index, line in found if line] == [(0, "one"), (1, "two")]
    assert record.find(Chat(7, "same")) is None


def test_what_differs_is_kept_with_the_failure_fit_for_every_store() -> None:
    record = recorder()
    difference = Difference("text", "a\ud800", "b\0", 1, "it is odd", nearness=2.0)
    record.check(0, "a", False, hint="no", difference=difference)
    assert record.failure == Divergence(
        0, "no", Mismatch("text", "a\\ud800", "b\\0", 1, "it is odd")
    )


def test_a_check_needs_to_be_promised() -> None:
    with pytest.raises(ScenarioFault):
        recorder().check(0, "c", True)


@given(st.text(st.characters(), max_size=300), st.integers(40, 400))
def test_cleaned_text_is_fit_for_every_store(text: str, limit: int) -> None:
    cleaned = clean(text, limit)
    assert cleaned.encode().decode() == cleaned
    assert "\0" not in cleaned
    assert len(cleaned) <= limit
    assert clean(cleaned, limit) == cleaned


def test_long_text_is_cut_and_says_how_long_it_was() -> None:
    assert clean("x" * 5000).endswith("... (5000 characters)")
    assert len(clean("x" * 5000)) == TEXT_CHARS


def test_what_a_reader_is_told_can_be_looked_at_while_it_grows() -> None:
    record = recorder()
    for kind in (EntryKind.NOTE, EntryKind.TICK, EntryKind.CLOSED):
        record.add(Line(kind, 0.5, text="said"))
    assert record.size == 3
    assert record.told_from(0) == [0, 2]
    assert record.told_from(1) == [2]
    assert record.told_from(3) == []
    assert record.entry(2) == record.entries()[2]

"""What students sent becomes storable; what already is stays the same object."""

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from holdfast.grading.domain.verdict import Check, CheckState
from holdfast.grading.service.storable import (
    MAX_CHECKS,
    MAX_RAW_BYTES,
    MAX_TEXT_CHARS,
    storable_attempt,
    storable_incident,
    storable_text,
)
from tests.grading.store.contract import closed, incident, opened


@given(st.text(st.characters(), max_size=50), st.integers(1, 40))
def test_any_text_becomes_short_utf8_without_zeros(text: str, most: int) -> None:
    kept = storable_text(text, most)
    assert len(kept) <= most
    assert "\0" not in kept
    assert storable_text(kept, most) == kept
    kept.encode()


def test_good_text_stays_as_it_is() -> None:
    for text in ("", "plain", "Müller 🎉"):
        assert storable_text(text) == text


def test_a_storable_attempt_is_itself() -> None:
    closing = closed(opened())
    assert storable_attempt(closing) is closing


def test_checks_hints_reasons_and_notes_are_bounded() -> None:
    check = Check("echo", CheckState.FAIL, 1, "x\0" * MAX_TEXT_CHARS)
    closing = dataclasses.replace(
        closed(opened()), checks=(check,) * (MAX_CHECKS + 1), teacher_note="\ud800"
    )
    kept = storable_attempt(closing)
    assert len(kept.checks) == MAX_CHECKS
    assert len(kept.checks[0].hint) == MAX_TEXT_CHARS
    assert kept.teacher_note == "?"


def test_raw_bytes_of_an_incident_are_cut() -> None:
    flood = dataclasses.replace(incident("k" * 500), raw=bytes(100_000), detail="d" * 100_000)
    kept = storable_incident(flood)
    assert (len(kept.raw), len(kept.detail), len(kept.kind)) == (MAX_RAW_BYTES, 2000, 100)

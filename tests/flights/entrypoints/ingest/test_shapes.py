"""The answers of the ingest process."""

import pytest

from holdfast.flights.domain.delivery import (
    Accept,
    BadRecord,
    Counts,
    Decision,
    Duplicate,
    HeldForApproval,
    Older,
    Rejected,
)
from holdfast.flights.entrypoints.ingest.shapes import BadRecordShape, OutcomeShape
from holdfast.flights.service.ports.feeds import Outcome
from tests.flights.feed_desk import delivery_of


@pytest.mark.parametrize(
    ("decision", "word", "reason", "line"),
    [
        (Accept(), "accepted", "", 0),
        (Duplicate(), "duplicate", "this content was accepted before: nothing changed", 0),
        (Older(9), "ignored", "sequence 9 was accepted before", 0),
        (HeldForApproval("too short"), "held", "too short", 0),
        (Rejected("torn", 12), "rejected", "torn", 12),
    ],
)
def test_a_decision_is_told_in_a_word_and_a_sentence(
    decision: Decision, word: str, reason: str, line: int
) -> None:
    bad = BadRecord(3, "no number", "BA")
    outcome = Outcome(5, decision, Counts(10, 1), 4, (bad,))
    assert OutcomeShape.of(delivery_of(b"", 7), outcome) == OutcomeShape(
        outcome=word,  # type: ignore[arg-type]
        reason=reason,
        line=line,
        delivery=5,
        sequence=7,
        records=10,
        set_aside=1,
        changed=4,
        quarantined=[BadRecordShape(3, "no number", "BA")],
    )

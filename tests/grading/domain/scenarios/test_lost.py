"""Lost messages: who does not notice a missing acknowledgement fails."""

from holdfast.grading.domain.reference.clients import reconciling
from holdfast.grading.domain.verdict import CheckState
from tests.grading.mutants import slips
from tests.grading.mutants.catalogue import ALL, Mutant
from tests.support.trying import hint, outcome, part

TEST = "2025-5_1"


def mutant(name: str) -> Mutant:
    return next(each for each in ALL if each.test == TEST and each.name == name)


def test_returning_without_sending_again_passes_one_check_of_two() -> None:
    found = outcome(TEST, mutant("never sends again").play)
    states = {check.name: check.state for check in found.checks}
    assert states == {"returned": CheckState.PASS, "sent again": CheckState.FAIL}


def test_two_copies_at_once_are_no_answer_to_a_missing_acknowledgement() -> None:
    said = hint(TEST, mutant("sends twice at once").play)
    assert "A copy within 0.2 s of the first" in said


def test_datagrams_that_are_no_frames_are_explained() -> None:
    assert "big-endian" in hint(TEST, reconciling(part(TEST), slips.little_endian))

"""Classic mistakes fail, and the hint at the first divergence names the cause.

Each client with its one mistake plays against the shipped sessions, engine, scenarios and store; a
student reads the hint on the page of the attempt, so that is where it is looked for.
"""

import re
from collections import Counter

import pytest

from holdfast.grading.domain.verdict import Verdict
from tests.grading.mutants.catalogue import ALL, Mutant
from tests.support.hints import MISNAMED, attempt_of, hints_page
from tests.support.reference import REFERENCE
from tests.support.trying import ALL_TESTS

WITHOUT_A_MISTAKE_TO_MAKE = {"2024-a1-t1"}
"""The client sends one chat and its id is known: whoever starts this test passes it."""
MOST_CHARS = 480
"""A hint is a few lines on a terminal, and fits the smallest receive buffer."""


@pytest.mark.parametrize("mutant", ALL, ids=str)
def test_a_classic_mistake_fails_and_is_named(mutant: Mutant) -> None:
    verdict, hint = attempt_of(mutant)
    assert verdict is Verdict.FAIL
    assert hint
    assert len(hint) <= MOST_CHARS
    is_named = re.search(mutant.says, hint, re.S) is not None
    assert is_named is (str(mutant) not in MISNAMED), hint


def test_nine_in_ten_mistakes_are_named() -> None:
    assert len(MISNAMED) <= len(ALL) / 10
    assert MISNAMED.keys() <= {str(mutant) for mutant in ALL}


def test_every_test_has_its_mistakes_and_each_has_its_own_name() -> None:
    counts = Counter(mutant.test for mutant in ALL)
    assert set(counts) | WITHOUT_A_MISTAKE_TO_MAKE == set(ALL_TESTS)
    assert len({str(mutant) for mutant in ALL}) == len(ALL) >= 30


def test_the_page_of_hints_is_what_students_read() -> None:
    page = (REFERENCE / "hints.md").read_text(encoding="utf-8")
    assert page == hints_page(), "run `python -m tests.support.reference`"

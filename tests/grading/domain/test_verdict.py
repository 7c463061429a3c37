"""Verdicts only worsen, and only two of them count."""

from itertools import permutations

import pytest

from holdfast.grading.domain.verdict import Verdict, worst


def test_the_worst_of_no_verdicts_is_a_pass() -> None:
    assert worst() is Verdict.PASS


@pytest.mark.parametrize("order", list(permutations(Verdict)))
def test_the_worst_does_not_depend_on_the_order(order: tuple[Verdict, ...]) -> None:
    assert worst(*order) is Verdict.INFRASTRUCTURE
    without = [v for v in order if v is not Verdict.INFRASTRUCTURE]
    assert worst(*without) is Verdict.INCONCLUSIVE


def test_a_failure_is_worse_than_a_pass() -> None:
    assert worst(Verdict.PASS, Verdict.FAIL) is Verdict.FAIL


def test_only_pass_and_fail_count() -> None:
    assert [v for v in Verdict if v.counts] == [Verdict.PASS, Verdict.FAIL]

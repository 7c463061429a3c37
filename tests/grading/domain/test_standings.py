"""A cell of the class grid: not attempted never looks like failed."""

import pytest

from holdfast.grading.domain.standings import Standing, standing


@pytest.mark.parametrize(
    ("passed", "running", "attempts", "expected"),
    [
        (None, 0, 0, Standing.NOT_ATTEMPTED),
        (None, 1, 0, Standing.TRYING),
        (False, 0, 1, Standing.FAILED),
        (False, 1, 1, Standing.TRYING),
        (True, 0, 3, Standing.PASSED),
        (True, 1, 3, Standing.PASSED),
        # attempts that did not count (infrastructure, inconclusive) are a try, not a failure
        (None, 0, 2, Standing.TRYING),
    ],
)
def test_a_cell_says_what_is_known(
    passed: bool | None, running: int, attempts: int, expected: Standing
) -> None:
    assert standing(passed, running, attempts) is expected

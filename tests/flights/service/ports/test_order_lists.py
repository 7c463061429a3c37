"""A page goes one way and has bounds."""

from datetime import UTC, datetime

import pytest

from holdfast.flights.service.ports.order_lists import MAX_PAGE, Mark, Page

MARK = Mark(datetime(2027, 6, 1, tzinfo=UTC), "ord_1")


@pytest.mark.parametrize("limit", [0, -1, MAX_PAGE + 1])
def test_a_page_has_bounds(limit: int) -> None:
    with pytest.raises(AssertionError):
        Page(limit)


def test_a_page_is_after_a_mark_or_before_one() -> None:
    assert Page(MAX_PAGE, after=MARK).before is None
    with pytest.raises(AssertionError):
        Page(after=MARK, before=MARK)

"""How pages are cut. That the lists themselves are right is in the contract of booking."""

from datetime import UTC, datetime, timedelta

import pytest

from holdfast.flights.service.ports.order_lists import Listed, Mark, Page
from holdfast.flights.store.order_lists import cut

START = datetime(2027, 6, 1, tzinfo=UTC)


def mark(number: int) -> Mark:
    return Mark(START + timedelta(minutes=number), str(number))


@pytest.mark.parametrize(
    ("found", "page", "listed"),
    [
        ([], Page(2), Listed(())),
        ([1, 2], Page(2), Listed((1, 2))),
        ([1, 2, 3], Page(2), Listed((1, 2), after=mark(2))),
        ([3, 4, 5], Page(2, after=mark(2)), Listed((3, 4), mark(3), mark(4))),
        ([5], Page(2, after=mark(4)), Listed((5,), before=mark(5))),
        ([4, 3, 2], Page(2, before=mark(5)), Listed((3, 4), mark(3), mark(4))),
        ([2, 1], Page(2, before=mark(3)), Listed((1, 2), after=mark(2))),
    ],
)
def test_a_page_knows_whether_there_is_more_on_either_side(
    found: list[int], page: Page, listed: Listed[int]
) -> None:
    assert cut(found, page, mark) == listed

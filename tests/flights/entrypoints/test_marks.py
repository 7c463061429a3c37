from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.flights.entrypoints.http.faults import ApiFault
from holdfast.flights.entrypoints.marks import answered, mark_of, mark_text
from holdfast.flights.service.ports.order_lists import Listed, Mark

MOMENTS = st.datetimes(
    min_value=datetime(1960, 1, 1),  # noqa: DTZ001  the strategy adds the zone
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(MOMENTS, st.sampled_from(["ord_1", "a|b"]))
def test_a_place_becomes_a_text_and_the_same_place_again(at: datetime, id_: str) -> None:
    mark = Mark(at, id_)
    assert mark_of(mark_text(mark), "after") == mark


@pytest.mark.parametrize(
    "text", ["", "ord_1", "|ord_1", "12|", "1e3|x", "9" * 25 + "|x", "9" * 19 + "|x"]
)
def test_other_texts_are_refused_with_their_field(text: str) -> None:
    with pytest.raises(ApiFault) as caught:
        mark_of(text, "before")
    assert caught.value.status == 422
    assert "before" in caught.value.message


def test_a_page_has_cursors_only_where_there_is_more() -> None:
    mark = Mark(datetime(2026, 1, 1, tzinfo=UTC), "ord_1")
    page = answered(Listed((1,), before=None, after=mark), ["one"])
    assert (page.items, page.before, page.after) == (["one"], None, mark_text(mark))
    assert answered(Listed((1,), before=mark), ["one"]).before == mark_text(mark)

"""Every kind of feed has its content."""

from typing import get_args

from holdfast.flights.domain.delivery import FORMATS
from holdfast.flights.service.feed_content import Content
from holdfast.flights.service.read_feed import _READERS


def test_every_format_of_every_kind_is_read_and_no_kind_is_without_content() -> None:
    assert set(_READERS) == {(kind, form) for kind, forms in FORMATS.items() for form in forms}
    assert len(get_args(Content)) == len(FORMATS)

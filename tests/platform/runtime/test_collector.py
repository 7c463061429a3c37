"""What a process begins with is left alone by the collector, and later cycles are still found."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from holdfast.platform.runtime.collector import THRESHOLDS, settle


class Knot:
    """Refers to itself."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_what_is_there_is_not_looked_at_again_and_later_cycles_are_found() -> None:
    early = Knot()
    settle()
    late = Knot()
    assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == THRESHOLDS
    seen_early, seen_late = weakref.ref(early), weakref.ref(late)
    del early, late
    gc.collect()
    assert seen_late() is None
    assert seen_early() is not None

"""The port of quotes: how long things are kept, and how much one sweep takes."""

from holdfast.flights.domain.viewer_lease import LENGTH_S
from holdfast.flights.service.ports.quotes import KEPT_S, MAX_LEASES_SWEPT, MAX_SWEPT


def test_what_may_still_be_asked_for_is_kept() -> None:
    assert KEPT_S >= 24 * LENGTH_S


def test_a_sweep_takes_more_buckets_than_the_searches_that_it_takes_can_have_begun() -> None:
    assert MAX_LEASES_SWEPT >= 10 * MAX_SWEPT

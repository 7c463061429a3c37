"""The catalogue's words: what is taken of a leg."""

from holdfast.flights.service.ports.catalogue import LegSold


def test_a_leg_of_which_only_the_sum_is_known_has_no_classes() -> None:
    assert LegSold(150, 20).taken_by_class == {}

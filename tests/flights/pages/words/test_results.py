"""The words of this subject begin with its name; test_catalogue.py looks at each of them."""

from holdfast.flights.pages.filters import BANDS, ORDERS, chosen_of
from holdfast.flights.pages.words.results import WORDS


def test_names_begin_with_the_subject() -> None:
    assert all(name.startswith("results.") for name in WORDS)


def test_every_filter_order_and_part_of_a_day_has_its_words() -> None:
    names = [f"results.sort.{one}" for one in ORDERS]
    names += [f"results.band.{one}" for one, _, _ in BANDS]
    names += [f"results.filter.{one}" for one in chosen_of(lambda _: ["1", "night", "0"])]
    assert set(names) <= WORDS.keys()

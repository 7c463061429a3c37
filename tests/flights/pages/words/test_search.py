"""The words of this subject begin with its name; test_catalogue.py looks at each of them."""

from holdfast.flights.pages.wish import CABINS, TRIPS
from holdfast.flights.pages.words.search import WORDS

KINDS = ("adults", "children", "infants")


def test_names_begin_with_the_subject() -> None:
    assert all(name.startswith("search.") for name in WORDS)


def test_every_trip_cabin_and_kind_of_traveller_has_its_words() -> None:
    names = [f"search.trip.{trip}" for trip in TRIPS]
    names += [f"search.cabin.{cabin}" for cabin in (*CABINS, "any")]
    names += [f"search.{kind}{part}" for kind in KINDS for part in ("", ".ages")]
    assert set(names) <= WORDS.keys()

"""The frame's words: every problem has a title and a text."""

import pytest

from holdfast.flights.pages.problems import KINDS
from holdfast.flights.pages.site import NAVIGATION
from holdfast.flights.pages.words.frame import WORDS


@pytest.mark.parametrize("kind", KINDS)
def test_every_problem_has_its_words(kind: int) -> None:
    assert {f"problem.{kind}.title", f"problem.{kind}.text"} <= WORDS.keys()


def test_every_link_of_the_header_has_its_words() -> None:
    assert {words for _, _, words in NAVIGATION} <= WORDS.keys()

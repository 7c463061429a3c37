"""Every sentence that a page says is there, in both languages, with the same places to fill."""

import re
from pathlib import Path
from string import Formatter

import pytest

import holdfast.flights.pages
from holdfast.flights.pages.words.catalogue import ENTRIES, SUBJECTS, Words, joined
from tests.support.german import familiar_in

HOME = Path(holdfast.flights.pages.__file__).parent
SAID = re.compile(r"""\b(?:say|words)\(\s*["']([a-z]+(?:\.[a-z0-9_]+)+)["']""")
COUNTED = re.compile(r"""\bcount\(\s*["']([a-z]+(?:\.[a-z0-9_]+)+)["']""")


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("name", sorted(ENTRIES))
def test_a_sentence_is_there_in_both_languages_with_the_same_places(name: str) -> None:
    english, german = ENTRIES[name]
    assert english.strip()
    assert german.strip()
    assert places(english) == places(german)


def test_german_says_sie() -> None:
    assert [german for _, german in ENTRIES.values() if familiar_in(german)] == []


def test_every_sentence_that_is_said_is_there() -> None:
    for path in (*HOME.glob("*.py"), *HOME.glob("templates/*.html")):
        text = path.read_text(encoding="utf-8")
        for name in SAID.findall(text):
            assert name in ENTRIES, f"{path.name} says {name}"
        for name in COUNTED.findall(text):
            assert {f"{name}.one", f"{name}.many"} <= ENTRIES.keys(), f"{path.name} counts {name}"


def test_a_name_is_there_once_and_begins_with_its_subject() -> None:
    assert sum(map(len, SUBJECTS)) == len(ENTRIES)
    with pytest.raises(AssertionError, match="twice"):
        joined(({"a.b": ("x", "y")}, {"a.b": ("x", "y")}))


def test_a_sentence_is_said_in_the_language_of_the_reader() -> None:
    assert Words("en")("nav.search") == "Search"
    assert Words("de")("nav.search") == "Suche"
    assert Words("de").count("results.stop", 1) == "1 Stopp"
    assert Words("en").count("results.stop", 1200) == "1,200 stops"
    assert Words("en")("results.title", origin="A", destination="B") == "A to B"
    assert Words("de").known("nav.search", "?") == "Suche"
    assert Words("de").known("nav.nothing", "?") == "?"

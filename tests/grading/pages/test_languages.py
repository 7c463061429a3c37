"""Two languages, one catalogue: what pages say in English, they say in German, and nothing else."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from holdfast.grading.domain.standings import Standing
from holdfast.grading.pages import words
from holdfast.grading.pages.grid import ORDER_WORDS
from holdfast.grading.pages.languages import ENGLISH, language_of, tongues
from holdfast.grading.service import import_plan, import_roster
from tests.support.german import familiar_in

PAGES = Path(words.__file__).parent
SAID = re.compile(r"\b(?:t|says)\(\s*\"((?:[^\"\\]|\\.)*)\"")
COUNTED = re.compile(r"\|count\(\"([^\"]*)\"")
PROBLEM = re.compile(r"^[\w\"]+: \(\"(.*)\", \"(.*)\"\),$", re.M)
BLANKS = re.compile(r"\{\w+\}")
GERMAN = tongues()["de"]


def templates() -> Iterator[str]:
    for path in sorted((PAGES / "templates").glob("*.html")):
        yield path.read_text(encoding="utf-8")


def said() -> set[str]:
    """Every sentence that a page may say: in templates, in modules, in tables of words."""
    found = {one for source in templates() for one in SAID.findall(source)}
    for path in PAGES.glob("*.py"):
        found |= set(SAID.findall(path.read_text(encoding="utf-8")))
    problems = (PAGES / "templates" / "problem.html").read_text(encoding="utf-8")
    found |= {one for pair in PROBLEM.findall(problems) for one in pair}
    found |= {*words.VERDICT_WORDS.values(), *words.VERDICT_MEANINGS.values()}
    found.add(words.PRACTICE_MEANING)
    found |= {state.value for state in Standing} | set(ORDER_WORDS.values())
    found |= {"added", "changed", "removed", "not in the list"}
    found |= {*import_roster.SENTENCES, *import_plan.SENTENCES}
    return found | {"All years", "not reached", "Every check passed.", "The test is still running."}


def test_both_languages_have_the_same_sentences() -> None:
    assert set(GERMAN.sentences) == said()


def test_both_languages_count_the_same_things() -> None:
    counted = {one for source in templates() for one in COUNTED.findall(source)}
    assert counted <= set(GERMAN.counted)


def test_a_sentence_has_the_same_blanks_in_both_languages() -> None:
    for english, german in GERMAN.sentences.items():
        assert sorted(BLANKS.findall(english)) == sorted(BLANKS.findall(german)), english


def test_german_says_sie() -> None:
    assert [one for one in GERMAN.sentences.values() if familiar_in(one)] == []


def test_nothing_is_german_in_english() -> None:
    assert ENGLISH.says("Class") == "Class"
    assert GERMAN.says("Class") == "Kurs"


def test_blanks_are_filled_and_their_values_left_alone() -> None:
    assert GERMAN.says("{n} of {all}", n="{all}", all=3) == "{all} von 3"
    assert GERMAN.says("never translated {n}", n=1) == "never translated 1"


def test_things_are_counted_as_the_language_does() -> None:
    assert GERMAN.count(1, "point") == "1 Punkt"
    assert GERMAN.count(1200, "point") == "1.200 Punkte"
    assert ENGLISH.count(1200, "point") == "1,200 points"
    assert GERMAN.count(2, "unheard of") == "2 unheard ofs"


def test_numbers_have_the_point_of_the_language() -> None:
    assert ENGLISH.decimal(0.01) == "0.01"
    assert GERMAN.decimal(12.5) == "12,5"
    assert GERMAN.decimal(30.0) == "30"


def test_moments_are_told_as_the_language_does() -> None:
    moment = datetime(2026, 3, 2, 12, 0, 1, tzinfo=UTC)
    assert GERMAN.moment(moment) == "2. März 2026, 12:00:01 UTC"
    assert ENGLISH.moment(moment) == "2 Mar 2026, 12:00:01 UTC"


@pytest.mark.parametrize(
    ("asked", "kept", "accepted", "chosen"),
    [
        ("", "", "", "en"),
        ("", "", "de-AT,de;q=0.9,en;q=0.5", "de"),
        ("", "", "en-GB,en;q=0.9,de;q=0.8", "en"),
        ("", "", "fr, de;q=0.3, en;q=0.2", "de"),
        ("", "", "de;q=0", "en"),
        ("", "", "de;q=much", "en"),
        ("", "en", "de", "en"),
        ("de", "en", "en", "de"),
        ("xx", "de", "en", "de"),
        ("xx", "yy", "zz", "en"),
        ("", "", "," * 5000 + "de", "en"),
    ],
)
def test_the_reader_chooses_the_language(asked: str, kept: str, accepted: str, chosen: str) -> None:
    assert language_of(asked, kept, accepted) == chosen

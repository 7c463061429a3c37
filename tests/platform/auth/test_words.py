"""Every word is there in both languages, and the reader's choice wins."""

import re
from importlib.resources import files

import pytest

from holdfast.platform.auth import words
from holdfast.platform.auth.audit import Act
from holdfast.platform.auth.roles import Role
from holdfast.platform.auth.words import act_in, language_of, says
from tests.support.german import familiar_in

TEMPLATES = [
    file.read_text()
    for file in (files("holdfast.platform.auth") / "templates").iterdir()
    if file.name.endswith(".html")
]


def test_the_templates_say_nothing_that_is_not_known_in_both() -> None:
    used = {name for text in TEMPLATES for name in re.findall(r't\("([^"]+)"\)', text)}
    assert {"language", "audit.none", "log in"} <= used <= set(words._WORDS)
    for english, german in words._WORDS.values():
        assert english
        assert german
        assert english.count("{}") == german.count("{}")


@pytest.mark.parametrize(
    ("cookie", "header", "language"),
    [
        ("", "", "en"),
        ("", "de-DE,de;q=0.9,en;q=0.8", "de"),
        ("", "fr,de;q=0.5", "de"),
        ("en", "de", "en"),
        ("de", "en", "de"),
        ("xx", "de", "de"),
        ("", "," * 5000, "en"),
    ],
)
def test_the_language_is_the_readers(cookie: str, header: str, language: str) -> None:
    assert language_of({"holdfast_language": cookie}, header) == language


def test_what_is_asked_for_now_wins_over_what_was_kept() -> None:
    assert language_of({"holdfast_language": "en"}, "en", "de") == "de"
    assert language_of({"holdfast_language": "de"}, "en", "xx") == "de"


def test_each_role_has_a_name() -> None:
    assert all(says(language, f"role.{role}") for role in Role for language in ("en", "de"))
    assert says("de", "role.teacher") == "Lehrende"


def test_each_act_of_the_log_has_a_german_name_and_an_unknown_one_stays() -> None:
    assert set(words._ACTS) == {act.value for act in Act}
    assert act_in("en", "logged in") == "logged in"
    assert act_in("de", "logged in") == "angemeldet"
    assert act_in("de", "of tomorrow") == "of tomorrow"


def test_german_says_sie() -> None:
    assert familiar_in("Bitte prüfe deinen Namen, und melde dich an.") == [
        "deinen",
        "dich",
        "Bitte prüfe",
    ]
    said = {german: found for _, german in words._WORDS.values() if (found := familiar_in(german))}
    assert said == {}


def test_a_number_goes_into_its_place() -> None:
    assert says("en", "braked", 7) == "Too many tries. Please try again in 7 s."
    assert "7 s" in says("de", "braked", 7)

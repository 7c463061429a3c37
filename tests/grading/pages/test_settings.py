"""Settings shown: their words come from their declaration, their choice from a test's code."""

import inspect
from dataclasses import fields

import pytest

from holdfast.grading.domain.attempt import TestId
from holdfast.grading.domain.rules import Rules
from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.pages import settings
from holdfast.grading.pages.settings import settings_lines, settings_named_by, value_words


def test_every_setting_has_a_meaning_without_the_marks_of_doubt() -> None:
    lines = settings_lines(Rules())
    assert [line.name for line in lines] == [field.name for field in fields(Rules)]
    assert all(line.meaning for line in lines)
    assert not any("[?]" in line.meaning or "[I]" in line.meaning for line in lines)


def test_values_have_their_units() -> None:
    rules = Rules()
    assert value_words(rules, "lease_s") == "5 min"
    assert value_words(rules, "register_hold_s") == "15 ms"
    assert value_words(rules, "numbered_messages") == "8"
    assert value_words(rules, "echo_all_fails") == "yes"
    assert value_words(Rules(verdict_chats=False), "verdict_chats") == "no"
    assert value_words(rules, "shared_address") == "newest"


def test_the_practice_factor_is_already_in_what_it_scales() -> None:
    rules = Rules(time_scale=0.01)
    assert value_words(rules, "lease_s") == "3 s (instead of 5 min)"
    assert value_words(rules, "answer_s") == "10 s"


def named(test: str) -> frozenset[str]:
    return settings_named_by(CATALOGUE[TestId(test)].play)


def test_a_test_shows_the_settings_that_its_code_names() -> None:
    assert "bare_pause_s" in named("2024-a1-t2")
    assert "numbered_messages" not in named("2024-a1-t2")
    assert {"numbered_messages", "udp_prompt_s"} <= named("2024-a3-t1")


def test_scaled_settings_bring_the_practice_factor_along() -> None:
    assert {"lease_test_s", "time_scale"} <= named("2024-a2-t3")


def test_a_test_that_names_none_shows_none() -> None:
    assert named("seed-user-id") == frozenset()


def test_without_the_source_there_are_values_and_no_meanings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_source(_: object) -> str:
        raise OSError("no source")

    monkeypatch.setattr(inspect, "getsource", no_source)
    settings._meanings.cache_clear()
    try:
        assert settings_lines(Rules())[0].meaning == ""
    finally:
        settings._meanings.cache_clear()

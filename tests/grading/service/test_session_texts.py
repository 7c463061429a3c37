"""What clients are told: bounded, and exact where clients look for words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.grading.domain.scenarios import CATALOGUE
from holdfast.grading.service import session_texts as texts
from holdfast.grading.wire.course import COURSE, ErrorReply


@given(st.text(max_size=2000))
def test_every_error_frame_fits_the_smallest_buffer(text: str) -> None:
    frame = COURSE.encode(ErrorReply(texts.bounded(text)))
    assert len(frame) <= 512


def test_short_texts_stay_and_long_ones_are_marked() -> None:
    assert texts.bounded("short") == "short"
    assert texts.bounded("ä" * 1000).endswith("ä...")


@pytest.mark.parametrize(("wait_s", "seconds"), [(0.2, 1), (1.0, 1), (119.5, 120)])
def test_the_wait_is_told_in_whole_seconds(wait_s: float, seconds: int) -> None:
    text = texts.too_soon(wait_s)
    assert text.startswith("Lease renewal triggered too soon")
    assert f"{seconds} seconds left" in text


def test_an_impossible_id_is_told_apart_from_an_unknown_one() -> None:
    assert "not on the roster" in texts.unknown_user(9999)
    assert "cannot exist" in texts.unknown_user(10_000)
    assert "big-endian" in texts.unknown_user(-1)
    assert texts.unknown_user(-1, "It looks like 7.").endswith(
        "ids are 0 to 9999. It looks like 7."
    )


@pytest.mark.parametrize("test", sorted(CATALOGUE))
def test_every_test_can_be_sent_elsewhere(test: str) -> None:
    scenario = CATALOGUE[test]  # type: ignore[index]
    text = texts.elsewhere(scenario, "udp", 6006)
    assert test in text
    assert str(scenario.ports[0]) in text
    assert len(texts.bounded(text)) == len(text)


def test_the_seeds_words_are_exact() -> None:
    assert texts.UNKNOWN_TYPE == "Unknown message type"
    assert texts.wrong_type("ERROR_RESPONSE") == "Invalid Message Type : ERROR_RESPONSE"


def test_a_misaddressed_trigger_names_its_recipient() -> None:
    scenario = CATALOGUE["2024-a2-t2"]  # type: ignore[index]
    assert "goes to recipient 7777, not 5" in texts.misaddressed(scenario, 5)

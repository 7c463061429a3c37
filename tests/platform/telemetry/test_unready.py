"""Who is not ready says so: in JSON to programs, to browsers as a page in their language."""

import pytest

from holdfast.platform.telemetry.unready import Said, not_ready, wants_german
from tests.support.german import familiar_in

BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"


@pytest.mark.parametrize("accept", ["", "*/*", "application/json"])
def test_a_program_gets_the_data_as_they_are(accept: str) -> None:
    assert not_ready(b"{}", accept, "de") == Said(b"{}", "application/json")


def test_a_browser_gets_a_page_in_its_language() -> None:
    english, german = (not_ready(b"{}", BROWSER, language) for language in ("en-GB", "de-AT,en"))
    assert english.content_type == german.content_type == "text/html; charset=utf-8"
    assert b'<html lang="en">' in english.body
    assert b"Please try again" in english.body
    assert b'<html lang="de">' in german.body
    assert "Bitte versuchen Sie es" in german.body.decode()
    assert familiar_in(german.body.decode()) == []


def test_a_reason_is_shown_escaped_and_nothing_stands_for_none() -> None:
    assert b"<small>it is &lt;still&gt; starting</small>" in (
        not_ready(b"{}", BROWSER, "", "it is <still> starting").body
    )
    assert b"<small>" not in not_ready(b"{}", BROWSER, "").body


@pytest.mark.parametrize(
    ("languages", "german"),
    [("", False), ("fr, de;q=0.5", True), ("en,de", False), ("DE-at", True), ("," * 9000, False)],
)
def test_german_is_for_whom_it_stands_before_english(languages: str, german: bool) -> None:
    assert wants_german(languages) is german

"""docs/reference/settings.md says what the code does: every key, default and meaning."""

from tests.support.reference import REFERENCE, settings_page


def test_the_page_of_settings_is_what_the_code_declares() -> None:
    page = (REFERENCE / "settings.md").read_text(encoding="utf-8")
    assert page == settings_page(), "run `python -m tests.support.reference`"

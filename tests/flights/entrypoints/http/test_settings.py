"""The section's bounds keep a limit a limit."""

import pytest

from holdfast.flights.entrypoints.http.settings import HttpSettings
from holdfast.platform.runtime.setting import keys_of


@pytest.mark.parametrize(
    ("name", "text"), [("requests", "0"), ("window_s", "0"), ("window_s", "2d")]
)
def test_a_limit_of_nothing_is_refused(name: str, text: str) -> None:
    key = {one.name: one for one in keys_of("http", HttpSettings)}[name]
    with pytest.raises(ValueError):
        key.parse(text)


def test_the_default_is_generous() -> None:
    settings = HttpSettings()
    assert settings.requests / settings.window_s == 100

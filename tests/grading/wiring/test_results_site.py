"""Results are public only where this machine alone can read them, or where a course says so."""

import pytest

from holdfast.grading.entrypoints.results_api.settings import ResultsSettings
from holdfast.grading.wiring.results_site import is_open
from holdfast.platform.runtime.settings import FleetSettings


@pytest.mark.parametrize(
    ("access", "host", "expected"),
    [
        ("auto", "127.0.0.1", True),
        ("auto", "::1", True),
        ("auto", "localhost", True),
        ("auto", "0.0.0.0", False),
        ("auto", "192.0.2.7", False),
        ("auto", "assignments.example", False),
        ("open", "0.0.0.0", True),
        ("token", "127.0.0.1", False),
    ],
)
def test_reading_is_open_on_loopback_only_unless_the_course_says_otherwise(
    access: str, host: str, expected: bool
) -> None:
    settings = ResultsSettings(access=access)  # type: ignore[arg-type]
    assert is_open(settings, FleetSettings(host=host)) is expected

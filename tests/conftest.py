"""What all tests share: in CI a skip is a failure unless its reason is expected there."""

import os

import pytest
from hypothesis import HealthCheck, settings

# Shared by several test files, so it has to be told before anybody imports it.
pytest.register_assert_rewrite("tests.grading.store.contract")

IS_CI = os.environ.get("CI") == "true"

# Properties judge behaviour, never speed; CI tries the same examples every time, people new ones.
settings.register_profile(
    "holdfast",
    deadline=None,
    derandomize=IS_CI,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("holdfast")

EXPECTED_SKIPS: tuple[str, ...] = ()
"""Reasons for which even CI may skip. Empty: CI installs all that the tests need."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> "pytest.TestReport":
    """Turn an unexpected skip into a failure when CI runs the tests."""
    report: pytest.TestReport = yield
    if report.skipped and IS_CI and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if not any(expected in reason for expected in EXPECTED_SKIPS):
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} may not be skipped in CI: {reason}"
    return report
